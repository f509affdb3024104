import type { Dataset } from '@vitrine/datasets'
import type { MethodChoice } from '@vitrine/explainers/run'
import { type ColumnGroup, type ModelRun, measureRows } from '@vitrine/measure'
import { groupsOf, type MetricGroup, type Protocol, registry } from '@vitrine/metrics'
import { type Column, shownNumber, textTable } from '../cli/text-table.ts'

/** Forward passes per image that a group of metrics takes beyond the explanations themselves, counted as they were run. */
export interface GroupCost {
  readonly group: MetricGroup
  /** However many methods are measured. */
  readonly shared: number
  /** For each method, the mean over the methods. */
  readonly perMethod: number
}

/** Counts the passes of some groups over the first images of a dataset. */
async function passesOf(
  run: ModelRun,
  dataset: Dataset,
  protocol: Protocol,
  methods: readonly MethodChoice[],
  groups: ReadonlySet<ColumnGroup>,
  images: number,
): Promise<number> {
  const units = methods.map(method => ({ id: method.key, method, protocol }))
  const positions = Array.from({ length: images }, (_, index) => ({ index, at: index }))
  const before = run.forwardPasses
  for (let start = 0; start < images; start += run.batch) {
    const batch = positions.slice(start, start + run.batch)
    const thresholds = protocol.localization.thresholds
    for await (const _ of measureRows(run, dataset, units, batch, { thresholds, seed: 0, groups }));
  }
  return (run.forwardPasses - before) / images
}

/**
 * What each group of a protocol's metrics costs: counted with each method alone and with all of them, so that what they share is told from what each
 * takes.
 *
 * @param methods at least two
 */
export async function costsOfGroups(
  run: ModelRun,
  dataset: Dataset,
  protocol: Protocol,
  methods: readonly MethodChoice[],
  images: number,
  measured: () => void,
): Promise<GroupCost[]> {
  const counted = async (of: readonly MethodChoice[], ...groups: readonly MetricGroup[]) => {
    const passes = await passesOf(run, dataset, protocol, of, new Set(groups), images)
    measured()
    return passes
  }
  // What is run once per model, such as the empty image, is no cost of an image.
  await passesOf(run, dataset, protocol, methods, new Set(groupsOf(protocol)), 1)
  const sets = [methods, ...methods.map(method => [method])]
  const bare: number[] = []
  for (const set of sets) bare.push(await counted(set))
  const costs: GroupCost[] = []
  for (const group of groupsOf(protocol)) {
    const passes: number[] = []
    for (const [i, set] of sets.entries()) passes.push((await counted(set, group)) - (bare[i] ?? 0))
    const [together = 0, ...alone] = passes
    // Each method alone takes what is shared and what is its own; all together take what is shared once.
    const shared = (alone.reduce((sum, one) => sum + one, 0) - together) / (methods.length - 1)
    costs.push({ group, shared, perMethod: (together - shared) / methods.length })
  }
  return costs
}

/** How often `measured` is called. */
export const countsOf = (protocol: Protocol, methods: readonly MethodChoice[]): number =>
  (1 + methods.length) * (1 + groupsOf(protocol).length)

/** A row for each metric; what metrics of one group have in common is run once for all of them. */
export function costTable(costs: readonly GroupCost[], room: number | undefined): string {
  const columns: Column[] = [
    { head: 'metric', align: 'left' },
    { head: 'group', align: 'left' },
    { head: 'shared' },
    { head: 'per method' },
  ]
  const rows = costs.flatMap(({ group, shared, perMethod }) =>
    registry[group].map(({ name }) => [name, group, shownNumber(shared, 1), shownNumber(perMethod, 1)]),
  )
  const [shared, perMethod] = (['shared', 'perMethod'] as const).map(part =>
    costs.reduce((sum, cost) => sum + cost[part], 0),
  )
  return textTable(columns, [...rows, ['all', '', shownNumber(shared, 1), shownNumber(perMethod, 1)]], room)
}
