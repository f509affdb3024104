import { componentBoxes } from '../localization/components.ts'
import { levelsOf } from '../localization/localize.ts'
import type { ComparedMap } from '../map/compared-map.ts'
import type { Confusion } from '../metric.ts'
import type { Box, Parts } from '../types.ts'

/** Pixels above the mean of the map against the truth. */
export function aboveMean({ fine, object }: Pick<ComparedMap, 'fine' | 'object'>): Confusion {
  const mean = fine.reduce((sum, value) => sum + value, 0) / fine.length
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 }
  for (let p = 0; p < fine.length; p++) {
    const above = fine[p]! > mean
    if (object[p] === 1) counts[above ? 'tp' : 'fn'] += 1
    else counts[above ? 'fp' : 'tn'] += 1
  }
  return counts
}

/** Thresholds at which boxes are drawn: every 0.05 between 0 and 1. */
export const boxThresholds: readonly number[] = Array.from({ length: 19 }, (_, i) => (i + 1) / 20)

/** Intersection over union of two boxes. */
function overlap(a: Box, b: Box): number {
  const across = Math.min(a[2], b[2]) - Math.max(a[0], b[0])
  const down = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  const shared = Math.max(0, across) * Math.max(0, down)
  const area = ([xmin, ymin, xmax, ymax]: Box) => (xmax - xmin) * (ymax - ymin)
  return shared === 0 ? 0 : shared / (area(a) + area(b) - shared)
}

/** At each threshold the best overlap of a box around a component above it with a box of the truth. */
export function boxOverlaps({ fine, grid, boxes }: Pick<ComparedMap, 'fine' | 'grid' | 'boxes'>): number[] {
  const levels = levelsOf(fine, boxThresholds)
  return boxThresholds.map((_, level) => {
    const drawn = componentBoxes(levels, grid.width, grid.height, level)
    return drawn.reduce((best, box) => boxes.reduce((most, truth) => Math.max(most, overlap(box, truth)), best), 0)
  })
}

/** What benchmarks compute from all images together. */
export const benchmarkParts = (map: ComparedMap): Parts => ({ ...aboveMean(map), 'box-iou': boxOverlaps(map) })
