import { add, concat, dim, matmul, mul, reshape, sliceAxis, sub } from '@vitrine/tensor'
import { explainer } from '../contract/explainer.ts'
import { numeric } from '../contract/options.ts'
import { pick } from '../gradients.ts'
import { channelMaps, lastActivations, minMax, separate, weightedSum } from '../sampling/activations.ts'
import { completeLinkage } from '../sampling/clusters.ts'
import { standardNormal } from '../sampling/draws.ts'
import { patchMeans, resized } from '../sampling/masks.ts'

/** How many images of noise there are; the masks use them in turn. */
const NOISES = 8

/**
 * ViT-CX (Xie et al., IJCAI 2023): the channels of the activations after the last block's first norm as masks, those of like shape
 * merged (agglomerative clustering with complete linkage, cosine distance below `distance`); each mask weighted by its causal impact: the
 * probability of the class for the masked image with noise where it is masked, minus that for the whole image with the same noise,
 * plus that for the image; divided by how much the masks cover each pixel. Patches get the mean over their pixels.
 *
 * Two forward passes for each mask; how many masks are left depends on the image.
 */
export default explainer({
  id: 'vit-cx',
  name: 'ViT-CX',
  source: { authors: 'Xie et al.', venue: 'IJCAI 2023', url: 'https://arxiv.org/abs/2211.03064' },
  formula: {
    tex: String.raw`M = \sum_m \big(p(I\odot m + \varepsilon\,(1 - m)) - p(I + \varepsilon) + p(I)\big)\,\frac{m}{\sum m}`,
    words: 'Clustered channels as masks, each weighted by its causal impact on the probability of the class.',
  },
  family: 'perturbation',
  classSpecific: true,
  needs: ['activations', 'batches'],
  signed: true,
  randomness: 'seeded',
  parity: 'authors',
  options: {
    /** Cosine distance up to which masks are merged. */
    distance: numeric(0.1, 0, 2),
    /** Deviation of the noise, in units of the normalised image. */
    noise: numeric(0.1, 0),
  },
  programs(context) {
    const { model, batch, image, target, each } = context
    const { grid, input } = model
    const { height, width } = input.imageSize
    const maps = reshape(channelMaps(model, lastActivations(context).activations), [-1, grid.rows, grid.columns])
    const channels = dim(maps.shape, 0)
    const shapes = minMax(resized(model, maps, false))
    const flat = reshape(shapes, [channels, height * width])
    const mask = each('mask', [1, height, width])
    const noise = mul(each('noise', [3, height, width]), sub(1, mask))
    const both = concat([add(mul(image, mask), noise), add(image, noise)], 0)
    const probabilities = pick(model.trace(both).probabilities, concat([target, target], 0))
    return {
      // Masks are compared pixel by pixel, as the authors do.
      products: reshape(matmul(flat, flat, false, true), [1, channels, channels]),
      shapes: reshape(shapes, [1, channels, height * width]),
      mask: minMax(each('shape', [height, width])),
      impact: sub(sliceAxis(probabilities, 0, 0, batch), sliceAxis(probabilities, 0, batch, 2 * batch)),
      probability: pick(model.trace(image).probabilities, sliceAxis(target, 0, 0, 1)),
    }
  },
  async sample({ model, image, run, draw }, options) {
    const [products = new Float64Array(0)] = await run('products', 1)
    const labels = draw('labels', () => completeLinkage(cosineDistances(products), options.distance))
    const [shapes] = await run('shapes', 1)
    const { height, width } = model.input.imageSize
    const members = Map.groupBy(separate(shapes, height * width), (_, channel) => labels[channel] ?? 0)
    const merged = [...members]
      .sort(([a], [b]) => a - b)
      .map(([, maps]) =>
        weightedSum(
          maps,
          maps.map(() => 1),
        ),
      )
    const masks = await run('mask', merged.length, k => ({ shape: merged[k] ?? [] }))
    const noises = Array.from({ length: NOISES }, (_, k) =>
      draw(`noise ${k}`, uniform => standardNormal(uniform, image.length)).map(x => options.noise * x),
    )
    const impacts = await run('impact', masks.length, k => ({
      mask: masks[k] ?? [],
      noise: noises[k % NOISES] ?? [],
    }))
    const [[probability = Number.NaN] = []] = await run('probability', 1)
    const coverage = weightedSum(
      masks,
      masks.map(() => 1),
    )
    const evidence = weightedSum(
      masks,
      impacts.map(([impact = Number.NaN]) => (impact + probability) / masks.length),
    )
    return patchMeans(
      model,
      evidence.map((x, i) => ((coverage[i] ?? 0) > 0 ? x / (coverage[i] ?? 1) : 0)),
    )
  },
})

/** 1 - the cosine of the angle, from the products of all pairs `[count, count]`. */
function cosineDistances(products: ArrayLike<number>): number[][] {
  const count = Math.sqrt(products.length)
  const product = (i: number, j: number) => products[i * count + j] ?? 0
  const size = Array.from({ length: count }, (_, i) => Math.sqrt(product(i, i)))
  return size.map((a, i) => size.map((b, j) => 1 - (a * b > 0 ? product(i, j) / (a * b) : 0)))
}
