import { setImmediate } from 'node:timers/promises'
import type { Backend } from '@vitrine/backends/core'
import { type Dataset, type DatasetDefinition, openDataset } from '@vitrine/datasets'
import { explainers } from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'

import {
  type ModelRun,
  measureRows,
  methodFacts,
  type OutsideMetric,
  openModelRun,
  type RowUnit,
  startTiming,
  type Timing,
  versionsOf,
} from '@vitrine/measure'
import { codeHash, type ModuleSource, type Plugin, writeSource } from '@vitrine/measure/node'
import type { Model } from '@vitrine/models'
import { withClassesOf } from '../open/classes.ts'
import { choiceOf } from '../open/methods.ts'
import { openModel } from '../open/model.ts'
import { loadPlugin } from '../open/plugins.ts'
import { factsOf, findEngine } from './engine-facts.ts'
import {
  type DatasetRef,
  type MethodRef,
  type PluginRefs,
  type Task,
  TaskRefusedError,
  type TaskUnit,
  type WorkerEvents,
  type WorkerFunctions,
  type WorkerSetup,
} from './task.ts'

function expectSource(what: string, plugin: Plugin, { hash }: ModuleSource): void {
  const found = codeHash(plugin)
  if (found !== hash) throw new TaskRefusedError(`${what}: expected the source ${hash}, found ${found}`)
}

/** What a worker is, wherever it runs: one model on one engine, and what it was asked for, kept open. */
export function workplace(events: WorkerEvents): WorkerFunctions {
  let setup: WorkerSetup | undefined
  let model: Model | undefined
  let backend: Backend | undefined
  let run: ModelRun | undefined
  let timing: Timing | undefined
  let stopped = false
  let metrics: readonly OutsideMetric[] = []
  let readers: readonly DatasetDefinition[] = []
  const datasets = new Map<string, Promise<Dataset>>()
  const methods = new Map<string, Promise<MethodChoice>>()

  const opened = () => {
    if (!setup || !model) throw new Error('[vitrine] [runner] worker: asked to work before it was opened')
    return { setup, model }
  }
  const running = (): ModelRun => {
    if (!run) throw new Error('[vitrine] [runner] worker: asked to run a model on an engine that cannot be had')
    return run
  }

  function datasetOf(ref: DatasetRef): Promise<Dataset> {
    const key = `${ref.id} ${ref.seed}`
    const found = datasets.get(key) ?? openHere(ref)
    datasets.set(key, found)
    return found
  }

  async function openHere({ id, hash, seed }: DatasetRef): Promise<Dataset> {
    const { setup, model } = opened()
    const spec = setup.places.datasets[id]
    if (spec === undefined)
      throw new TaskRefusedError(`dataset ${id}: expected to be told where it is on this machine, got no place`)
    const dataset = withClassesOf(model, await openDataset(spec, { seed, readers }))
    if (dataset.hash !== hash)
      throw new TaskRefusedError(`dataset ${id} at ${spec}: expected the hash ${hash}, found ${dataset.hash}`)
    return dataset
  }

  function methodOf(ref: MethodRef): Promise<MethodChoice> {
    const key = JSON.stringify([ref.id, ref.options, ref.version, ref.code])
    const found = methods.get(key) ?? loadMethod(ref)
    methods.set(key, found)
    return found
  }

  /** Where this machine has a plugin's file; where it has none, the source is written into one. */
  const fileOf = (source: ModuleSource): string => opened().setup.places.modules[source.hash] ?? writeSource(source)

  async function loadMethod({ id, options, version, code, source }: MethodRef): Promise<MethodChoice> {
    if (source) {
      const explainer = await loadPlugin('explainer', fileOf(source))
      expectSource(`method ${id}`, explainer, source)
      return choiceOf(explainer, options)
    }
    const explainer = explainers.find(e => e.id === id)
    const found = explainer?.version ?? 1
    if (!explainer || code !== null || found !== version)
      throw new TaskRefusedError(
        `method ${id}: expected version ${version}, found ${explainer ? found : 'no such method'}`,
      )
    return choiceOf(explainer, options)
  }

  async function openPlugins(given: PluginRefs): Promise<void> {
    metrics = await Promise.all(
      given.metrics.map(async ({ version, source }) => {
        const { metric } = await loadPlugin('metric', fileOf(source))
        expectSource(`metric ${metric.id}`, metric, source)
        return { metric, version }
      }),
    )
    readers = await Promise.all(
      given.readers.map(async source => {
        const reader = await loadPlugin('dataset', fileOf(source))
        expectSource(`kind of dataset ${reader.kind}`, reader, source)
        return reader
      }),
    )
  }

  async function unitOf({ id, method, protocol, versions }: TaskUnit): Promise<RowUnit> {
    const own = versionsOf(protocol, metrics)
    const other = Object.keys(versions).find(group => versions[group] !== own[group])
    if (other !== undefined)
      throw new TaskRefusedError(`${other}: expected version ${versions[other]} of its columns, found ${own[other]}`)
    return { id, method: await methodOf(method), protocol }
  }

  return {
    async open(given) {
      setup = given
      model = await openModel(given.model.spec)
      if (model.hash !== given.model.hash)
        throw new TaskRefusedError(
          `model ${given.model.spec}: expected weights with the hash ${given.model.hash}, found ${model.hash}`,
        )
      if (given.plugins) await openPlugins(given.plugins)
      const found = await findEngine(given.engine, given.threads, given.precision)
      if (!('backend' in found)) return { engine: found.facts, unavailable: found.unavailable }
      backend = found.backend
      run = openModelRun(backend, model, given.batch, events.passes, given.against)
      return { engine: factsOf(backend, given.precision), unavailable: undefined }
    },

    async describe(refs) {
      const choices: MethodChoice[] = []
      for (const ref of refs) choices.push(await methodOf(ref))
      return methodFacts(opened().model, choices, ({ explainer }) => codeHash(explainer))
    },

    async measure({ dataset, units, positions, wanted: images, thresholds, seed, groups }: Task) {
      const source = await datasetOf(dataset)
      const wanted: RowUnit[] = []
      for (const unit of units) wanted.push(await unitOf(unit))
      const options = { thresholds, seed, metrics, groups: new Set(groups), wanted: new Set(images) }
      for await (const rows of measureRows(running(), source, wanted, positions, options)) {
        events.rows(rows)
        // An engine may block the event loop: what was sent leaves the process before the next image.
        await setImmediate()
        if (stopped) return
      }
    },

    async stop() {
      stopped = true
    },

    async startTiming(refs) {
      const choices: MethodChoice[] = []
      for (const ref of refs) choices.push(await methodOf(ref))
      timing = await startTiming(running(), choices)
    },

    async timeRound(round) {
      if (!timing) throw new Error('[vitrine] [runner] worker: asked for a round of a timing that was not started')
      const { samples } = timing
      const counts = new Map([...samples.methods].map(([key, taken]) => [key, taken.length]))
      await timing.round(round)
      // A long method takes part in the first round only.
      const methods = [...samples.methods].flatMap(([key, taken]) =>
        taken.length > (counts.get(key) ?? 0) ? [[key, taken.at(-1) ?? Number.NaN] as const] : [],
      )
      return { forward: samples.forward.at(-1) ?? Number.NaN, methods: Object.fromEntries(methods) }
    },

    async endTiming() {
      await timing?.dispose()
      timing = undefined
    },

    async close() {
      await run?.dispose()
      await backend?.dispose()
    },
  }
}
