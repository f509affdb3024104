import type { Standing } from '@vitrine/metrics'
import { decimalsFor, fixed, inSentence, plural, significant } from '../../shared/format.ts'
import { measureName } from '../load/measures.ts'
import type { Entry } from '../load/records.ts'
import { type Board, firstMeasures, shortKey } from './boards.ts'
import { standingsOf } from './standings.ts'

/** What a stranger asks of explanations first, and the method that does best by a measure; several may be as good. */
export interface Answer {
  readonly question: string
  readonly entry: Entry
  /** `0.84 ±.03 average precision`. */
  readonly words: string
  /** How many others are within noise of it. */
  readonly tied: number
}

const questions: readonly (readonly [question: string, measures: readonly string[]])[] = [
  ['Points at the object', ['average-precision', 'iou@best', 'iou']],
  ['Removing it changes the answer', ['abpc']],
  ['Tells classes apart', ['mass-difference']],
]

/** At most so many forward passes are one: the rest is the explanation's own arithmetic. */
const ONE_PASS = 1.1

/**
 * The answers of a board, in the order of the questions. One that its images cannot give is of the nearest board that has it, and says so.
 */
export async function answersOf(board: Board, boards: readonly Board[]): Promise<Answer[]> {
  const asked = questions.map(async ([question, keys]) => {
    const other = hasAny(board, keys) ? undefined : nearest(board, boards, keys)
    return answer(other ?? board, question, keys, () => true, other && `on ${placeOf(other)}`)
  })
  const [, pointing = []] = questions[0] ?? []
  const passes = (entry: Entry) => entry.cost.relativeFlops ?? Number.POSITIVE_INFINITY
  const cheap = (await answer(board, 'In one pass', pointing, entry => passes(entry) <= ONE_PASS)).map(found => ({
    ...found,
    words: `${found.words}, ${significant(passes(found.entry))} passes`,
  }))
  return [...(await Promise.all(asked)).flat(), ...cheap]
}

const hasAny = (board: Board, keys: readonly string[]): boolean =>
  board.measures.some(measure => keys.includes(shortKey(measure)))

/** The board of the same model, protocol and engine that has one of the measures of the most images. */
const nearest = ({ setting }: Board, boards: readonly Board[], keys: readonly string[]): Board | undefined =>
  boards
    .filter(other => hasAny(other, keys))
    .filter(other => (['model', 'protocol', 'engine'] as const).every(key => other.setting[key] === setting[key]))
    .toSorted((a, b) => b.images.index.length - a.images.index.length)[0]

const placeOf = ({ entries: [first], images }: Board): string =>
  `${first?.dataset.name}, ${plural(images.index.length, 'image')}`

async function answer(
  board: Board,
  question: string,
  keys: readonly string[],
  among: (entry: Entry) => boolean,
  place = '',
): Promise<Answer[]> {
  const standings = await standingsOf(board)
  const measures = firstMeasures(board)
  const [measure] = keys.flatMap(key => measures.find(m => shortKey(m) === key) ?? [])
  const entries = new Map(board.done.map(entry => [entry.slug, entry]))
  const found = [...(measure ? (standings.get(measure.key)?.values() ?? []) : [])].filter(({ id, rank }) => {
    const entry = entries.get(id)
    return rank !== null && entry !== undefined && !entry.method.control && among(entry)
  })
  const [best] = found.toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
  const entry = best && entries.get(best.id)
  if (!measure || !best || !entry) return []
  const tied = found.filter(s => s !== best && s.tiedWithBest).length
  const words = [`${valueWords(best)} ${inSentence(measureName(measure))}`, place].filter(Boolean).join(', ')
  return [{ question, entry, words, tied: best.rank === 1 ? tied : 0 }]
}

function valueWords({ mean, interval }: Standing): string {
  const half = interval ? (interval[1] - interval[0]) / 2 : null
  const decimals = decimalsFor(half ?? 0)
  const around = half === null ? '' : ` ±${fixed(half, decimals).replace(/^0(?=\.)/, '')}`
  return `${fixed(mean ?? Number.NaN, decimals)}${around}`
}
