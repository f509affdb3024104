import type { RecordHeader } from '../record/schema.ts'
import type { units } from './tables.ts'

/** A unit that asks the same question of other versions of the code. */
export type Predecessor = typeof units.$inferSelect

/** What is fed to the model and what maps are held against: where it changes, nothing of an earlier unit can be kept. */
const PIPELINE = 'pipeline'

/**
 * The groups of columns of `before` that `after`, a header with the same question, has in another version; `undefined` where nothing of
 * `before` can be kept, as the maps are others.
 */
export function staleGroups(before: RecordHeader, after: RecordHeader): string[] | undefined {
  const sameMaps =
    before.method.version === after.method.version &&
    before.method.code === after.method.code &&
    before.versions[PIPELINE] === after.versions[PIPELINE]
  if (!sameMaps) return undefined
  return Object.keys(after.versions).filter(group => before.versions[group] !== after.versions[group])
}
