import { fileURLToPath } from 'node:url'
import type { Dataset, DatasetDefinition } from '@vitrine/datasets'
import type { MethodChoice } from '@vitrine/explainers/run'
import type { OutsideMetric } from '@vitrine/measure'
import { codeHash, moduleOf, type Plugin, sourceOf } from '@vitrine/measure/node'
import type { LocalPlaces, PluginRefs } from './task.ts'

/** What is not bundled: metrics and kinds of datasets from files of the user's own. */
export interface Outside {
  readonly metrics: readonly OutsideMetric[]
  readonly readers: readonly DatasetDefinition[]
}

/** Where this machine has datasets and the files of plugins, as its workers need to know. */
export function placesOf(
  datasets: ReadonlyMap<string, Dataset>,
  methods: readonly MethodChoice[],
  { metrics, readers }: Outside = { metrics: [], readers: [] },
): LocalPlaces {
  const plugins: Plugin[] = [
    ...methods.map(({ explainer }) => explainer),
    ...metrics.map(({ metric }) => metric),
    ...readers,
  ]
  const modules = plugins.flatMap(plugin => {
    const file = moduleOf(plugin)
    return file ? [[codeHash(plugin), fileURLToPath(file)] as const] : []
  })
  return {
    datasets: Object.fromEntries([...datasets].map(([spec, { id }]) => [id, spec])),
    modules: Object.fromEntries(modules),
  }
}

/** The sources of what is not bundled, as any worker needs them. */
export const pluginRefs = ({ metrics, readers }: Outside): PluginRefs => ({
  metrics: metrics.map(({ metric, version }) => ({ version, source: sourceOf(metric) })),
  readers: readers.map(sourceOf),
})
