import type { Standing } from '@vitrine/metrics'
import { decimalsFor, fixed, inSentence, significant } from '../../shared/format.ts'
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

/** The answers that a board has, in the order of the questions. */
export async function answersOf(board: Board): Promise<Answer[]> {
  const standings = await standingsOf(board)
  const measures = firstMeasures(board)
  const entries = new Map(board.done.map(entry => [entry.slug, entry]))
  const measureOf = (keys: readonly string[]) => keys.flatMap(key => measures.find(m => shortKey(m) === key) ?? [])[0]
  const answer = (question: string, keys: readonly string[], among: (entry: Entry) => boolean): Answer[] => {
    const measure = measureOf(keys)
    const found = [...(measure ? (standings.get(measure.key)?.values() ?? []) : [])].filter(({ id, rank }) => {
      const entry = entries.get(id)
      return rank !== null && entry !== undefined && !entry.method.control && among(entry)
    })
    const [best] = found.toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
    const entry = best && entries.get(best.id)
    if (!measure || !best || !entry) return []
    const tied = found.filter(s => s !== best && s.tiedWithBest).length
    return [
      {
        question,
        entry,
        words: `${valueWords(best)} ${inSentence(measureName(measure))}`,
        tied: best.rank === 1 ? tied : 0,
      },
    ]
  }
  const passes = (entry: Entry) => entry.cost.relativeFlops ?? Number.POSITIVE_INFINITY
  const [, pointing = []] = questions[0] ?? []
  return [
    ...questions.flatMap(([question, keys]) => answer(question, keys, () => true)),
    ...answer('In one pass', pointing, entry => passes(entry) <= ONE_PASS).map(found => ({
      ...found,
      words: `${found.words}, ${significant(passes(found.entry))} passes`,
    })),
  ]
}

function valueWords({ mean, interval }: Standing): string {
  const half = interval ? (interval[1] - interval[0]) / 2 : null
  const decimals = decimalsFor(half ?? 0)
  const around = half === null ? '' : ` ±${fixed(half, decimals).replace(/^0(?=\.)/, '')}`
  return `${fixed(mean ?? Number.NaN, decimals)}${around}`
}
