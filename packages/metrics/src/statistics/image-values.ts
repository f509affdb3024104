import { columnName, customGroup, failureColumn, imagesOfGroup, partsOfColumn, targets } from '../columns.ts'
import { MetricError } from '../errors.ts'
import { area } from '../faithfulness/area.ts'
import type { PathValues } from '../frozen/path-values.ts'
import {
  type FaithfulnessMetricId,
  type LocalizationMetricId,
  type MetricId,
  metrics,
  type PathMetricId,
  pathMetrics,
} from '../metrics.ts'
import { meanOf, nearestThreshold } from '../numbers.ts'
import type { Protocol } from '../protocol.ts'
import { faithfulnessScores, localizationScores } from '../scores.ts'
import type { Counts, Curves, MetricGroup, Target } from '../types.ts'
import type { ImageValues } from './resample.ts'

/** What a record stores of its images, and how it was made: a record of the runner is one. */
export interface StoredRecord {
  /** Per name, one value per image: `correct`, `localization.predicted.tp`, … */
  readonly columns: Readonly<Record<string, readonly unknown[]>>
  readonly thresholds: readonly number[]
  readonly protocol: { readonly choices: unknown }
}

/**
 * Where a localization metric is read: at one of the record's thresholds, as the area over all, at the threshold nearest to 0.5 (`fixed`),
 * or at the one where the mean over the images is best. The best one is chosen on the images it is reported for, so it flatters; its
 * interval does not cover the choice.
 */
export type At = number | 'area' | 'fixed' | 'best'

export interface Asked {
  readonly metric: MetricId
  readonly target: Target
  /** For metrics with a value per threshold; the area by default. */
  readonly at?: At
}

/** One entry per image: the parts stored under `group.target.*`, `null` for an image that is left out or has no numbers. */
function rowsOf<T>(record: StoredRecord, group: string, target: Target, parts: readonly string[]): (T | null)[] | null {
  const states = record.columns[columnName(group, target, 'state')]
  if (states === undefined) return null
  const columns = parts.map(part => [part, record.columns[columnName(group, target, part)]] as const)
  return states.map((state, i) =>
    state === 'ok' ? (Object.fromEntries(columns.map(([part, values]) => [part, values?.[i]])) as T) : null,
  )
}

type Scores = Record<LocalizationMetricId, number[]>

function scoresOf(record: StoredRecord, target: Target): (Scores | null)[] | null {
  const rows = rowsOf<Counts>(record, 'localization', target, ['tp', 'fp', 'fn', 'tn'])
  return rows?.map(counts => counts && localizationScores(record.protocol.choices as Protocol, counts)) ?? null
}

function localizationValues(
  { record, scores: of }: Source,
  protocol: Protocol,
  id: LocalizationMetricId,
  asked: Asked,
) {
  const scores = of(asked.target)?.map(found => found?.[id] ?? null)
  if (!scores) return null
  const { thresholds } = record
  const atIndex = (t: number) => scores.map(list => list?.[t] ?? null)
  const { at = 'area' } = asked
  if (at === 'area') return scores.map(list => (list ? area(protocol.localization.area, thresholds, list) : null))
  if (at === 'best')
    return atIndex(
      bestIndex(
        thresholds.map((_, t) => meanOf(atIndex(t))),
        metrics[id].direction,
      ),
    )
  const index = at === 'fixed' ? nearestThreshold(thresholds) : thresholds.indexOf(at)
  if (index < 0) {
    throw new MetricError('statistics', `expected one of the thresholds ${thresholds.join(', ')}, got ${at}`)
  }
  return atIndex(index)
}

function bestIndex(means: readonly number[], direction: 'higher' | 'lower'): number {
  const better = (a: number, b: number) => (direction === 'higher' ? a > b : a < b)
  return means.reduce((best, mean, i) => (better(mean, means[best]!) ? i : best), 0)
}

function faithfulnessValues({ record }: Source, protocol: Protocol, id: FaithfulnessMetricId, { target }: Asked) {
  const rows = rowsOf<Curves>(record, 'faithfulness', target, ['morf', 'lerf'])
  const scoreOf = (curves: Curves) => {
    const score = faithfulnessScores(protocol, curves)[id]
    return Number.isNaN(score) ? null : score
  }
  return rows?.map(curves => curves && scoreOf(curves)) ?? null
}

function pathValues({ record }: Source, protocol: Protocol, id: PathMetricId, { target }: Asked) {
  const rows = rowsOf<PathValues>(record, 'frozen', target, ['probability', 'similarity'])
  const rules = protocol.diagnostics
  return rows?.map(path => (path && rules ? pathMetrics[id].measure(path, rules) : null)) ?? null
}

function storedValues({ record }: Source, _: Protocol, id: MetricId, { target }: Asked) {
  const rows = rowsOf<{ readonly [Id in MetricId]?: number | null }>(record, metrics[id].group, target, [id])
  return rows?.map(row => row?.[id] ?? null) ?? null
}

