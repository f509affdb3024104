import { MetricError } from '../errors.ts'
import { area } from '../faithfulness/area.ts'
import { type FaithfulnessMetricId, type LocalizationMetricId, localizationMetrics } from '../metrics.ts'
import type { Protocol } from '../protocol.ts'
import { faithfulnessScores, localizationScores } from '../scores.ts'
import type { Counts, Curves, State, Target } from '../types.ts'

/** Without numbers where there are none. */
export type LocalizationColumns = ({ state: 'ok' } & Counts) | { state: Exclude<State, 'ok'> }
export type FaithfulnessColumns = ({ state: 'ok' } & Curves) | { state: 'flat' | 'nan' }

/** All that is kept of one image: plain JSON, from which every metric and mean can be computed anew. */
export interface ImageColumns {
  /** Whether the model predicts the label. */
  correct: boolean
  /** Per target: pixels per threshold. */
  localization: { readonly [T in Target]?: LocalizationColumns }
  /** Per target: probability of the explained class per step. */
  faithfulness: { readonly [T in Target]?: FaithfulnessColumns }
}

/**
 * `images` = `included` + `flat` + `nan` + `emptyTruth`, + `wrongPredictions` where the protocol leaves those out of the means; each
 * image left out is counted once, a wrong prediction first.
 */
export interface ImageCounts {
  images: number
  included: number
  wrongPredictions: number
  flat: number
  nan: number
  emptyTruth: number
}

export interface LocalizationSummary {
  counts: ImageCounts
  /** Included images of which no pixel is above the threshold, per threshold: their precision is 0/0. */
  emptyPredictions: number[]
  /** Per threshold; `null` without included images. */
  means: Record<LocalizationMetricId, number[]> | null
  /** Area under `means` over the thresholds. */
  areas: Record<LocalizationMetricId, number> | null
}

export interface FaithfulnessSummary {
  counts: ImageCounts
  means: Record<FaithfulnessMetricId, number> | null
  /** Mean curves, per step. */
  curves: Curves | null
}

export interface Summary {
  localization: { [T in Target]?: LocalizationSummary }
  faithfulness: { [T in Target]?: FaithfulnessSummary }
}

type Ok<Columns> = Extract<Columns, { state: 'ok' }>

function sift<Columns extends LocalizationColumns | FaithfulnessColumns>(
  rule: 'all' | 'correct-prediction',
  images: readonly { correct: boolean; columns: Columns }[],
): { counts: ImageCounts; included: Ok<Columns>[] } {
  const wrong = images.filter(({ correct }) => !correct).length
  const judged = images.filter(({ correct }) => rule === 'all' || correct).map(({ columns }) => columns)
  const included = judged.filter((columns): columns is Ok<Columns> => columns.state === 'ok')
  const inState = (state: State) => judged.filter(columns => columns.state === state).length
  return {
    counts: {
      images: images.length,
      included: included.length,
      wrongPredictions: wrong,
      flat: inState('flat'),
      nan: inState('nan'),
      emptyTruth: inState('empty-truth'),
    },
    included,
  }
}

/** Means of equally long rows, position by position. */
function meanOf(rows: readonly (readonly number[])[]): number[] {
  const [first] = rows
  if (first === undefined) return []
  if (rows.some(row => row.length !== first.length)) {
    throw new MetricError('summarize', `expected rows of ${first.length} values, got ${rows.map(row => row.length)}`)
  }
  return first.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length)
}

function mapValues<Id extends string, A, B>(record: Record<Id, A>, to: (value: A, id: Id) => B): Record<Id, B> {
  return Object.fromEntries(Object.keys(record).map(id => [id, to(record[id as Id], id as Id)])) as Record<Id, B>
}

function summarizeLocalization(
  protocol: Protocol,
  thresholds: readonly number[],
  images: readonly { correct: boolean; columns: LocalizationColumns }[],
): LocalizationSummary {
  const { images: rule, area: areaRule } = protocol.localization
  const { counts, included } = sift(rule, images)
  const emptyPredictions = thresholds.map((_, i) => included.filter(({ tp, fp }) => tp[i] === 0 && fp[i] === 0).length)
  if (included.length === 0) return { counts, emptyPredictions, means: null, areas: null }
  const scores = included.map(columns => localizationScores(protocol, columns))
  const means = Object.fromEntries(
    localizationMetrics.map(id => [id, meanOf(scores.map(score => score[id]))]),
  ) as Record<LocalizationMetricId, number[]>
  return { counts, emptyPredictions, means, areas: mapValues(means, mean => area(areaRule, thresholds, mean)) }
}

function summarizeFaithfulness(
  protocol: Protocol,
  images: readonly { correct: boolean; columns: FaithfulnessColumns }[],
): FaithfulnessSummary {
  const { counts, included } = sift(protocol.faithfulness.images, images)
  if (included.length === 0) return { counts, means: null, curves: null }
  const curves = { morf: meanOf(included.map(({ morf }) => morf)), lerf: meanOf(included.map(({ lerf }) => lerf)) }
  // Scores are linear in the curves, so the scores of the mean curves are the means of the scores.
  return { counts, means: faithfulnessScores(protocol, curves), curves }
}

/**
 * Means over the images that the protocol includes, for each target that images have columns of. An image without columns for a target
 * is not counted for it.
 *
 * @param thresholds those that the counts were made with
 * @throws {MetricError} if columns have different lengths
 */
export function summarize(
  protocol: Protocol,
  images: readonly ImageColumns[],
  thresholds: readonly number[] = protocol.localization.thresholds,
): Summary {
  const summary: Summary = { localization: {}, faithfulness: {} }
  const withColumns = <Columns>(columnsOf: (image: ImageColumns) => Columns | undefined) =>
    images.flatMap(image => {
      const columns = columnsOf(image)
      return columns === undefined ? [] : [{ correct: image.correct, columns }]
    })
  for (const target of protocol.localization.targets) {
    const columns = withColumns(image => image.localization[target])
    summary.localization[target] = summarizeLocalization(protocol, thresholds, columns)
  }
  for (const target of protocol.faithfulness.targets) {
    const columns = withColumns(image => image.faithfulness[target])
    summary.faithfulness[target] = summarizeFaithfulness(protocol, columns)
  }
  return summary
}
