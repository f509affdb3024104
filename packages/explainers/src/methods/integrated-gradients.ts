import type { Numbers } from '../contract/context.ts'
import { explainer } from '../contract/explainer.ts'
import { oneOf, whole } from '../contract/options.ts'
import { grainOption } from '../pixels.ts'
import {
  baselineImage,
  baselineOption,
  gaussLegendre,
  gradientPrograms,
  pathMap,
  trapezoid,
} from '../sampling/paths.ts'

const RULES = {
  'gauss-legendre': gaussLegendre,
  trapezoid: (n: number) => trapezoid(n),
  // Captum spaces n points 1 / (n - 1) apart and weighs them by 1 / n: its attributions are 1 / n too small.
  'captum-trapezoid': (n: number) => trapezoid(n, 1 / n),
} as const

/**
 * Integrated gradients (Sundararajan, Taly & Yan, ICML 2017, eq. 1): the difference to a baseline times the mean gradient of the
 * class's logit on the straight path from it. `rule` is the rule of integration; with Gauss-Legendre the map adds up to the
 * difference of the logits. Pixels are summed over patches unless `grain` is `pixels`.
 */
export default explainer({
  id: 'integrated-gradients',
  name: 'Integrated gradients',
  source: { authors: 'Sundararajan et al.', venue: 'ICML 2017', url: 'https://arxiv.org/abs/1703.01365' },
  formula: {
    tex: String.raw`M = (I - I_0)\odot \int_0^1 \nabla y\big(I_0 + t\,(I - I_0)\big)\,dt`,
    words: 'The gradient integrated on the straight way from a baseline to the image.',
  },
  family: 'input-gradient',
  classSpecific: true,
  signed: true,
  resolution: 'pixel',
  parity: 'library',
  options: {
    /** Points on the path: one forward and one backward pass each. */
    steps: whole(8, 2, 1000),
    rule: oneOf('gauss-legendre', 'trapezoid', 'captum-trapezoid'),
    baseline: baselineOption,
    grain: grainOption,
  },
  completeness: ({ baseline }) => baseline,
  programs: gradientPrograms,
  async sample(context, { steps, rule, baseline }) {
    const { model, image } = context
    const { points, weights } = RULES[rule](steps)
    const from = baselineImage(model, baseline)
    const visit = (step: number) => {
      const [point, weight] = [points[step] ?? 0, weights[step] ?? 0]
      return {
        image: image.map((x, i) => (from[i] ?? 0) + point * (x - (from[i] ?? 0))),
        add: (gradient: Numbers, total: Float64Array) => {
          for (let i = 0; i < total.length; i++) total[i] = (total[i] ?? 0) + weight * (gradient[i] ?? 0)
        },
      }
    }
    return pathMap(context, steps, visit, mean => mean.map((g, i) => g * ((image[i] ?? 0) - (from[i] ?? 0))))
  },
})
