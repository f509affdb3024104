import type { VisionTransformer } from '@vitrine/models'
import {
  add,
  concat,
  dim,
  div,
  eye,
  matmul,
  max,
  mean,
  mul,
  neg,
  oneHot,
  reshape,
  sliceAxis,
  sum,
  type Tensor,
} from '@vitrine/tensor'
import { ExplainerError } from './errors.ts'

/** The score of one class per image: `[batch, classes]`, int `[batch]` -> `[batch]`. */
export function pick(scores: Tensor, target: Tensor): Tensor {
  return reshape(sum(mul(scores, oneHot(target, dim(scores.shape, -1))), [-1]), [-1])
}

/** What the class token reads: row 0 of `[…, tokens, tokens]`, kept as a row `[…, 1, tokens]`. */
export const classRow = (attention: Tensor): Tensor => sliceAxis(attention, -2, 0, 1)

/** The patches of a row over all tokens, on the model's grid: `[batch, (1,) tokens]` -> `[batch, rows, columns]`. */
export function patchGrid(model: VisionTransformer, row: Tensor): Tensor {
  const { rows, columns } = model.grid
  return reshape(sliceAxis(row, -1, model.prefix, model.prefix + rows * columns), [-1, rows, columns])
}

export type Fusion = 'sum' | 'mean' | 'max' | 'min'

const FUSIONS: Readonly<Record<Fusion, (x: Tensor, axis: number) => Tensor>> = {
  sum: (x, axis) => sum(x, [axis]),
  mean: (x, axis) => mean(x, [axis]),
  max: (x, axis) => max(x, [axis]),
  min: (x, axis) => neg(max(neg(x), [axis])),
}

/** Reduces the heads of `[batch, heads, …]` to `[batch, …]`. */
export function fuseHeads(fusion: Fusion, x: Tensor): Tensor {
  const [batch = 1, , ...rest] = x.shape
  return reshape(FUSIONS[fusion](x, 1), [batch, ...rest])
}

/** Reduces one tensor per layer, all of one shape, to one. */
export function fuseLayers(fusion: Fusion, layers: readonly Tensor[]): Tensor {
  const [first] = layers
  if (!first) throw new ExplainerError('expected at least one layer')
  const stacked = concat(
    layers.map(t => reshape(t, [1, ...t.shape])),
    0,
  )
  return reshape(FUSIONS[fusion](stacked, 0), first.shape)
}

/** Each matrix `[batch, tokens, tokens]` plus the identity: what a token keeps of itself past a block. */
export const addIdentity = (x: Tensor): Tensor => add(x, eye(dim(x.shape, -1)))

/** Rows that sum to 1. */
export const normaliseRows = (x: Tensor): Tensor => div(x, sum(x, [-1]))

/**
 * The product `M_L … M_1` of per-layer matrices `[batch, tokens, tokens]`, first layer first (Abnar & Zuidema 2020, eq. 1).
 * Multiplied from the last layer down, so that a reader of one row pays for rows only.
 */
export const rollout = (layers: readonly Tensor[]): Tensor =>
  layers.reduceRight((product, layer) => matmul(product, layer))
