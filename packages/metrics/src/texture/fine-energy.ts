import type { Cells } from '../map/compared-map.ts'
import { metric } from '../metric.ts'

/** DCT-II along the rows of `[rows, columns]`, orthonormal, and transposed: `[columns, rows]`. */
function transformed({ rows, columns, values }: Cells): Cells {
  const cosines = Float64Array.from({ length: columns * columns }, (_, i) => {
    const [k, x] = [Math.floor(i / columns), i % columns]
    return Math.sqrt((k === 0 ? 1 : 2) / columns) * Math.cos((Math.PI * (x + 0.5) * k) / columns)
  })
  const out = new Float64Array(values.length)
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < columns; k++) {
      let sum = 0
      for (let x = 0; x < columns; x++) sum += cosines[k * columns + x]! * values[r * columns + x]!
      out[k * rows + r] = sum
    }
  }
  return { rows: columns, columns: rows, values: out }
}

/**
 * Cosines and not Fourier's waves: a map's opposite edges need not meet, and the jump between them would count as texture. What oscillates
 * faster than once within the object cannot be the object: the first zero in the spectrum of a square of side s is at 1/s.
 */
export default metric({
  id: 'fine-energy',
  name: 'Energy finer than the object',
  heading: 'fine energy',
  group: 'texture',
  direction: 'lower',
  range: [0, 1],
  formula:
    "energy of the DCT above 1/s cycles per pixel / energy without the mean, s the square root of the object's pixels",
  source:
    'Vitrine; DCT-II after Ahmed, Natarajan & Rao, Discrete Cosine Transform, IEEE Transactions on Computers 1974',
  negatives: 'are taken as they are',
  pitfall: 'A map whose values are few and sharp has fine energy too, texture or not.',
  needs: ['map', 'truth'],
  merit: false,
  order: 1,
  headline: true,
  measure({ map, object, grid }) {
    const cut = 1 / Math.sqrt(object.reduce((sum, inside) => sum + inside, 0))
    const { values } = transformed(transformed(map))
    let [fine, all] = [0, 0]
    for (let i = 1; i < values.length; i++) {
      const [ky, kx] = [Math.floor(i / map.columns), i % map.columns]
      const energy = values[i]! ** 2
      all += energy
      if (Math.hypot(ky / (2 * grid.height), kx / (2 * grid.width)) > cut) fine += energy
    }
    return all > 0 ? fine / all : null
  },
})
