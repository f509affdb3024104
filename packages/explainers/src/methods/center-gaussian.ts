import { broadcast, constant, dim } from '@vitrine/tensor'
import { explainer } from '../contract/explainer.ts'
import { numeric } from '../contract/options.ts'

/**
 * Control: a Gaussian in the middle of the image, `sigma` in units of each side. Objects are often in the middle of a picture, so a
 * method must score better than this map to show that it found one.
 */
export default explainer({
  id: 'center-gaussian',
  name: 'Centre Gaussian',
  source: { authors: 'control', venue: '', url: '' },
  formula: {
    tex: String.raw`M_{ij} = \exp\Big(-\frac{d_{ij}^2}{2\sigma^2}\Big)`,
    words: 'A bump in the middle of the image, whatever it shows; d is the distance to the centre.',
  },
  family: 'control',
  classSpecific: false,
  options: { sigma: numeric(0.25, 0.01, 10) },
  explain({ model: { grid }, image }, { sigma }) {
    const { rows, columns } = grid
    const weight = (i: number, n: number) => Math.exp(-0.5 * (((i + 0.5) / n - 0.5) / sigma) ** 2)
    const values = Array.from(
      { length: rows * columns },
      (_, i) => weight(Math.floor(i / columns), rows) * weight(i % columns, columns),
    )
    return broadcast(constant(values, [1, rows, columns]), [dim(image.shape, 0), rows, columns])
  },
})
