import type { BlockTrace, ExplainableModel, Trace } from '@vitrine/models'
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

/** An option that is the number of a block; negative numbers count from the last. */
export const layerOption = (preset = -1): Option<number> => ({ ...whole(preset, -1000, 999), others: [0] })

/** An option that is the number of the first block that a method looks at. */
export const startOption = (preset = 0): Option<number> => whole(preset, 0, 999)

/**
 * A block by its number; negative numbers count from the last.
 *
 * @throws {UnsupportedError} where the model has no such block
 */
export function blockAt({ blocks }: Trace, layer: number): BlockTrace {
  const block = blocks.at(layer)
  if (!block) throw new UnsupportedError(`layer: expected ${-blocks.length} to ${blocks.length - 1}, got ${layer}`)
  return block
}

/**
 * The blocks from number `startLayer` on.
 *
 * @throws {UnsupportedError} where the model has no such block
 */
export function blocksFrom({ blocks }: Trace, startLayer: number): readonly BlockTrace[] {
  if (startLayer >= blocks.length)
    throw new UnsupportedError(`startLayer: expected less than ${blocks.length}, got ${startLayer}`)
  return blocks.slice(startLayer)
}

/**
 * The row of the token that the head reads, along the second last axis: the class token's row, or the mean of the patches' rows where
 * the head reads these or a model has no class token, or the sum of all rows by how the head's query attends to them (mean of its heads). Of attention
 * `[…, tokens, tokens]` it is what that token attends to, `[…, 1, tokens]`; of tokens `[batch, tokens, width]` it is the token itself,
 * `[batch, 1, width]`.
 *
 * @param trace the forward pass that `x` is of; asked for only where the head has a query of its own
 * @throws {UnsupportedError} where the head has a query of its own and no trace is given
 */
export function readRow(
  { prefix, prefixTokens, pooling }: ExplainableModel,
  x: Tensor,
  trace?: Pick<Trace, 'pooled'>,
): Tensor {
  if (pooling === 'attention') {
    if (!trace?.pooled)
      throw new UnsupportedError("expected a head without a query of its own, or the model's trace given to readRow")
    const [batch = 1, , , tokens = 1] = trace.pooled.shape
    const heads = x.shape.slice(1, -2).map(() => 1)
    return matmul(reshape(mean(trace.pooled, [1]), [batch, ...heads, 1, tokens]), x)
  }
  if (prefixTokens[0] === 'class' && pooling !== 'patch-mean') return sliceAxis(x, -2, 0, 1)
  return mean(sliceAxis(x, -2, prefix, dim(x.shape, -2)), [-2])
}

/** Cuts the prefix off an axis of tokens; an axis of other tokens than those of the grid is refused. */
function onlyPatches({ prefix, grid: { rows, columns } }: ExplainableModel, x: Tensor, axis: number): Tensor {
  const tokens = dim(x.shape, axis)
  if (tokens !== prefix + rows * columns)
    throw new UnsupportedError(
      `expected a block with ${prefix + rows * columns} tokens, for a map of ${rows} x ${columns}, got one with ${tokens}`,
    )
  return sliceAxis(x, axis, prefix, tokens)
}

/**
 * The entries of rows that belong to patches: `[…, tokens]` -> `[…, patches]`.
 *
 * @throws {UnsupportedError} where the tokens are not those of the grid
 */
export const patchColumns = (model: ExplainableModel, rows: Tensor): Tensor => onlyPatches(model, rows, -1)

/** The entries of a row that belong to patches, as a map: `[batch, (1,) tokens]` -> `[batch, rows, columns]`. */
export const patchGrid = (model: ExplainableModel, row: Tensor): Tensor => onGrid(model, patchColumns(model, row))

/**
 * The tokens that are patches: `[batch, tokens, width]` -> `[batch, patches, width]`.
 *
 * @throws {UnsupportedError} where the tokens are not those of the grid
 */
export const patchTokens = (model: ExplainableModel, tokens: Tensor): Tensor => onlyPatches(model, tokens, 1)

/** Concatenates the heads: `[batch, heads, tokens, size]` -> `[batch, tokens, heads * size]`. */
export function joinHeads(x: Tensor): Tensor {
  const [batch = 1, heads = 1, tokens = 1, size = 1] = x.shape
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * size])
}

/** One value per patch as a map: `[batch, patches, (1)]` -> `[batch, rows, columns]`. */
export const onGrid = ({ grid }: ExplainableModel, values: Tensor): Tensor =>
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

/** Each matrix `[…, tokens, tokens]` plus the identity, which stands for the block's skip connection. */
export const addIdentity = (x: Tensor): Tensor => add(x, eye(dim(x.shape, -1)))

/** Divides each row by its sum. */
export const normaliseRows = (x: Tensor): Tensor => div(x, sum(x, [-1]))

/** Divides column j by the sum of row j, as the code of vit-explain does. Nothing changes where rows sum to 1 already. */
export const divideColumns = (x: Tensor): Tensor => div(x, reshape(sum(x, [-1]), [dim(x.shape, 0), 1, dim(x.shape, 1)]))

/**
 * Sets the smallest entries of each matrix of `[batch, tokens, tokens]` to zero: the share `ratio` of them. With `spareFirst` the entry
 * [0, 0], the class token's attention to itself, is kept in any case.
 */
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
 * The row of the head's token in the product `M_L … M_1` of one matrix `[…, tokens, tokens]` per layer, given from the first layer on
 * (Abnar & Zuidema 2020, eq. 1): `[…, 1, tokens]`. The product is taken from the left, so that each step multiplies a row by a matrix.
 *
 * @param trace as of `readRow`
 */
export function rollout(model: ExplainableModel, layers: readonly Tensor[], trace?: Pick<Trace, 'pooled'>): Tensor {
  const last = layers.at(-1)
  if (!last) throw new ExplainerError('expected at least one layer')
  return layers.slice(0, -1).reduceRight((row, layer) => matmul(row, layer), readRow(model, last, trace))
}
