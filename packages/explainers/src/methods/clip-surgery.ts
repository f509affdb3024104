import { add, dim, div, mean, mul, softmax, sub, type Tensor } from '@vitrine/tensor'
import { blocksFrom, patchTokens, readRow } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { oneOf, whole } from '../contract/options.ts'
import { DENSE_NEEDS, mapOfScores, selfAttention, withAttention } from '../dense.ts'
import { UnsupportedError } from '../errors.ts'

/**
 * CLIP Surgery (Li et al., 2023). Architecture surgery: beside the last blocks runs a second path, to which each of them adds what attention of values to
 * values (v-v) reads, through the block's output projection and without its perceptron; values are those of the original path.
 * Feature surgery: from each text's similarity is taken what all texts have in common, where each text counts by how likely it is for the whole
 * picture (the softmax of twice the cosines, over its mean).
 *
 * As the authors' code does: six blocks, of a model with fewer all of them. With one text alone the authors take an empty text's features for what is
 * redundant; here one text alone is refused, or explained with `redundancy: 'keep'`.
 */
export default explainer({
  id: 'clip-surgery',
  name: 'CLIP Surgery',
  source: { authors: 'Li et al.', venue: 'arXiv 2023', url: 'https://arxiv.org/abs/2304.05653' },
  formula: {
    tex: String.raw`M_i = w_t\,\cos(\hat x_i, t) - \operatorname*{mean}_s\, w_s\cos(\hat x_i, s),\qquad \hat x = x^{(d)} + \sum_{l \ge d} W_o\,\operatorname{softmax}(V V^\top)\,V`,
    words:
      'Patches read those with values like their own, beside the last blocks; from their similarity to the text t is taken what they have in common with all texts s.',
  },
  family: 'cam',
  classSpecific: true,
  needs: DENSE_NEEDS,
  parity: 'definition',
  options: {
    /** How many of the last blocks have the second path. */
    blocks: whole(6, 1, 1000),
    redundancy: oneOf('remove', 'keep'),
  },
  explain(context, { blocks: count, redundancy }) {
    const { model, trace } = context
    const blocks = blocksFrom(trace, Math.max(0, trace.blocks.length - count))
    const added = blocks.map(block => withAttention(model, trace, block, selfAttention(block.value)).attentionOutput)
    const [first, last] = [blocks[0], blocks.at(-1)]
    if (!first || !last) throw new UnsupportedError('expected a model with blocks')
    const scores = model.tokenCosines(patchTokens(model, added.reduce(add, first.input)))
    if (redundancy === 'keep') return mapOfScores(context, scores)
    const whole = model.tokenCosines(readRow(model, last.output, trace))
    return mapOfScores(context, withoutRedundancy(scores, whole))
  },
})

/** Cosines of patches and of the whole picture with each class, `[batch, patches or 1, classes]`. */
function withoutRedundancy(scores: Tensor, whole: Tensor): Tensor {
  if (dim(scores.shape, -1) < 2)
    throw new UnsupportedError(
      'clip-surgery: expected two or more texts, for it takes away what they have in common, got 1; ask about another one too, or take clip-surgery[redundancy=keep]',
    )
  const likely = softmax(mul(whole, 2))
  const weighted = mul(scores, div(likely, mean(likely, [-1])))
  return sub(weighted, mean(weighted, [-1]))
}
