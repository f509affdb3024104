import { add, constant, matmul, mean, mul, reshape, sqrt, sum } from '@vitrine/tensor'
import { explainer } from '../contract/explainer.ts'

/**
 * Control: the strength of the image's edges (Sobel's operator on the mean of the channels, borders repeated), summed over patches. An
 * edge detector makes this map without the model, so a method that scores no better shows nothing of the model (Adebayo et al.,
 * NeurIPS 2018).
 */
export default explainer({
  id: 'sobel-edges',
  name: 'Sobel edges',
  source: { authors: 'control', venue: '', url: '' },
  formula: {
    tex: String.raw`M_i = \sum_{\text{pixels of } i} \sqrt{G_x^2 + G_y^2}`,
    words: "How strong the edges of the image are, by Sobel's operator, whatever the model says.",
  },
  family: 'control',
  classSpecific: false,
  explain({ model: { input, grid }, image }) {
    const {
      patchSize,
      imageSize: { height, width },
    } = input
    const grey = reshape(mean(image, [1]), [-1, height, width])
    const filtered = (down: Filter, across: Filter) =>
      matmul(matmul(banded(down, height), grey), banded(across, width), false, true)
    const [horizontal, vertical] = [filtered(SMOOTH, SLOPE), filtered(SLOPE, SMOOTH)]
    const strength = sqrt(add(mul(horizontal, horizontal), mul(vertical, vertical)))
    const cells = reshape(strength, [-1, grid.rows, patchSize.height, grid.columns, patchSize.width])
    return reshape(sum(cells, [2, 4]), [-1, grid.rows, grid.columns])
  },
})

type Filter = readonly [number, number, number]
const SMOOTH: Filter = [1, 2, 1]
const SLOPE: Filter = [-1, 0, 1]

/** A filter of three weights along one side of an image, as a matrix `[1, size, size]`. */
function banded(filter: Filter, size: number) {
  const matrix = new Float64Array(size * size)
  for (let i = 0; i < size; i++)
    filter.forEach((weight, k) => {
      const j = i * size + Math.min(Math.max(i + k - 1, 0), size - 1)
      matrix[j] = (matrix[j] ?? 0) + weight
    })
  return constant(matrix, [1, size, size])
}
