import type { Trace } from '@vitrine/models'
import { concat, grad, mean, mul, relu, reshape, sliceAxis, substitute, type Tensor } from '@vitrine/tensor'
import { addIdentity, normaliseRows, patchGrid, rollout } from '../attention.ts'
import type { Numbers, ProgramContext, SampleContext } from '../contract/context.ts'
import { pick } from '../gradients.ts'
import { weightedSum } from './activations.ts'

/** One map of each block and head: `[batch, heads, tokens, tokens]` per block, fused to `[batch, blocks, tokens, tokens]`. */
const stackBlocks = (maps: readonly Tensor[]): Tensor =>
  concat(
    maps.map(map => {
      const [batch = 1, , tokens = 1] = map.shape
      return reshape(mean(map, [1]), [batch, 1, tokens, tokens])
    }),
    1,
  )

/** The positive part of each block's gradient of the class's logit by its attention, heads averaged. */
export function positiveGradients({ target }: ProgramContext, { logits, blocks }: Trace): Tensor {
  const attentions = blocks.map(block => block.attention)
  return stackBlocks(grad(pick(logits, target), attentions).map(relu))
}

/**
 * The positive part of each block's attention times the gradient of the class's logit by it, heads averaged. The last attention stands for
 * itself: what it was made from is not held responsible through it.
 */
export function positiveProducts({ target }: ProgramContext, logits: Tensor, attentions: readonly Tensor[]): Tensor {
  const gradients = grad(pick(logits, target), attentions, { cut: attentions.slice(-1) })
  return stackBlocks(attentions.map((attention, l) => relu(mul(attention, gradients[l] ?? attention))))
}

/** Logits and attentions when the last block's attention is another one. */
export function withLastAttention(
  { logits, blocks }: Trace,
  attention: Tensor,
): { logits: Tensor; attentions: Tensor[] } {
  const attentions = blocks.map(block => block.attention)
  const last = attentions.at(-1) ?? attention
  const [replaced = logits] = substitute([logits], new Map([[last, attention]]))
  return { logits: replaced, attentions: [...attentions.slice(0, -1), attention] }
}

/** A number for each row, that multiplies a tensor of any rank. */
export const scaled = ({ batch, each }: ProgramContext, name: string, x: Tensor): Tensor =>
  mul(reshape(each(name, [1]), [batch, ...x.shape.slice(1).map(() => 1)]), x)

/** Rollout of given maps `[blocks, tokens, tokens]`: identity added, rows normalised, what the head's token reads. */
export function rolloutOf({ model, batch, each }: ProgramContext): Tensor {
  const tokens = model.prefix + model.grid.rows * model.grid.columns
  const maps = each('maps', [model.config.depth, tokens, tokens])
  const layers = Array.from({ length: model.config.depth }, (_, l) =>
    normaliseRows(addIdentity(reshape(sliceAxis(maps, 1, l, l + 1), [batch, tokens, tokens]))),
  )
  return patchGrid(model, rollout(model, layers))
}

/** From 0 to 1 in so many steps, both ends among them. */
export const interpolation = (steps: number): number[] => Array.from({ length: steps + 1 }, (_, i) => i / steps)

/** The mean over rows of what the program `maps` says, rolled out. */
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
