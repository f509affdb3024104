import type { BlockTrace, Trace, VisionTransformer } from '@vitrine/models'
import {
  add,
  concat,
  constant,
  dim,
  div,
  eye,
  greater,
  matmul,
  max,
  mean,
  mul,
  neg,
  reshape,
  sliceAxis,
  sub,
  sum,
  type Tensor,
  topK,
  transpose,
} from '@vitrine/tensor'
import { type Option, whole } from './contract/options.ts'
import { ExplainerError, UnsupportedError } from './errors.ts'

/** An option that names a block; negative numbers count from the last. */
export const layerOption = (preset = -1): Option<number> => ({ ...whole(preset, -1000, 999), others: [0] })

/** An option that names the first block that takes part. */
export const startOption = (preset = 0): Option<number> => whole(preset, 0, 999)

/** A block by its number, from the last if negative. Throws an UnsupportedError where the model has none. */
export function blockAt({ blocks }: Trace, layer: number): BlockTrace {
  const block = blocks.at(layer)
  if (!block) throw new UnsupportedError(`layer: expected ${-blocks.length} to ${blocks.length - 1}, got ${layer}`)
  return block
}

/** The blocks from one on. Throws an UnsupportedError where none is left. */
export function blocksFrom({ blocks }: Trace, startLayer: number): readonly BlockTrace[] {
  if (startLayer >= blocks.length)
    throw new UnsupportedError(`startLayer: expected less than ${blocks.length}, got ${startLayer}`)
  return blocks.slice(startLayer)
}

/**
 * The row of the token that the head reads, along the second last axis: the class token's row, or the mean of the patches' rows where a
 * model has no class token. Of attention `[…, tokens, tokens]` it is what that token attends to, `[…, 1, tokens]`; of tokens
 * `[batch, tokens, width]` it is the token itself, `[batch, 1, width]`.
 */
export function readRow({ prefix, prefixTokens }: VisionTransformer, x: Tensor): Tensor {
  if (prefixTokens[0] === 'class') return sliceAxis(x, -2, 0, 1)
  return mean(sliceAxis(x, -2, prefix, dim(x.shape, -2)), [-2])
}

/** The patches' part of rows over all tokens: `[…, tokens]` -> `[…, patches]`. */
export const patchColumns = ({ prefix }: VisionTransformer, rows: Tensor): Tensor =>
  sliceAxis(rows, -1, prefix, dim(rows.shape, -1))

/** The patches of a row over all tokens, on the model's grid: `[batch, (1,) tokens]` -> `[batch, rows, columns]`. */
export const patchGrid = (model: VisionTransformer, row: Tensor): Tensor => onGrid(model, patchColumns(model, row))

/** The patches among the tokens: `[batch, tokens, width]` -> `[batch, patches, width]`. */
export const patchTokens = (model: VisionTransformer, tokens: Tensor): Tensor =>
  sliceAxis(tokens, 1, model.prefix, dim(tokens.shape, 1))

/** Heads side by side: `[batch, heads, tokens, size]` -> `[batch, tokens, heads * size]`. */
export function joinHeads(x: Tensor): Tensor {
  const [batch = 1, heads = 1, tokens = 1, size = 1] = x.shape
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * size])
}

/** One value per patch, on the model's grid: `[batch, patches, (1)]` -> `[batch, rows, columns]`. */
export const onGrid = ({ grid }: VisionTransformer, values: Tensor): Tensor =>
  reshape(values, [-1, grid.rows, grid.columns])

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

/** Each matrix `[…, tokens, tokens]` plus the identity: what a token keeps of itself past a block. */
export const addIdentity = (x: Tensor): Tensor => add(x, eye(dim(x.shape, -1)))

/** Rows that sum to 1. */
export const normaliseRows = (x: Tensor): Tensor => div(x, sum(x, [-1]))

/** Column j divided by the sum of row j, as the vit-explain code normalises; the same as rows once these sum to 1. */
export const divideColumns = (x: Tensor): Tensor => div(x, reshape(sum(x, [-1]), [dim(x.shape, 0), 1, dim(x.shape, 1)]))

/** Zeroes that share of the smallest entries of each `[tokens, tokens]`; the class token's attention to itself is spared on request. */
export function discardSmallest(attention: Tensor, ratio: number, spareFirst: boolean): Tensor {
  const [batch = 1, tokens = 1] = attention.shape
  const entries = tokens * tokens
  const kept = entries - Math.trunc(entries * ratio)
  if (kept === entries) return attention
  const flat = reshape(attention, [batch, entries])
  const smallestKept = sliceAxis(topK(flat, kept).values, 1, kept - 1, kept)
  const below = greater(smallestKept, flat)
  const notFirst = constant(Float64Array.from({ length: entries }, (_, i) => (i === 0 ? 0 : 1)))
  return reshape(mul(flat, sub(1, spareFirst ? mul(below, notFirst) : below)), attention.shape)
}

/**
 * What the head's token reads through all layers: its row of the product `M_L … M_1` of per-layer matrices `[…, tokens, tokens]`,
 * first layer first (Abnar & Zuidema 2020, eq. 1). Multiplied from the last layer down, so that one row is paid for.
 */
export function rollout(model: VisionTransformer, layers: readonly Tensor[]): Tensor {
  const last = layers.at(-1)
  if (!last) throw new ExplainerError('expected at least one layer')
  return layers.slice(0, -1).reduceRight((row, layer) => matmul(row, layer), readRow(model, last))
}
