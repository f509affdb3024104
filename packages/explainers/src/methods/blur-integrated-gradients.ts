import { matmul, reshape } from '@vitrine/tensor'
import { explainer } from '../contract/explainer.ts'
import { numeric, whole } from '../contract/options.ts'
import { grainOption } from '../pixels.ts'
import { gradientPrograms, pathMap } from '../sampling/paths.ts'

/**
 * Blur integrated gradients (Xu, Venugopalan & Sundararajan, CVPR 2020): the gradient of the class's logit, integrated on the path from
 * a blurred image to the image itself, along the scale of a Gaussian. The path has `steps` scales from 0 up to `maxSigma` pixels; the
 * derivative of the image with respect to the scale is a difference quotient, as in the authors' code.
 */
export default explainer({
  id: 'blur-integrated-gradients',
  name: 'Blur integrated gradients',
  source: { authors: 'Xu et al.', venue: 'CVPR 2020', url: 'https://arxiv.org/abs/2004.03383' },
  formula: {
    tex: String.raw`M = \int_{\sigma_{\max}}^{0} \nabla y(I_\sigma)\odot\frac{\partial I_\sigma}{\partial\sigma}\,d\sigma`,
    words: 'The gradient integrated on the way from a blurred image to the image.',
  },
  family: 'input-gradient',
  classSpecific: true,
  signed: true,
  resolution: 'pixel',
  parity: 'definition',
  options: {
    /** Points on the path: one forward and one backward pass each. */
    steps: whole(8, 1, 1000),
    maxSigma: numeric(50, 0.1),
    grain: grainOption,
  },
  programs(context, options) {
    const { height, width } = context.model.input.imageSize
    const down = reshape(context.each('down', [height, height]), [context.batch, 1, height, height])
    const across = reshape(context.each('across', [width, width]), [context.batch, 1, width, width])
    return {
      ...gradientPrograms(context, options),
      blurred: matmul(matmul(down, context.image), across, false, true),
    }
  },
  async sample(context, { steps, maxSigma }) {
    const { model, run } = context
    const { height, width } = model.input.imageSize
    const sigmas = Array.from({ length: steps }, (_, i) => (i * maxSigma) / steps)
    // Three images for each scale: the blurred one, and the two terms of its derivative by the product rule (rows, then columns).
    const rows = sigmas.flatMap(sigma => {
      const [down, across] = [gaussianBlur(height, sigma), gaussianBlur(width, sigma)]
      const [nextDown, nextAcross] = [gaussianBlur(height, sigma + DELTA), gaussianBlur(width, sigma + DELTA)]
      const slope = (from: Float64Array, to: Float64Array) => from.map((x, i) => ((to[i] ?? 0) - x) / DELTA)
      return [
        { down, across },
        { down: slope(down, nextDown), across: nextAcross },
        { down, across: slope(across, nextAcross) },
      ]
    })
    const images = await run('blurred', rows.length, row => rows[row] ?? {})
    return pathMap(context, steps, k => ({
      image: images[3 * k] ?? [],
      add: (gradient, sum) => {
        const [, first = gradient, second = gradient] = images.slice(3 * k, 3 * k + 3)
        for (let i = 0; i < sum.length; i++) {
          const change = (first[i] ?? 0) + (second[i] ?? 0)
          sum[i] = (sum[i] ?? 0) - (maxSigma / steps) * change * (gradient[i] ?? 0)
        }
      },
    }))
  },
})

/** The step of the difference quotient, in pixels. */
const DELTA = 0.01

/** The matrix `[size, size]` that blurs a row of pixels: a Gaussian cut off at four deviations; pixels beyond the border are 0. */
function gaussianBlur(size: number, sigma: number): Float64Array {
  const matrix = new Float64Array(size * size)
  const radius = Math.floor(4 * sigma + 0.5)
  const weights = Float64Array.from({ length: radius + 1 }, (_, distance) =>
    sigma === 0 ? 1 : Math.exp(-0.5 * (distance / sigma) ** 2),
  )
  let norm = 0
  for (let d = -radius; d <= radius; d++) norm += weights[Math.abs(d)] ?? 0
  for (let i = 0; i < size; i++)
    for (let j = Math.max(0, i - radius); j <= Math.min(size - 1, i + radius); j++)
      matrix[i * size + j] = (weights[Math.abs(i - j)] ?? 0) / norm
  return matrix
}
