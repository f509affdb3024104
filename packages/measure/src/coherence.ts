import type { MethodChoice } from '@vitrine/explainers/run'
import { type CoherenceRules, measureCoherence, pixelGroups, type Removal } from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import type { PassedSample } from './explain-batch.ts'
import type { PassCells } from './insertion.ts'
import { groupCells } from './map-columns.ts'

/** How the groups of a method's pixels agree with what the model loses without each. */
export async function measureGroups(
  rules: CoherenceRules,
  removal: Removal,
  method: MethodChoice,
  { classes, rankings, passes, probabilities }: PassedSample,
): Promise<PassCells> {
  const cells: Record<string, Cell> = {}
  const measured = new Set<unknown>()
  for (const target of rules.targets) {
    const map = rankings(method, target, removal)
    if (map.state !== 'ok') {
      Object.assign(cells, groupCells('coherence', target, map))
      continue
    }
    measured.add(map)
    const groups = pixelGroups(rules, map)
    const rows = await passes.without(groups.masks.map(mask => ({ removal, mask })))
    const explained = classes[target]
    const fall = rows.map(row => (probabilities[explained] ?? Number.NaN) - (row[explained] ?? Number.NaN))
    Object.assign(cells, groupCells('coherence', target, measureCoherence(groups, fall)))
  }
  return { cells, passes: rules.groups * measured.size }
}
