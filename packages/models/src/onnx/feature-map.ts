import { dim, isFixed, only, reshape, type Tensor } from '@vitrine/tensor'
import type { Grid, Size } from '../architecture/config.ts'
import { tokensOf } from './canonical-images.ts'
import { commonSources } from './flow.ts'

/** What a head averages over all places: the last feature map of a network with convolutions. */
export interface FeatureMap {
  /** `[batch, rows * columns, channels]`. */
  readonly tokens: Tensor
  readonly grid: Grid
}

/**
 * The last feature map: the nearest one to the logits that they depend on by a pool over all its places alone. Undefined where there is
 * none, as in a network that reads a class token, or whose head has weights for each place.
 */
export function featureMapOf(logits: Tensor, size: Size): FeatureMap | undefined {
  for (const pool of commonSources([logits])) {
    if (pool.op !== 'sum' && pool.op !== 'max') continue
    const found = pooledMap(only(pool), pool.params.axes, size)
    if (found) return found
  }
  return undefined
}

function pooledMap(x: Tensor, axes: readonly number[], { height, width }: Size): FeatureMap | undefined {
  if (isFixed(x)) return undefined
  const over = `${x.shape.length}: ${axes}`
  if (over === '4: 2,3') return mapOf(tokensOf(x), dim(x.shape, 2), dim(x.shape, 3))
  if (over === '4: 1,2')
    return mapOf(reshape(x, [dim(x.shape, 0), -1, dim(x.shape, 3)]), dim(x.shape, 1), dim(x.shape, 2))
  if (over !== '3: 1') return undefined
  // Rows and columns are as many as an image of this form has.
  const rows = Math.sqrt((dim(x.shape, 1) * height) / width)
  return Number.isInteger(rows) ? mapOf(x, rows, dim(x.shape, 1) / rows) : undefined
}

const mapOf = (tokens: Tensor, rows: number, columns: number): FeatureMap | undefined =>
  rows * columns > 1 && Number.isInteger(columns) ? { tokens, grid: { rows, columns } } : undefined
