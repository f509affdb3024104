import { add, reshape, type Tensor, transpose } from '@vitrine/tensor'
import type { PatchEmbedding } from '../../explainable.ts'
import type { Grid, Size } from '../config.ts'
import { pairwiseLinear } from '../pairwise-linear.ts'
import type { Layers } from './layers.ts'

/** The first layer: a linear one for each patch of an image `[batch, 3, height, width]`. */
export function patchEmbedding(
  layers: Layers,
  image: Tensor,
  geometry: {
    readonly grid: Grid
    readonly patchSize: Size
    readonly width: number
    readonly hasBias: boolean
  },
): PatchEmbedding {
  const [batch = 1] = image.shape
  const { grid, width } = geometry
  const { height: p, width: q } = geometry.patchSize
  const cells = transpose(reshape(image, [batch, 3, grid.rows, p, grid.columns, q]), [0, 2, 4, 1, 3, 5])
  const pixels = reshape(cells, [batch, grid.rows * grid.columns, 3 * p * q])
  const weight = layers.parameter('patch_embed.proj.weight', [width, 3, p, q], [width, 3 * p * q])
  const product = pairwiseLinear(pixels, weight)
  const patches = geometry.hasBias ? add(product, layers.parameter('patch_embed.proj.bias', [width])) : product
  return { pixels, weight, patches }
}
