import type { Sample } from '@vitrine/datasets/sample'
import type { Target as ExplainedTarget } from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'
import {
  columnName,
  customGroup,
  type DiagnosticRules,
  failureColumn,
  type GroupColumns,
  type ImageTruth,
  type InputImage,
  imageTruth,
  type LocalizationColumns,
  localize,
  type MapMetric,
  type MetricGroup,
  mapGroups,
  measureMap,
  measurePair,
  type Protocol,
  type Target,
} from '@vitrine/metrics'
import type { ExplainableModel } from '@vitrine/models/architecture'
import type { Cell } from '@vitrine/records'
import { escapeControls } from '@vitrine/records/record'
import { localizationCells } from './columns.ts'
import { heatmapOf } from './heatmap.ts'
import { type ColumnGroup, groupOfMetric, isCustomGroup, type OutsideMetric } from './identity.ts'
import { perClass } from './per-class.ts'
import { truthOf } from './truth.ts'

/** Groups of columns, by name. */
export type Groups = ReadonlySet<ColumnGroup>

/** Bundled groups whose columns are computed from the maps of an image and its truth alone: no pass of the model is needed. */
export const mapOnlyGroups = [
  'localization',
  'pointing',
  'texture',
  'diffusion',
  'discrimination',
  'benchmarks',
  'complexity',
] as const satisfies readonly MetricGroup[]

/** Whether the columns of a group are computed from maps alone; those of metrics that are not bundled are. */
export const needsMapsOnly = (group: string): group is ColumnGroup =>
  isCustomGroup(group) || mapOnlyGroups.some((known: MetricGroup) => known === group)

/** What is computed from maps. */
export interface MapOptions {
  readonly thresholds: readonly number[]
  readonly groups: Groups
  /** Metrics that are not bundled. Those whose group is wanted are computed. */
  readonly metrics?: readonly OutsideMetric[] | undefined
}

/** An image as the model sees it, with the classes that its maps explain. */
export interface MeasuredSample {
  readonly sample: Sample
  /** `[3, height, width]`, normalised. */
  readonly pixels: Float32Array
  readonly classes: Readonly<Record<Target, number>>
  /** What is explained of each class, where that is not the class itself. */
  readonly asked?: Readonly<Record<Target, ExplainedTarget>>
}

/** The raw maps of one method; `other` explains the other object's class of a two-object image. */
export interface MapsOfImage extends Readonly<Record<Target, Float32Array>> {
  readonly other?: Float32Array | undefined
}

/** The class of another object of a two-object image. */
export const otherClass = ({ objects, label }: Sample): number | undefined =>
  objects.find(o => o.label !== label)?.label

/** The stored cells of one group: its state, and its values where that is `ok`. */
export function groupCells<Values extends object>(
  group: string,
  target: Target,
  found: GroupColumns<Values>,
): Record<string, Cell> {
  const values = found.state === 'ok' ? Object.entries(found.values) : []
  const parts = found.state === 'ok' ? Object.entries(found.parts ?? {}) : []
  return Object.fromEntries([
    [columnName(group, target, 'state'), found.state],
    ...[...values, ...parts].map(([name, value]) => [columnName(group, target, name), value as Cell]),
  ])
}

/** A metric that has no value where it fails, and tells why: what is not bundled costs no other column. */
const sparingOthers = (metric: MapMetric, tell: (reason: string) => void): MapMetric => ({
  ...metric,
  measure(...given) {
    try {
      return metric.measure(...given)
    } catch (error) {
      tell(escapeControls(error instanceof Error ? error.message : String(error)))
      return null
    }
  },
})

/**
 * What is computed from maps alone, of one image under one protocol: a function from a method's maps to the cells of the wanted groups. What
 * methods share, the truth of each class, is computed once.
 */
export function mapColumns(
  transformer: ExplainableModel,
  protocol: Protocol,
  { sample, pixels, classes }: MeasuredSample,
  { thresholds, groups, metrics = [] }: MapOptions,
): (method: MethodChoice, maps: MapsOfImage) => Record<string, Cell> {
  const input: InputImage = { ...transformer.input.imageSize, values: pixels }
  const truths = new Map<number, ImageTruth>()
  const truthAt = (explained: number): ImageTruth => {
    const known = truths.get(explained)
    const truth = known ?? imageTruth(protocol, truthOf(sample, protocol.localization.objects, explained), input)
    truths.set(explained, truth)
    return truth
  }
  const rules = protocol.diagnostics
  const outside = metrics.map(({ metric }) => metric).filter(metric => groups.has(groupOfMetric(metric)))
  const other = otherClass(sample)

  return ({ explainer }, maps) => {
    const heatmap = (values: Float32Array) => heatmapOf(transformer, explainer, values)
    const cells: Record<string, Cell> = {}
    if (groups.has('localization')) {
      const localized = perClass((explained, target): LocalizationColumns => {
        const truth = truthOf(sample, protocol.localization.objects, explained)
        const { state, counts } = localize(protocol, heatmap(maps[target]), truth, thresholds)
        return state === 'ok' ? { state, ...counts } : { state }
      }, classes)
      for (const target of protocol.localization.targets)
        Object.assign(cells, localizationCells(target, localized(target)))
    }
    if (rules) Object.assign(cells, diagnosticCells(rules, maps, heatmap))
    return cells
  }

  function diagnosticCells(
    rules: DiagnosticRules,
    maps: MapsOfImage,
    heatmap: (values: Float32Array) => ReturnType<typeof heatmapOf>,
  ): Record<string, Cell> {
    const cells: Record<string, Cell> = {}
    const measured = perClass((explained, target) => {
      const failed = new Map<string, string>()
      const sparing = outside.map(metric => sparingOthers(metric, reason => failed.set(metric.id, reason)))
      return { ...measureMap(rules, heatmap(maps[target]), truthAt(explained), sparing), failed }
    }, classes)
    const wanted = mapGroups.filter(group => groups.has(group))
    if (wanted.length + outside.length > 0)
      for (const target of rules.targets) {
        const { custom, failed, ...found } = measured(target)
        for (const group of wanted) Object.assign(cells, groupCells(group, target, found[group]))
        if (custom) Object.assign(cells, groupCells(customGroup, target, custom))
        for (const [id, reason] of failed) cells[failureColumn(target, id)] = reason
      }
    if (other !== undefined && groups.has('discrimination')) {
      const pair = measurePair(
        { heatmap: heatmap(maps.label), scene: truthAt(sample.label) },
        { heatmap: heatmap(maps.other ?? maps.predicted), scene: truthAt(other) },
      )
      Object.assign(cells, groupCells('discrimination', 'label', pair))
    }
    return cells
  }
}
