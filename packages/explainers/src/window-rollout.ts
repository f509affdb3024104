import { type ExplainableModel, type Grid, intoWindows, outOfWindows, type Trace } from '@vitrine/models/architecture'
import { broadcast, constant, dim, matmul, mul, reshape, sum, type Tensor } from '@vitrine/tensor'
import { UnsupportedError } from './errors.ts'

/**
 * Rollout (Abnar & Zuidema, ACL 2020, eq. 1) through windows and merges, as Nguyen et al. (2023) extend it to Swin: the row of the head in the product of one matrix for
 * each step. A block's matrix between all tokens holds those of its windows, where these lie and however far they are moved, and zeros between windows. A merge's
 * has 1/4 for each of the four tokens that become one, as the head's row has the same number for each of the last tokens, whose mean it reads.
 *
 * The map has the grid of the stage that is explained; each cell is the sum of its patches in the first stage. No matrix between all tokens is made: a row is
 * multiplied window by window.
 *
 * @param startLayer the first block that takes part; merges before it do
 * @param matrixOf of a block's attention after softmax, `[batch * windows, heads, cells, cells]`, a matrix `[batch * windows, cells, cells]`
 * @throws {UnsupportedError} where the model has no block `startLayer`
 */
export function windowRollout(
  { grid }: ExplainableModel,
  { mixing = [], logits }: Pick<Trace, 'mixing' | 'logits'>,
  startLayer: number,
  matrixOf: (attention: Tensor) => Tensor,
): Tensor {
  const blocks = mixing.filter(({ kind }) => kind === 'attention').length
  if (startLayer >= blocks) throw new UnsupportedError(`startLayer: expected less than ${blocks}, got ${startLayer}`)
  const grids = mixing.map(step => (step.kind === 'merge' ? step.grid : step.windows.grid))
  const [first = grid, last = grid] = [grids[0], grids.at(-1)]
  let row = uniform(dim(logits.shape, 0), last)
  let block = blocks
  for (const step of mixing.toReversed()) {
    if (step.kind === 'merge') row = sharedOut(row, step.grid)
    else if (--block >= startLayer) {
      const parts = matmul(intoWindows(row, step.windows), matrixOf(step.attention), true)
      row = outOfWindows(reshape(parts, [dim(parts.shape, 0), -1, 1]), step.windows)
    }
  }
  return gathered(row, first, grid)
}

/** The same number for each token, which add up to 1: `[batch, tokens, 1]`. */
function uniform(batch: number, { rows, columns }: Grid): Tensor {
  const tokens = rows * columns
  return constant(new Float64Array(batch * tokens).fill(1 / tokens), [batch, tokens, 1])
}

/** The number of each token in equal parts on the 2 x 2 tokens of a grid that became it: `[batch, tokens / 4, 1]` to `[batch, tokens, 1]`. */
function sharedOut(row: Tensor, { rows, columns }: Grid): Tensor {
  const cells = reshape(row, [-1, rows / 2, 1, columns / 2, 1])
  const batch = dim(cells.shape, 0)
  return reshape(mul(broadcast(cells, [batch, rows / 2, 2, columns / 2, 2]), 1 / 4), [batch, rows * columns, 1])
}

/** The sums of a grid's tokens over the cells of a coarser one: `[batch, tokens, 1]` to `[batch, rows, columns]`. */
function gathered(row: Tensor, from: Grid, { rows, columns }: Grid): Tensor {
  const cells = reshape(row, [-1, rows, from.rows / rows, columns, from.columns / columns])
  return reshape(sum(cells, [2, 4]), [-1, rows, columns])
}
