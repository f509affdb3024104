import type { Dataset } from '@vitrine/datasets'
import { sliceOf } from '@vitrine/measure'
import type { Protocol } from '@vitrine/metrics'
import type { Model } from '@vitrine/models'
import { type BenchRecord, openStore, type Store } from '@vitrine/records'
import { chooseMethods, loadExplainers } from '../open/methods.ts'
import { environment } from './environment.ts'
import { inProcess } from './in-process.ts'
import { measureModel } from './orchestrate.ts'
import type { SweepPlan } from './plan.ts'

/** A plan of a few images on one engine, for tests. */
export async function smallPlan(
  methods: string,
  protocols: readonly Protocol[],
  { images, thresholds = [0.3, 0.5], seed = 0 }: { images: number; thresholds?: readonly number[]; seed?: number },
): Promise<Omit<SweepPlan, 'places'>> {
  return {
    ...{ protocols, thresholds, seed, threads: 2, processes: 1, rounds: 0, batch: 2 },
    methods: chooseMethods(methods, await loadExplainers([])),
    engines: ['onnx:cpu'],
    slice: sliceOf(images, { index: 1, of: 1 }, 2),
    environment: environment(),
    measuringCode: 'of a test',
    defaults: { images, thresholds, seed: 0 },
  }
}

/** Measures a dataset that is opened by its id, in this process. */
export async function measured(
  model: Model,
  dataset: Dataset,
  plan: Omit<SweepPlan, 'places'>,
  store: Store = openStore(':memory:'),
): Promise<BenchRecord[]> {
  const places = { datasets: { [dataset.id]: dataset.id }, modules: {} }
  const found = await measureModel(inProcess, store, model, [dataset], { ...plan, places }, true)
  return found === 'interrupted' ? [] : found.ids.flatMap(id => store.record(id) ?? [])
}
