import { desc, eq, sql } from 'drizzle-orm'
import { questionId } from '../record/hash.ts'
import type { RecordHeader } from '../record/schema.ts'
import type { Database } from './database.ts'
import { isOfGroups, type StaleGroups, staleGroups, UNREADABLE } from './stale.ts'
import { storedImage, storedUnit } from './stored.ts'
import { images, maps, units } from './tables.ts'

interface NewUnit {
  readonly id: string
  readonly number: number
  readonly header: RecordHeader
}

/**
 * Copies into a new unit what the last one with the same question and the same maps has: its images without the columns of stale groups, its
 * maps and its timing. A unit without images has nothing to take over.
 */
export function takeOver(db: Database, path: string, to: NewUnit): void {
  const same = eq(units.question, questionId(to.header))
  for (const row of db.select().from(units).where(same).orderBy(desc(units.turn)).all()) {
    const from = storedUnit(row, path)
    const stale = from.id === to.id ? undefined : staleGroups(from.header, to.header)
    if (!stale || takeImages(db, path, from.number, to, stale) === 0) continue
    db.run(
      sql`INSERT INTO ${maps} SELECT ${to.number}, ${maps.position}, ${maps.name}, ${maps.values} FROM ${maps} WHERE ${maps.unit} = ${from.number}`,
    )
    const previously = [from.id, ...(from.previously ?? [])]
    db.update(units).set({ timing: from.timing, previously }).where(eq(units.number, to.number)).run()
    return
  }
}

function takeImages(db: Database, path: string, from: number, to: NewUnit, { dropped, lacking }: StaleGroups): number {
  const rows = db.select().from(images).where(eq(images.unit, from)).all()
  const kept = Object.keys(to.header.versions).filter(group => !dropped.includes(group))
  const isKept = (column: string) => isOfGroups(column, kept) || !isOfGroups(column, dropped)
  for (const row of rows) {
    const before = storedImage(row, path)
    const cells = Object.fromEntries(Object.entries(before.cells).filter(([name]) => isKept(name)))
    const earlier = (before.lacking ?? []).filter(group => Object.hasOwn(to.header.versions, group))
    const open = UNREADABLE in cells ? [] : [...new Set([...lacking, ...earlier])]
    db.insert(images)
      .values({ ...before, unit: to.number, cells, lacking: open.length > 0 ? open : null })
      .run()
  }
  return rows.length
}
