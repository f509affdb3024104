import type { Target } from '@vitrine/metrics'
import { plural } from '../../shared/format.ts'
import { type Entry, intervalOf } from '../load/records.ts'

/** A number that a map which explains nothing has as well. */
interface Check {
  readonly key: (target: Target) => string
  /** What a map that knows nothing has. */
  readonly nothing: number
  readonly fails: string
  /** Whether the method claims what is checked. */
  asks(entry: Entry): boolean
}

const checks: readonly Check[] = [
  {
    key: target => `pointing.${target}.roc-auc`,
    nothing: 0.5,
    fails: 'ranks the pixels of the object no higher than others (ROC AUC against 0.5)',
    asks: () => true,
  },
  {
    key: target => `discrimination.${target}.mass-difference`,
    nothing: 0,
    fails: "lies no more on the asked class's object than on the other's (mass difference against 0)",
    asks: entry => entry.method.classSpecific,
  },
]

/**
 * What a method's maps do not do beyond noise, from the intervals of its record: an interval that does not lie above what a map that knows
 * nothing has. Controls are not checked.
 */
export function failedChecks(entry: Entry): string[] {
  if (entry.method.control) return []
  const failed = checks.filter(({ key, nothing, asks }) => {
    const found = (['predicted', 'label'] as const).flatMap(target => intervalOf(entry, key(target)) ?? [])
    const [low] = found
    return asks(entry) && low !== undefined && low <= nothing
  })
  return failed.map(({ fails }) => fails)
}

/** The same as a sentence; empty where nothing failed. */
export function sanityWords(entry: Entry): string {
  const failed = failedChecks(entry)
  if (failed.length === 0) return ''
  return `Beyond noise, over ${plural(entry.images.index.length, 'image')}, its map ${failed.join('; ')}`
}
