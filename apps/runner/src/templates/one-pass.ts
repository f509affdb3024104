import { blockAt, classGradient, explainer, fuseHeads, oneOf, patchGrid, readRow } from '@vitrine/explainers'
import { mul, relu } from '@vitrine/tensor'

/**
 * Say here where the method is from, what it computes and by which equations. This one: the positive part of the last block's attention times the
 * gradient of the class's logit by it, in the row that the head reads, heads fused.
 */
export default explainer({
  id: 'my-method',
  name: 'My method',
  source: { authors: '', venue: '', url: '' },
  formula: {
    tex: String.raw`M = \operatorname{mean}_h \left[A^{(L,h)} \odot \frac{\partial y}{\partial A^{(L,h)}}\right]_+`,
    words:
      "The positive part of the last block's attention times the gradient of the class score, averaged over heads.",
  },
  family: 'gradient',
  classSpecific: true,
  needs: ['global-attention'],
  options: { heads: oneOf('mean', 'max') },
  explain(context, { heads }) {
    const { model, trace } = context
    const { attention } = blockAt(trace, -1)
    const evidence = relu(mul(attention, classGradient(context, attention)))
    return patchGrid(model, readRow(model, fuseHeads(heads, evidence), trace))
  },
})
