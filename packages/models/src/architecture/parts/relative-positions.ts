import { gather, indices, reshape, type Tensor, transpose } from '@vitrine/tensor'
import type { Grid } from '../config.ts'
import type { Layers } from './layers.ts'

/** Rows of a table of relative positions: one for each distance, and three for those to, from and of a class token. */
export const relativeDistances = ({ rows, columns }: Grid, hasClass: boolean): number =>
  (2 * rows - 1) * (2 * columns - 1) + (hasClass ? 3 : 0)

/**
 * What is added to scores for the distance of two patches (Bao et al., ICLR 2022: BEiT; Liu et al., ICCV 2021), `[1, heads, tokens, tokens]`.
 *
 * @param name of the table `[distances, heads]`
 */
export function relativeBias(layers: Layers, name: string, grid: Grid, hasClass: boolean, heads: number): Tensor {
  const distances = relativeDistances(grid, hasClass)
  const places = placesOf(grid, hasClass)
  const tokens = Math.sqrt(places.length)
  const table = layers.parameter(name, [distances, heads])
  return reshape(transpose(gather(table, indices(places), 0), [1, 0]), [1, heads, tokens, tokens])
}

/** For each token and each other one, the row of the table. */
function placesOf(grid: Grid, hasClass: boolean): number[] {
  const patches = Array.from(
    { length: grid.rows * grid.columns },
    (_, i) => [Math.floor(i / grid.columns), i % grid.columns] as const,
  )
  const between = patches.map(([r, c]) =>
    patches.map(([s, d]) => (r - s + grid.rows - 1) * (2 * grid.columns - 1) + (c - d + grid.columns - 1)),
  )
  if (!hasClass) return between.flat()
  const end = relativeDistances(grid, true)
  return [end - 1, ...patches.map(() => end - 3), ...between.flatMap(row => [end - 2, ...row])]
}
