import type { BlockTrace, ExplainableModel, Trace } from '@vitrine/models'
import { dim, matmul, max, mul, neg, reshape, softmax, sub, type Tensor } from '@vitrine/tensor'
import { blockAt, joinHeads, onGrid, patchTokens } from './attention.ts'
import type { ExplainContext } from './contract/context.ts'

// What methods share that compare each patch's token with the vectors of classes.

/** What such a method reads of a model. */
export const DENSE_NEEDS = ['text-head', 'tokens', 'global-attention', 'token-halves'] as const

/** How alike tokens are by one of their heads' vectors, `[batch, heads, tokens, size]` to `[batch, heads, tokens, tokens]`, before softmax. */
export const likeness = (x: Tensor): Tensor => mul(matmul(x, x, false, true), dim(x.shape, -1) ** -0.5)

/** Attention of the tokens to those that are like them. */
export const selfAttention = (x: Tensor): Tensor => softmax(likeness(x))

/**
 * A block, from its attention on, with other attention in place of its own: what that adds, and the block's output.
 *
 * @param attention `[batch, heads, tokens, tokens]`; each token reads itself alone if absent
 */
export function withAttention(
  model: ExplainableModel,
  { blocks }: Trace,
  block: BlockTrace,
  attention?: Tensor,
): Pick<BlockTrace, 'attentionOutput' | 'output'> {
  const context = joinHeads(attention ? matmul(attention, block.value) : block.value)
  return model.finish(blocks.indexOf(block), block.input, context)
}

/** The last block, and what of it a method takes as tokens: `attention`, what attention adds alone, or `block`, its whole output. */
export function lastTokens({ model, trace }: ExplainContext, keep: 'attention' | 'block', attention?: Tensor): Tensor {
  const { attentionOutput, output } = withAttention(model, trace, blockAt(trace, -1), attention)
  return keep === 'block' ? output : attentionOutput
}

/** Scores of patches, `[batch, patches, classes]`, as a map of the explained class: what a patch has more than the one with the least. */
export function mapOfScores({ model, target }: ExplainContext, scores: Tensor): Tensor {
  const [batch = 1, patches = 1, classes = 1] = scores.shape
  const map = reshape(matmul(scores, reshape(target, [batch, classes, 1])), [batch, patches])
  return onGrid(model, sub(map, neg(max(neg(map), [1]))))
}

/** Cosines of the patches' tokens with the explained class, as a map. */
export const cosineMap = (context: ExplainContext, tokens: Tensor): Tensor =>
  mapOfScores(context, context.model.tokenCosines(patchTokens(context.model, tokens)))