/** A record, and what several of its metrics are read from. */
interface Source {
  readonly record: StoredRecord
  scores(target: Target): (Scores | null)[] | null
}

type Read = (source: Source, protocol: Protocol, id: never, asked: Asked) => (number | null)[] | null

const reads: { readonly [G in MetricGroup]: Read } = {
  localization: localizationValues,
  faithfulness: faithfulnessValues,
  frozen: pathValues,
  pointing: storedValues,
  texture: storedValues,
  diffusion: storedValues,
  discrimination: storedValues,
  insertion: storedValues,
  'soft-mask': storedValues,
  effects: storedValues,
  objects: storedValues,
  coherence: storedValues,
  benchmarks: storedValues,
  complexity: storedValues,
  completeness: storedValues,
  mosaic: storedValues,
  robustness: storedValues,
  randomisation: storedValues,
}

/** The values without those of images that the protocol leaves out of the group's means. */
function counted(
  record: StoredRecord,
  group: MetricGroup | typeof customGroup,
  values: (number | null)[],
): ImageValues {
  const protocol = record.protocol.choices as Protocol
  // Metrics that are not bundled measure maps by themselves, as diagnostics do.
  const rule = group === customGroup ? protocol.diagnostics?.images : imagesOfGroup(protocol, group)
  if (rule !== 'correct-prediction') return values
  const correct = record.columns.correct ?? []
  return values.map((value, i) => (correct[i] === true ? value : null))
}

/** Reads a record's metrics; what several questions need is computed once, and kept as long as the reader. */
export interface RecordReader {
  readonly record: StoredRecord
  /** As `imageValues`; the same list for the same question. */
  values(asked: Asked): ImageValues | null
}

/**
 * A reader for many questions about one record.
 *
 * @example
 * const reader = readerOf(record)
 * const means = record.thresholds.map(at => meanOf(reader.values({ metric: 'iou', target: 'predicted', at }) ?? []))
 */
export function readerOf(record: StoredRecord): RecordReader {
  const protocol = record.protocol.choices as Protocol
  const source: Source = { record, scores: remembered((target: Target) => scoresOf(record, target), String) }
  const read = (asked: Asked) => {
    const { group } = metrics[asked.metric]
    const values = reads[group](source, protocol, asked.metric as never, asked)
    return values && counted(record, group, values)
  }
  return { record, values: remembered(read, ({ metric, target, at }) => `${metric} ${target} ${at}`) }
}

/** The function, called once for each key. */
function remembered<Question, Answer>(of: (question: Question) => Answer, keyOf: (question: Question) => string) {
  const known = new Map<string, Answer>()
  return (question: Question): Answer => {
    const key = keyOf(question)
    const found = known.has(key) ? (known.get(key) as Answer) : of(question)
    known.set(key, found)
    return found
  }
}

/**
 * A metric's value on each image of a record, from what is stored. Images that the record's protocol leaves out of its means, and those
 * without numbers (flat map, NaN, empty truth), are `null`. The answer is `null` if the record has no such column.
 *
 * @throws {MetricError} if a threshold is asked for that the record was not made with
 *
 * @example
 * standings(records.map(r => ({ id: r.method.id, control: r.method.control, values: imageValues(r, { metric: 'iou', target: 'predicted', at: 0.5 }) ?? [] })), 'higher')
 */
export const imageValues = (record: StoredRecord, asked: Asked): ImageValues | null => readerOf(record).values(asked)

/** A column of a metric that is not bundled. */
export interface CustomColumn {
  /** `custom.<target>.<id>` */
  readonly name: string
  readonly id: string
  readonly target: Target
  readonly values: ImageValues
}

/** The values of every metric that a record has and that is not bundled, image by image as `imageValues` has them. */
export function customValues(record: StoredRecord): CustomColumn[] {
  return Object.entries(record.columns).flatMap(([name, column]) => {
    const { group, target, part: id } = partsOfColumn(name) ?? {}
    // An id has no dot: what has one is said beside the values.
    if (group !== customGroup || target === undefined || id === undefined || id === 'state' || id.includes('.'))
      return []
    const numbers = column.map(value => (typeof value === 'number' ? value : null))
    return [{ name, id, target, values: counted(record, customGroup, numbers) }]
  })
}

/** A metric that is not bundled and failed on some images of a record: they have no value of it. */
export interface MetricFailure {
  readonly id: string
  readonly target: Target
  /** How many images. */
  readonly images: number
  /** What was wrong with the first of them. */
  readonly reason: string
}

/** What failed in a record of the metrics that are not bundled. */
export function metricFailures(record: StoredRecord): MetricFailure[] {
  const ids = [...new Set(customValues(record).map(({ id }) => id))]
  return targets.flatMap(target =>
    ids.flatMap(id => {
      const reasons = (record.columns[failureColumn(target, id)] ?? []).filter(reason => typeof reason === 'string')
      return reasons[0] === undefined ? [] : [{ id, target, images: reasons.length, reason: reasons[0] }]
    }),
  )
}
