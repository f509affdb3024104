import type { Question } from './discrimination/pair-metric.ts'
import { MetricError } from './errors.ts'
import type { PathValues } from './frozen/path-metric.ts'
import { type Scene, type Subject, subjectOf } from './map/compared-map.ts'
import { pearson, ranks } from './map/spearman.ts'
import { type Family, mapMetrics, pairMetrics } from './metrics.ts'
import type { FailureRules } from './protocol.ts'
import type { Heatmap, State } from './types.ts'

/**
 * What is kept of one image and family: a number per metric, or what its metrics are made from. `too-dear`: more explanations than the
 * rules allow.
 */
export type FamilyColumns<Values = Readonly<Record<string, number | null>>> =
  | { readonly state: 'ok'; readonly values: Values }
  | { readonly state: Exclude<State, 'ok'> | 'too-dear' }

const mapFamilies = ['pointing', 'texture', 'diffusion'] as const
export type MapFamily = (typeof mapFamilies)[number]

function measured(subject: Subject, family: Family, rules: FailureRules): FamilyColumns {
  const rows = Object.values(mapMetrics).filter(metric => metric.family === family)
  // A constant `unit` map is a set of pixels, but it has no texture.
  const { values } = subject.map
  if (family === 'texture' && values.every(value => value === values[0])) return { state: 'flat' }
  return { state: 'ok', values: Object.fromEntries(rows.map(row => [row.id, row.measure(subject, rules)])) }
}

/**
 * The metrics of one map.
 *
 * @throws {MetricError} if the heatmap is malformed
 */
export function measureMap(rules: FailureRules, heatmap: Heatmap, scene: Scene): Record<MapFamily, FamilyColumns> {
  const found = subjectOf(heatmap, scene)
  return Object.fromEntries(
    mapFamilies.map(family => [
      family,
      found.state === 'ok' ? measured(found.subject, family, rules) : { state: found.state },
    ]),
  ) as Record<MapFamily, FamilyColumns>
}

/** The map of a class, and the truth about that class. */
export interface Explained {
  readonly heatmap: Heatmap
  readonly scene: Scene
}

type Asked = { readonly state: 'ok'; readonly question: Question } | { readonly state: Exclude<State, 'ok'> }

function ask({ heatmap, scene }: Explained, { scene: elsewhere }: Explained): Asked {
  const asked = subjectOf(heatmap, scene)
  if (asked.state !== 'ok') return asked
  const other = subjectOf(heatmap, elsewhere)
  if (other.state !== 'ok') return other
  return { state: 'ok', question: { asked: asked.subject, other: other.subject } }
}

/**
 * The metrics of the maps of both classes of a two-object image.
 *
 * @throws {MetricError} if a heatmap is malformed
 */
export function measurePair(first: Explained, second: Explained): FamilyColumns {
  const [one, two] = [ask(first, second), ask(second, first)]
  if (one.state !== 'ok') return one
  if (two.state !== 'ok') return two
  const questions = [one.question, two.question] as const
  const rows = Object.values(pairMetrics)
  return { state: 'ok', values: Object.fromEntries(rows.map(row => [row.id, row.measure(questions)])) }
}

const ordered = (map: Heatmap['values']): boolean => Array.prototype.some.call(map, value => value !== map[0])
const finite = (map: Heatmap['values']): boolean => Array.prototype.every.call(map, Number.isFinite)

/**
 * Maps and confidence along paths; `metrics` of the family `frozen` are made from it.
 *
 * @param maps raw, equally long: of the image itself, then of every step
 * @param probability of the class predicted for the image itself, at the same places
 * @throws {MetricError} if there are not as many probabilities as maps
 */
export function followPaths(
  maps: readonly Heatmap['values'][],
  probability: readonly number[],
): FamilyColumns<PathValues> {
  const [own = []] = maps
  if (maps.length === 0 || maps.length !== probability.length) {
    throw new MetricError('paths', `expected a probability for each of ${maps.length} maps, got ${probability.length}`)
  }
  if (!finite(own)) return { state: 'nan' }
  if (!ordered(own)) return { state: 'flat' }
  const order = ranks(own)
  const similarity = maps.map((map, k) => {
    if (k === 0) return 1
    return finite(map) ? pearson(order, ranks(map)) : null
  })
  return { state: 'ok', values: { probability, similarity } }
}
