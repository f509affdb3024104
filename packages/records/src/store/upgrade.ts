import { asc, desc, eq, isNull, sql } from 'drizzle-orm'
import { check } from '../record/check.ts'
import { questionId, recordId } from '../record/hash.ts'
import { headerSchema, type RecordHeader } from '../record/schema.ts'
import { openDatabase } from './database.ts'
import { guarded } from './faults.ts'
import { images, maps, units } from './tables.ts'

/**
 * Gives the units of a store of the first format the identity that their records have in this one; measurements stay as they are. Units that
 * differ in nothing but hashes of code become one record: a finished one before others, and then the one asked for last, is kept.
 *
 * @param carryOver the header of a record of the first format in this one
 * @returns how many units were of the first format
 * @throws {RecordError} for a file that is missing or no store, and for a header that does not fit; the units are then as they were
 */
export function upgradeStore(path: string, carryOver: (header: unknown) => RecordHeader): number {
  const db = openDatabase(path, { existing: true, firstFormat: true })
  try {
    return guarded(path, () =>
      db.transaction(
        tx => {
          const unfinished = asc(sql`${units.status} <> 'ok'`)
          const old = tx.select().from(units).where(isNull(units.question)).orderBy(unfinished, desc(units.turn)).all()
          for (const unit of old) {
            const header = check(headerSchema, carryOver(unit.header), path)
            const id = recordId(header)
            if (tx.select({ id: units.id }).from(units).where(eq(units.id, id)).get()) {
              for (const table of [images, maps]) tx.delete(table).where(eq(table.unit, unit.number)).run()
              tx.delete(units).where(eq(units.number, unit.number)).run()
              continue
            }
            tx.update(units)
              .set({ header, id, question: questionId(header), previously: [unit.id], agreement: null })
              .where(eq(units.number, unit.number))
              .run()
          }
          return old.length
        },
        { behavior: 'immediate' },
      ),
    )
  } finally {
    db.$client.close()
  }
}
