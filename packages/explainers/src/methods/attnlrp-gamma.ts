import { mul } from '@vitrine/tensor'
import { explainer } from '../contract/explainer.ts'
import { numeric } from '../contract/options.ts'
import { classGradient } from '../gradients.ts'
import { assembleImage, grainOption, inputRelevance, levelOption, pixelMap } from '../pixels.ts'
import { gammaAtLayers, gammaRule } from '../rules/generalized-gamma.ts'
import { attnLrpRules } from '../rules/gradients.ts'

/**
 * AttnLRP with the gamma rule at linear layers, which its authors take for Vision Transformers: contributions of the sign of a layer's
 * output count 1 + gamma times (the generalized rule of Andéol et al. 2021, biases included, as in zennit), with a gamma of its own for the
 * patch embedding. Outputs near zero then magnify less, so that maps are less noisy than AttnLRP's.
 */
export default explainer({
  id: 'attnlrp-gamma',
  name: 'AttnLRP, gamma rule',
  source: { authors: 'Achtibat et al.', venue: 'ICML 2024', url: 'https://arxiv.org/abs/2402.05602' },
  formula: {
    tex: String.raw`R_i = \sum_j \frac{z_{ij} + \gamma\,[z_{ij}]_{s_j}}{\sum_{i'} z_{i'j} + \gamma\,[z_{i'j}]_{s_j}}\,R_j,\qquad s_j = \operatorname{sign} z_j`,
    words:
      "AttnLRP, where contributions of a linear layer that have its output's sign count 1 + gamma times, the bias's too.",
  },
  family: 'relevance',
  classSpecific: true,
  needs: ['patch-embedding'],
  signed: true,
  resolution: 'pixel',
  parity: 'authors',
  options: { level: levelOption, grain: grainOption, gamma: numeric(0.05, 0), patchGamma: numeric(0.25, 0) },
  explain(context, { level, grain, gamma, patchGamma }) {
    const { model, image, trace } = context
    const rules = { ...attnLrpRules(), matmul: gammaAtLayers(trace.logits, gamma) }
    if (level === 'tokens') return inputRelevance(context, { level, grain, rules })
    const { pixels, weight, patches } = model.embedPatches(image)
    const layer = { input: pixels, weight, output: patches }
    const back = gammaRule(classGradient(context, patches, { rules }), layer, patchGamma)
    return pixelMap(model, assembleImage(model, mul(pixels, back)), grain)
  },
})
