import type { Trace } from '@vitrine/models'
import { concat, grad, mean, mul, relu, reshape, sliceAxis, substitute, type Tensor } from '@vitrine/tensor'
import { addIdentity, normaliseRows, patchGrid, rollout } from '../attention.ts'
import type { Numbers, ProgramContext, SampleContext } from '../contract/context.ts'
import { pick } from '../gradients.ts'
import { weightedSum } from './activations.ts'

/** Averages the heads of one matrix `[batch, heads, tokens, tokens]` per block and stacks the blocks: `[batch, blocks, tokens, tokens]`. */
const stackBlocks = (maps: readonly Tensor[]): Tensor =>
  concat(
    maps.map(map => {
      const [batch = 1, , tokens = 1] = map.shape
      return reshape(mean(map, [1]), [batch, 1, tokens, tokens])
    }),
    1,
  )

/**
 * The positive part of the gradient of the class's logit with respect to each block's attention, averaged over heads:
 * `[batch, blocks, tokens, tokens]`.
 */
export function positiveGradients({ target }: ProgramContext, { logits, blocks }: Trace): Tensor {
  const attentions = blocks.map(block => block.attention)
  return stackBlocks(grad(pick(logits, target), attentions).map(relu))
}

/**
 * The positive part of each block's attention times the gradient of the class's logit with respect to it, averaged over heads:
 * `[batch, blocks, tokens, tokens]`. The gradient is cut at the last block's attention, so it does not flow to earlier blocks through it.
 */
export function positiveProducts({ target }: ProgramContext, logits: Tensor, attentions: readonly Tensor[]): Tensor {
  const gradients = grad(pick(logits, target), attentions, { cut: attentions.slice(-1) })
  return stackBlocks(attentions.map((attention, l) => relu(mul(attention, gradients[l] ?? attention))))
}

/** The logits, and the attention of each block, with the last block's attention replaced by `attention`. */
export function withLastAttention(
  { logits, blocks }: Trace,
  attention: Tensor,
): { logits: Tensor; attentions: Tensor[] } {
  const attentions = blocks.map(block => block.attention)
  const last = attentions.at(-1) ?? attention
  const [replaced = logits] = substitute([logits], new Map([[last, attention]]))
  return { logits: replaced, attentions: [...attentions.slice(0, -1), attention] }
}

/** A tensor `[batch, …]` times a number of each row, which is the input `name` of the program. */
export const scaled = ({ batch, each }: ProgramContext, name: string, x: Tensor): Tensor =>
  mul(reshape(each(name, [1]), [batch, ...x.shape.slice(1).map(() => 1)]), x)

/** Rollout of the input `maps`, `[batch, blocks, tokens, tokens]`: identity added, rows normalised, multiplied through the blocks. */
export function rolloutOf({ model, image, batch, each }: ProgramContext): Tensor {
  const tokens = model.prefix + model.grid.rows * model.grid.columns
  const trace = model.trace(image)
  const maps = each('maps', [trace.blocks.length, tokens, tokens])
  const layers = trace.blocks.map((_, l) =>
    normaliseRows(addIdentity(reshape(sliceAxis(maps, 1, l, l + 1), [batch, tokens, tokens]))),
  )
  return patchGrid(model, rollout(model, layers, trace))
}

/** Numbers from 0 to 1, evenly spaced, both included: one more than `steps`. */
export const interpolation = (steps: number): number[] => Array.from({ length: steps + 1 }, (_, i) => i / steps)

/** The rollout of the mean, over the given rows, of what the program `maps` returns. */
export async function rolloutOfMean(
  { run }: Pick<SampleContext<'maps' | 'rollout'>, 'run'>,
  rows: readonly Readonly<Record<string, ArrayLike<number>>>[],
): Promise<Numbers> {
  const found = await run('maps', rows.length, row => rows[row] ?? {})
  const mean = weightedSum(
    found,
    rows.map(() => 1 / rows.length),
  )
  const [map = mean] = await run('rollout', 1, () => ({ maps: mean }))
  return map
}
