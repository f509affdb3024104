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

/**
 * Whether a column, `FAMILY.TARGET.PART`, belongs to one of the groups: to the group FAMILY, or to FAMILY.PART, as those of metrics that are not
 * bundled are called, or says something beside it, `FAMILY.TARGET.PART.failed`. Groups of one family share its states.
 *
 * @example
 * isOfGroups('texture.label.fine-energy', ['texture'])      // true
 * isOfGroups('custom.label.mine', ['custom.mine'])          // true
 * isOfGroups('custom.label.state', ['custom.mine'])         // true
 */
export function isOfGroups(column: string, groups: readonly string[]): boolean {
  const [family = '', target, part] = column.split('.')
  if (target === undefined) return false
  return groups.some(
    group => group === family || group === `${family}.${part}` || (part === 'state' && group.startsWith(`${family}.`)),
  )
}
