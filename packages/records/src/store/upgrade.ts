import { eq, isNull } from 'drizzle-orm'
import { check } from '../record/check.ts'
import { questionId, recordId } from '../record/hash.ts'
import { headerSchema, type RecordHeader } from '../record/schema.ts'
import { openDatabase } from './database.ts'
import { units } from './tables.ts'

/**
 * Gives the units of a store of the first format the identity that their records have in this one; measurements stay as they are.
 *
 * @param carryOver the header of a record of the first format in this one
 * @returns how many units were of the first format
 */
export function upgradeStore(path: string, carryOver: (header: unknown) => RecordHeader): number {
  const db = openDatabase(path)
  try {
    return db.transaction(
      tx => {
        const old = tx.select().from(units).where(isNull(units.question)).all()
        for (const unit of old) {
          const header = check(headerSchema, carryOver(unit.header), path)
          tx.update(units)
            .set({ header, id: recordId(header), question: questionId(header), previously: [unit.id], agreement: null })
            .where(eq(units.number, unit.number))
            .run()
        }
        return old.length
      },
      { behavior: 'immediate' },
    )
  } finally {
    db.$client.close()
  }
}
