import { list, plural } from './format.ts'

/** Why images have no value of a measure, and how many. */
export type LeftOut = Readonly<Record<string, number>>

/** A reason in a cell and in a sentence. */
interface Reason {
  readonly short: string
  readonly long: (count: number) => string
}

/** How the states of a record's images are put in words; by the names that records store. */
const reasons: Readonly<Record<string, Reason>> = {
  flat: { short: 'flat', long: count => plural(count, 'flat map') },
  nan: { short: 'not finite', long: count => `${plural(count, 'map')} without finite numbers` },
  'empty-truth': { short: 'no object', long: count => `${plural(count, 'image')} without the object` },
  'too-dear': { short: 'too dear', long: count => `${plural(count, 'image')} too dear to follow` },
  wrongPrediction: {
    short: 'predicted wrong',
    long: count => `${plural(count, 'wrong prediction')}, which the protocol leaves out`,
  },
  noValue: { short: 'not defined', long: count => `${plural(count, 'image')} on which it is not defined` },
}

interface Columns {
  readonly [name: string]: readonly unknown[] | undefined
}

/** Counts the images without a value by their reason, from a record's columns. */
export function leftOut(
  columns: Columns,
  { family, target }: { readonly family: string; readonly target: string },
  values: readonly (number | null)[],
): LeftOut {
  const [states, correct] = [columns[`${family}.${target}.state`], columns.correct]
  const found: Record<string, number> = {}
  for (const [i, value] of values.entries()) {
    if (value !== null) continue
    const state = states?.[i]
    const reason =
      typeof state === 'string' && state !== 'ok' ? state : correct?.[i] === false ? 'wrongPrediction' : 'noValue'
    found[reason] = (found[reason] ?? 0) + 1
  }
  return found
}

/** The same in words; empty where no image is left out. */
export function leftOutWords(found: LeftOut, passes?: number): string {
  const parts = Object.entries(found).map(([reason, count]) => {
    const text = reasons[reason]?.long(count) ?? `${plural(count, 'image')}: ${reason}`
    return reason === 'too-dear' && passes ? `${text}: ${passes} passes an explanation` : text
  })
  return list(parts)
}

/** The reason that most images share, for a cell. */
export function mostlyLeftOut(found: LeftOut): string {
  const [reason] = Object.entries(found).toSorted(([, a], [, b]) => b - a)[0] ?? []
  return reason === undefined ? 'none' : (reasons[reason]?.short ?? reason)
}
