import type { ExplainableModel } from '@vitrine/models'
import {
  add,
  constant,
  dim,
  matmul,
  mul,
  reshape,
  softmax,
  sub,
  sum,
  type Tensor,
  transpose,
  zeros,
} from '@vitrine/tensor'
import { blockAt, onGrid, readRow } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { oneOf } from '../contract/options.ts'
import { UnsupportedError } from '../errors.ts'

// Weights of a patch, of its four neighbours and of the four across the corners.
const MASKS = { gaussian: [1 / 4, 1 / 8, 1 / 16], patch: [1, 0, 0] } as const

/**
 * ViT-ReciproCAM (Byun & Lee 2023): the class score when the last block's attention sees the class token and one patch of the tokens
 * after its first norm, the others set to zero; `mask: 'gaussian'` keeps the patch's neighbours by a 3 x 3 Gaussian.
 *
 * Only the class token is read, and the key and value of a masked token are linear in its mask. So keys, values and queries are computed
 * once, and all masked passes together cost about one block.
 */
export default explainer({
  id: 'vit-recipro-cam',
  name: 'ViT-ReciproCAM',
  source: { authors: 'Byun & Lee', venue: 'arXiv 2023', url: 'https://arxiv.org/abs/2310.02588' },
  formula: {
    tex: String.raw`M_i = y\big(x_{\mathrm{cls}},\ x_i\big)`,
    words: "The class score when the last block's attention sees the class token and one patch.",
  },
  family: 'cam',
  classSpecific: true,
  needs: ['activations', 'global-attention', 'token-halves', 'token-head', 'batches'],
  signed: true,
  parity: 'definition',
  options: { mask: oneOf('gaussian', 'patch') },
  explain({ model, trace, target }, { mask }) {
    if (model.pooling !== 'class')
      throw new UnsupportedError(
        `vit-recipro-cam: expected a head that reads the class token only, got ${model.pooling}`,
      )
    const { input, query, key, value } = blockAt(trace, -1)
    const last = trace.blocks.length - 1
    const [batch = 1, heads = 1, , size = 1] = query.shape
    const masks = patchMasks(model, MASKS[mask])
    // The query, key and value of a token of zeros: the biases.
    const zero = model.project(last, zeros([1, 1, dim(input.shape, -1)]))
    const reader = readRow(model, query)
    const scores = (keys: Tensor): Tensor => mul(matmul(reader, keys, false, true), size ** -0.5)
    const attention = softmax(add(mul(scores(sub(key, zero.key)), masks), scores(zero.key)))
    const context = add(matmul(mul(attention, masks), sub(value, zero.value)), zero.value)
    const passes = dim(masks.shape, 0)
    const joined = reshape(transpose(context, [0, 2, 1, 3]), [batch, passes, heads * size])
    const { output } = model.finish(last, readRow(model, input), joined)
    const logits = model.head(reshape(output, [batch * passes, 1, heads * size]))
    const asked = reshape(target, [batch, 1, -1])
    return onGrid(model, sum(mul(reshape(logits, [batch, passes, -1]), asked), [-1]))
  },
})

/** One mask over all tokens per patch, `[patches, tokens]`: the prefix whole, the patch and its neighbours by their distance. */
function patchMasks({ grid: { rows, columns }, prefix }: ExplainableModel, byDistance: readonly number[]): Tensor {
  const patches = Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns] as const)
  const masks = patches.map(([r, c]) => [
    ...Array<number>(prefix).fill(1),
    ...patches.map(([row, column]) => {
      const [dr, dc] = [Math.abs(row - r), Math.abs(column - c)]
      return dr > 1 || dc > 1 ? 0 : (byDistance[dr + dc] ?? 0)
    }),
  ])
  return constant(masks.flat(), [patches.length, prefix + patches.length])
}
