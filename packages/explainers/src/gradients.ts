import type { BlockTrace, Trace } from '@vitrine/models'
import { mean, mul, type ReverseOptions, type Rules, reshape, reverse, sum, type Tensor, vjps } from '@vitrine/tensor'
import { fuseHeads, fuseLayers, onGrid, patchGrid, patchTokens } from './attention.ts'
import type { ExplainContext } from './contract/context.ts'

/** The explained score of each image: scores and weights of classes, `[batch, classes]` both, to `[batch]`. */
export const pick = (scores: Tensor, target: Tensor): Tensor => reshape(sum(mul(scores, target), [-1]), [-1])

/** The cotangent from which gradients and relevance are propagated, at the logits: 1 for the explained class, 0 for the others. */
export const classSeed = ({ trace, target }: Explained): ReadonlyMap<Tensor, Tensor> =>
  new Map([[trace.logits, target]])

interface GradientOptions extends ReverseOptions {
  /** How each op propagates back; the derivative if absent. */
  readonly rules?: Rules
}

interface Explained {
  readonly trace: Pick<Trace, 'logits'>
  readonly target: Tensor
}

/** The gradient of the explained class's logit with respect to a tensor. */
export function classGradient(
  context: Explained,
  x: Tensor,
  { rules = vjps, ...options }: GradientOptions = {},
): Tensor {
  const [gradient = x] = reverse(classSeed(context), [x], rules, options)
  return gradient
}

/** The blocks, each with `gradient`: that of the explained class's logit with respect to the block's tensor `of(block)`. */
export function withGradients<B extends BlockTrace>(
  context: Explained,
  blocks: readonly B[],
  of: (block: B) => Tensor,
  { rules = vjps, ...options }: GradientOptions = {},
): readonly (B & { readonly gradient: Tensor })[] {
  const gradients = reverse(classSeed(context), blocks.map(of), rules, options)
  return blocks.map((block, l) => ({ ...block, gradient: gradients[l] ?? of(block) }))
}

/**
 * Attentive class activation of tokens (Qiang et al., NeurIPS 2022, eq. 6 to 8): per block, token times gradient summed over the width,
 * times the attention that the token receives on average, summed over blocks.
 */
export function attentiveActivation(
  context: ExplainContext,
  tokens: 'input' | 'output',
  options: GradientOptions = {},
): Tensor {
  const { model, trace } = context
  const maps = withGradients(context, trace.blocks, block => block[tokens], options).map(block => {
    const received = fuseHeads('mean', mean(block.attention, [-2]))
    const activation = sum(patchTokens(model, mul(block.gradient, block[tokens])), [-1])
    return mul(patchGrid(model, received), onGrid(model, activation))
  })
  return fuseLayers('sum', maps)
}
