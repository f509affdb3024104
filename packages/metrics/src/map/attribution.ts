import type { Heatmap, Size } from '../types.ts'

/**
 * What a map says each of its cells contributes: of a signed map its values, of a `unit` map its values, of a `relative` map the height above its
 * least value.
 *
 * @returns `[rows, columns]`
 */
export function attributionOf({ values, scale, signed }: Heatmap): Float64Array {
  const raw = Float64Array.from(values)
  if (signed || scale === 'unit') return raw
  const least = raw.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  return raw.map(value => value - least)
}

/** How much of each of `from` equal cells lies in each of `to` equal regions, along one axis: `[to][from]`, in cells. */
const overlaps = (from: number, to: number): number[][] =>
  Array.from({ length: to }, (_, region) => {
    const [start, end] = [(region * from) / to, ((region + 1) * from) / to]
    return Array.from({ length: from }, (_, cell) => Math.max(0, Math.min(cell + 1, end) - Math.max(cell, start)))
  })

/**
 * The sums of a map over the regions of a grid of equal regions; the value of a cell is spread evenly over it.
 *
 * @param values `[rows, columns]`
 * @returns `[region rows, region columns]`
 */
export function sumsOver(values: Float64Array, cells: Size, regions: Size): Float64Array {
  if (cells.width === regions.width && cells.height === regions.height) return values.slice()
  const [across, down] = [overlaps(cells.width, regions.width), overlaps(cells.height, regions.height)]
  const out = new Float64Array(regions.width * regions.height)
  const wide = new Float64Array(cells.height * regions.width)
  for (let row = 0; row < cells.height; row++)
    across.forEach((shares, region) => {
      let sum = 0
      for (let cell = 0; cell < cells.width; cell++) sum += shares[cell]! * values[row * cells.width + cell]!
      wide[row * regions.width + region] = sum
    })
  down.forEach((shares, region) => {
    for (let column = 0; column < regions.width; column++) {
      let sum = 0
      for (let row = 0; row < cells.height; row++) sum += shares[row]! * wide[row * regions.width + column]!
      out[region * regions.width + column] = sum
    }
  })
  return out
}
