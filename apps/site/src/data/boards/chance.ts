import type { Target } from '@vitrine/metrics'
import { fixed, plural } from '../../shared/format.ts'
import { type Entry, intervalOf } from '../load/records.ts'

/** With fewer images an interval is too wide to say anything of a method. */
const FEWEST = 30

/** A number that a map which explains nothing has as well. */
interface Check {
  readonly key: (target: Target) => string
  /** What a map that knows nothing has. */
  readonly chance: number
  readonly name: string
  /** Whether the method claims what is checked. */
  asks(entry: Entry): boolean
}

const checks: readonly Check[] = [
  { key: target => `pointing.${target}.roc-auc`, chance: 0.5, name: 'ROC AUC', asks: () => true },
  {
    key: target => `discrimination.${target}.mass-difference`,
    chance: 0,
    name: 'the mass difference of two classes',
    asks: entry => entry.method.classSpecific,
  },
]

/**
 * In which checks a method is not shown to be above chance on a board: the interval of its record reaches what a map that knows nothing
 * has. This does not show that it is no better than chance. Empty for controls, and where there are fewer than 30 images.
 */
export function notAboveChance(entry: Entry): string {
  const images = entry.images.index.length
  if (entry.method.control || entry.status !== 'ok' || images < FEWEST) return ''
  const reached = checks.flatMap(({ key, chance, name, asks }) => {
    const [interval] = (['predicted', 'label'] as const).flatMap(target => {
      const found = intervalOf(entry, key(target))
      return found ? [found] : []
    })
    return asks(entry) && interval && interval[0] <= chance
      ? [`the interval of ${name}, ${fixed(interval[0], 2)} to ${fixed(interval[1], 2)}, reaches ${chance}`]
      : []
  })
  return reached.length === 0 ? '' : `Over ${plural(images, 'image')}, ${reached.join('; ')}`
}
