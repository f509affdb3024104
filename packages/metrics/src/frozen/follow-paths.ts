import { MetricError } from '../errors.ts'
import { pearson, ranks } from '../map/spearman.ts'
import type { GroupColumns, Heatmap } from '../types.ts'
import type { PathValues } from './path-values.ts'

/**
 * Whether a method's further maps are not made.
 *
 * @param budget of a protocol's rules
 * @param passes what an explanation takes, as a multiple of a forward pass
 */
export const isTooDear = (budget: number, passes: number): boolean => passes > budget

const ordered = (map: Heatmap['values']): boolean => Array.prototype.some.call(map, value => value !== map[0])
const finite = (map: Heatmap['values']): boolean => Array.prototype.every.call(map, Number.isFinite)

/**
 * Maps and confidence along paths; the metrics of the group `frozen` are computed from it.
 *
 * @param maps raw, equally long: of the image itself, then of every step
 * @param probability of the class predicted for the image itself, at the same places
 * @throws {MetricError} if there are not as many probabilities as maps
 */
export function followPaths(
  maps: readonly Heatmap['values'][],
  probability: readonly number[],
): GroupColumns<PathValues> {
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
