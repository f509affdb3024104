import temml from 'temml'

/** What a method computes, in TeX, and what the letters mean. */
export interface Formula {
  readonly tex: string
  readonly words: string
}

const A = 'A^{(l,h)}'

/** By the method's id. Letters are shared: blocks l, heads h, attention A (after softmax), scores S (before), class score y. */
export const formulas: Readonly<Record<string, Formula>> = {
  agcam: {
    tex: `M = \\sum_{l}\\sum_{h} \\operatorname{ReLU}\\!\\left(\\frac{\\partial y_c}{\\partial ${A}_{\\mathrm{cls}}}\\right) \\odot \\sigma\\!\\left(S^{(l,h)}_{\\mathrm{cls}}\\right)`,
    words:
      "The positive gradient of the class score with respect to the class token's attention, weighted by the sigmoid of its attention scores, summed over heads and blocks.",
  },
  'attention-rollout': {
    tex: `M = \\left[\\hat A^{(L)} \\cdots \\hat A^{(1)}\\right]_{\\mathrm{cls}}, \\qquad \\hat A^{(l)} = \\operatorname{norm}\\!\\left(\\operatorname*{mean}_h ${A} + I\\right)`,
    words: 'Attention averaged over heads, with the identity for the skip connection, multiplied through the blocks.',
  },
  'transformer-attribution': {
    tex: `M = \\left[\\bar A^{(L)} \\cdots \\bar A^{(1)}\\right]_{\\mathrm{cls}}, \\qquad \\bar A^{(l)} = I + \\operatorname*{mean}_h \\operatorname{ReLU}\\!\\left(\\nabla ${A} \\odot R^{(l,h)}\\right)`,
    words:
      'Relevance R of the class, propagated back through the whole network, times the gradient of the attention; its positive part averaged over heads and multiplied through the blocks.',
  },
  random: { tex: 'M_{ij} \\sim \\mathcal U(0, 1)', words: 'Independent uniform noise per patch.' },
  'center-gaussian': {
    tex: 'M_{ij} = \\exp\\!\\left(-\\frac{d_{ij}^2}{2\\sigma^2}\\right)',
    words: 'A bump in the middle of the image, whatever it shows; d is the distance to the centre.',
  },
  'whole-image': { tex: 'M_{ij} = 1', words: 'Every pixel: what a mask of the whole image scores.' },
}

/** TeX as MathML. */
export const mathml = (tex: string): string =>
  temml.renderToString(tex, { displayMode: true, throwOnError: true, annotate: false })
