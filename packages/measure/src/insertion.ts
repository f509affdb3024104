import { scoreOf } from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'
import { type InsertionRules, insertionMasks, insertionShares, registry, valuesOf } from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import type { Rankings } from './faithfulness.ts'
import { groupCells, type MeasuredSample } from './map-columns.ts'
import type { ImagePasses } from './passes.ts'

/** What is stored of one method, and the forward passes that it needs beyond the prediction's own. */
export interface PassCells {
  readonly cells: Readonly<Record<string, Cell>>
  readonly passes: number
}

/** Insertion and Deletion of one method's maps of an image. */
export async function measureInsertion(
  { targets, steps, start, end }: InsertionRules,
  method: MethodChoice,
  { classes, asked = classes }: Pick<MeasuredSample, 'classes' | 'asked'>,
  rankings: Rankings,
  passes: ImagePasses,
): Promise<PassCells> {
  const cells: Record<string, Cell> = {}
  const shares = insertionShares(steps)
  const measured = new Set<unknown>()
  for (const target of targets) {
    const map = rankings(method, target)
    if (map.state !== 'ok') {
      Object.assign(cells, groupCells('insertion', target, map))
      continue
    }
    measured.add(map)
    const masks = insertionMasks(map.pixels, steps)
    const rows = await passes.without([
      ...masks.insertion.map(mask => ({ removal: start, mask })),
      ...masks.deletion.map(mask => ({ removal: end, mask })),
    ])
    const curve = rows.map(row => scoreOf(asked[target], row))
    const curves = { shares, insertion: curve.slice(0, shares.length), deletion: curve.slice(shares.length) }
    const values = valuesOf(registry.insertion, curves)
    Object.assign(cells, groupCells('insertion', target, { state: 'ok', values }))
  }
  // Each curve has the image itself at one end.
  return { cells, passes: 2 * (shares.length - 1) * measured.size }
}
