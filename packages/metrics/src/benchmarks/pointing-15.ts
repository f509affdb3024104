import type { ComparedMap } from '../map/compared-map.ts'
import { metric } from '../metric.ts'

/** Pixels of the annotated image. */
const tolerance = 15
const side = 2 * tolerance + 1

const near: readonly (readonly [right: number, down: number])[] = Array.from({ length: side * side }, (_, i) => {
  return [(i % side) - tolerance, Math.floor(i / side) - tolerance] as const
}).filter(([right, down]) => right * right + down * down < tolerance * tolerance)

/** Share of the pixels with the greatest value that are less than 15 pixels away from the object. */
export function pointsNear({ fine, object, grid: { width, height } }: ComparedMap): number {
  const greatest = fine.reduce((most, value) => Math.max(most, value), 0)
  let [hits, all] = [0, 0]
  for (let p = 0; p < fine.length; p++) {
    if (fine[p] !== greatest) continue
    const [x, y] = [p % width, Math.floor(p / width)]
    const hit = ([right, down]: readonly [number, number]) =>
      x + right >= 0 &&
      x + right < width &&
      y + down >= 0 &&
      y + down < height &&
      object[p + down * width + right] === 1
    all += 1
    if (object[p] === 1 || near.some(hit)) hits += 1
  }
  return hits / all
}

export default metric({
  id: 'pointing-15',
  name: 'Pointing game, 15 pixels',
  heading: 'pointing 15',
  group: 'benchmarks',
  direction: 'higher',
  range: [0, 1],
  formula:
    'share of the pixels with the greatest value that are less than 15 pixels away from the object: 0 or 1 where one pixel leads',
  source: 'Zhang et al., Top-Down Neural Attention by Excitation Backprop, IJCV 2018, as TorchRay computes it',
  negatives: 'rank below the others',
  pitfall: 'Looks at one pixel, and 15 pixels are more of a small image than of a large one.',
  needs: ['map', 'truth'],
  order: 1,
  measure: map => pointsNear(map),
})
