import { compareMap } from '../map/compared-map.ts'
import type { ImageTruth } from '../map/image-truth.ts'
import { valuesOf } from '../metric.ts'
import { registry } from '../registry.ts'
import type { GroupColumns, Heatmap, State } from '../types.ts'
import type { PairQuestion } from './pair-question.ts'

/** The map of a class, and the truth about that class. */
export interface Explained {
  readonly heatmap: Heatmap
  readonly scene: ImageTruth
}

type Asked = { readonly state: 'ok'; readonly question: PairQuestion } | { readonly state: Exclude<State, 'ok'> }

function ask({ heatmap, scene }: Explained, { scene: elsewhere }: Explained): Asked {
  const asked = compareMap(heatmap, scene)
  if (asked.state !== 'ok') return asked
  const other = compareMap(heatmap, elsewhere)
  if (other.state !== 'ok') return other
  return { state: 'ok', question: { asked: asked.map, other: other.map } }
}

/**
 * The metrics of the maps of both classes of a two-object image.
 *
 * @throws {MetricError} if a heatmap is malformed
 */
export function measurePair(first: Explained, second: Explained): GroupColumns {
  const [one, two] = [ask(first, second), ask(second, first)]
  if (one.state !== 'ok') return one
  if (two.state !== 'ok') return two
  return { state: 'ok', values: valuesOf(registry.discrimination, [one.question, two.question] as const) }
}
