import type { BlockTrace, ExplainableModel } from '@vitrine/models'
import { add, constant, pad, softmax, type Tensor } from '@vitrine/tensor'
import { blockAt } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { numeric, oneOf } from '../contract/options.ts'
import { cosineMap, DENSE_NEEDS, lastTokens, likeness, selfAttention } from '../dense.ts'

/**
 * In the last block patches read those that are like them, instead of what the class token's query asks for; they are then compared with the text by the
 * cosine, as in MaskCLIP. `variant`:
 *
 * - `sclip` (Wang et al., ECCV 2024): query-query plus key-key attention; the block's input and its perceptron are kept.
 * - `clearclip` (Lan et al., ECCV 2024): query-query attention; without the block's input and its perceptron.
 * - `naclip` (Hajimiri et al., WACV 2025): key-key attention, to whose scores a Gaussian of the distance of two patches is added; without the block's input
 *   and its perceptron. `deviation` is the Gaussian's, in patches.
 */
export default explainer({
  id: 'self-self-attention',
  name: 'Self-self attention (SCLIP, ClearCLIP, NACLIP)',
  source: {
    authors: 'Wang et al.; Lan et al.; Hajimiri et al.',
    venue: 'ECCV 2024; ECCV 2024; WACV 2025',
    url: 'https://arxiv.org/abs/2312.01597',
  },
  formula: {
    tex: String.raw`M_i = \cos\big(P\,\operatorname{norm}(\hat x_i),\ t\big),\qquad \hat A = \operatorname{softmax}(QQ^\top) + \operatorname{softmax}(KK^\top)`,
    words:
      'In the last block patches read those with queries and keys like their own; each is projected and compared with the text t by the cosine.',
  },
  family: 'cam',
  classSpecific: true,
  needs: DENSE_NEEDS,
  parity: 'definition',
  options: { variant: oneOf('sclip', 'clearclip', 'naclip'), deviation: numeric(5, 1e-3) },
  explain(context, { variant, deviation }) {
    const attention = ATTENTIONS[variant](blockAt(context.trace, -1), context.model, deviation)
    return cosineMap(context, lastTokens(context, variant === 'sclip' ? 'block' : 'attention', attention))
  },
})

const ATTENTIONS: Readonly<
  Record<'sclip' | 'clearclip' | 'naclip', (block: BlockTrace, model: ExplainableModel, deviation: number) => Tensor>
> = {
  sclip: ({ query, key }) => add(selfAttention(query), selfAttention(key)),
  clearclip: ({ query }) => selfAttention(query),
  naclip: ({ key }, model, deviation) => softmax(add(likeness(key), neighbourhood(model, deviation))),
}

/** A Gaussian of the distance of two patches, 1 where it is 0, and 0 for the tokens before the patches: `[tokens, tokens]`. */
function neighbourhood({ prefix, grid: { rows, columns } }: ExplainableModel, deviation: number): Tensor {
  const count = rows * columns
  const numbers = Float32Array.from({ length: count * count }, (_, i) => {
    const [a, b] = [Math.floor(i / count), i % count]
    const [y, x] = [Math.floor(a / columns) - Math.floor(b / columns), (a % columns) - (b % columns)]
    return Math.exp(-(y * y + x * x) / (2 * deviation * deviation))
  })
  return pad(constant(numbers, [count, count]), [prefix, prefix], [0, 0])
}
