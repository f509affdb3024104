import type { RecordHeader } from '../record/schema.ts'

/** What is fed to the model and what maps are held against: where it changes, nothing of an earlier unit can be kept. */
const PIPELINE = 'pipeline'

/** The one column of an image that could not be read, with the reason: it has no column of any group. */
export const UNREADABLE = 'unreadable'

/** Groups of columns that an earlier unit has in another version than a new one. */
export interface StaleGroups {
  /** All of them: their columns are not kept. */
  readonly dropped: readonly string[]
  /** Those that the new unit stores too: their columns are to be measured. */
  readonly lacking: readonly string[]
}

/**
 * What of `before` cannot be kept in `after`, a header with the same question; `undefined` where nothing can, as the maps are others.
 *
 * @example
 * staleGroups(before, after)                       // { dropped: ['texture', 'gone'], lacking: ['texture'] }
 */
export function staleGroups(before: RecordHeader, after: RecordHeader): StaleGroups | undefined {
  const sameMaps =
    before.method.version === after.method.version &&
    before.method.code === after.method.code &&
    before.versions[PIPELINE] === after.versions[PIPELINE]
  if (!sameMaps) return undefined
  const groups = Object.keys({ ...before.versions, ...after.versions })
  const dropped = groups.filter(group => before.versions[group] !== after.versions[group])
  return { dropped, lacking: dropped.filter(group => Object.hasOwn(after.versions, group)) }
}

/** Whether a column belongs to one of the groups: its name begins with the group's. */
export const isOfGroups = (column: string, groups: readonly string[]): boolean =>
  groups.some(group => column.startsWith(`${group}.`))
