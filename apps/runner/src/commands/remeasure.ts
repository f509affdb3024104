import { availableParallelism } from 'node:os'
import type { DatasetDefinition } from '@vitrine/datasets'
import { DatasetError } from '@vitrine/datasets'
import type { Explainer } from '@vitrine/explainers'
import { groupOfMetric, isCustomGroup, type OutsideMetric, sliceOf, versionsOf } from '@vitrine/measure'
import { measuringCode } from '@vitrine/measure/node'
import { findProtocol } from '@vitrine/metrics'
import { ModelError } from '@vitrine/models'
import {
  canonicalJson,
  engineOf,
  groupKey,
  openStore,
  type RecordHeader,
  type Store,
  type Unit,
} from '@vitrine/records'
import type { Command } from 'commander'
import { fromHere, UsageError } from '../cli/arguments.ts'
import { explainerOption, metricOption, quietOption, readerOption } from '../cli/options.ts'
import { print, tell } from '../cli/terminal.ts'
import { withClassesOf } from '../open/classes.ts'
import { choiceOf, loadExplainers } from '../open/methods.ts'
import { loadMetrics, loadReaders, metricsOfRecord } from '../open/plugins.ts'
import { chooseDatasets, chooseModels, openSources } from '../open/sources.ts'
import { environment } from '../sweep/environment.ts'
import { forkedWorkers } from '../sweep/forked.ts'
import { measureModel } from '../sweep/orchestrate.ts'
import { placesOf, pluginRefs } from '../sweep/places.ts'
import type { SweepPlan, SweepResult } from '../sweep/plan.ts'
import { benchDefaults } from './bench.ts'

interface RemeasureArguments {
  readonly from: string
  readonly explainer: readonly string[]
  readonly metric: readonly string[]
  readonly dataset: readonly string[]
  readonly models: string
  readonly datasets: string
  readonly quiet: boolean
}

/** What is known: everything bundled, and what is given. */
interface Plugins {
  readonly explainers: readonly Explainer[]
  readonly metrics: readonly OutsideMetric[]
  readonly readers: readonly DatasetDefinition[]
}

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .option('--from <file>', 'the store', `${benchDefaults.out}/vitrine.sqlite`)
    .option('--models <list>', 'models that are not bundled, by file or name')
    .option('--datasets <list>', 'datasets that are not bundled, as bench takes them')
    .addOption(explainerOption())
    .addOption(metricOption())
    .addOption(readerOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
What needs no engine is computed from the maps that the store keeps. The former records stay in the store under their ids.

Example:
  npx -y pnpm@12 vitrine remeasure
  npx -y pnpm@12 vitrine publish

Exit code: 0 all records are of this version, 1 some could not be measured again, 2 wrong usage, 130 interrupted.`,
    )
    .action(async options => {
      process.exitCode = await remeasure(options)
    })
}

/** Brings the records of a store up to the versions of this code. Returns the exit code. */
export async function remeasure(args: RemeasureArguments): Promise<number> {
  using store = openStore(fromHere(args.from), { existing: true })
  const plugins = {
    explainers: await loadExplainers(args.explainer),
    metrics: await loadMetrics(args.metric),
    readers: await loadReaders(args.dataset),
  }
  const current = new Map<string, Unit>()
  // The one asked for last comes first.
  for (const unit of store.units({ status: 'ok' })) {
    const { header } = unit
    const key = JSON.stringify([groupKey({ ...header, versions: {} }), header.method.id, header.method.options])
    if (!current.has(key)) current.set(key, unit)
  }
  const stale = [...current.values()].filter(({ header }) => isStale(header, plugins))
  const groups = Map.groupBy(stale, ({ header }) => JSON.stringify([groupKey(header), header.backend.batch]))
  let complete = true
  for (const group of groups.values()) {
    const headers = group.map(({ header }) => header)
    try {
      const done = await remeasureGroup(store, headers, plugins, args)
      if (done === 'interrupted') return 130
      complete &&= done.complete && done.ids.length === headers.length
    } catch (error) {
      // A model or dataset that is not at hand, or an option that a method does not know any more, concerns these records alone.
      if (!(error instanceof UsageError || error instanceof ModelError || error instanceof DatasetError)) throw error
      tell(`${titleOf(headers)}: ${error.message}`)
      complete = false
    }
  }
  print(`${stale.length} of ${current.size} records had columns of an earlier version`)
  return complete ? 0 : 1
}

const titleOf = ([first]: readonly RecordHeader[]): string => (first ? `${first.model.id} on ${first.dataset.id}` : '')

/** Measures what records of one model, dataset, engine and protocol lack. */
async function remeasureGroup(
  store: Store,
  headers: readonly RecordHeader[],
  { explainers, metrics, readers }: Plugins,
  args: RemeasureArguments,
): Promise<SweepResult | 'interrupted'> {
  const [header] = headers
  if (!header) return { ids: [], complete: true, passes: 0 }
  const { shard = 1, of = 1, images = header.dataset.images, block = 1 } = header.dataset.slice ?? {}
  const outside = { metrics: metricsOfRecord(header, metrics), readers }
  const { models, datasets } = await openSources(
    args.models ? chooseModels(args.models) : [header.model.id],
    args.datasets ? chooseDatasets(args.datasets, readers) : [header.dataset.id],
    { seed: header.dataset.seed, images, readers },
  )
  const model = models.find(({ hash }) => hash === header.model.hash)
  if (!model) throw new UsageError(`expected weights with the hash ${header.model.hash}: --models says where they are`)
  const fitting = [...datasets.values()].map(dataset => withClassesOf(model, dataset))
  const dataset = fitting.find(({ id, hash }) => id === header.dataset.id && hash === header.dataset.hash)
  if (!dataset)
    throw new UsageError(`expected images with the hash ${header.dataset.hash}: --datasets says where they are`)
  const methods = headers.flatMap(({ method }) => {
    const explainer = explainers.find(({ id }) => id === method.id)
    if (!explainer) tell(`${method.id}: not a bundled method; --explainer says where it is`)
    return explainer ? [choiceOf(explainer, method.options)] : []
  })
  if (methods.length === 0) return { ids: [], complete: false, passes: 0 }
  const protocol = findProtocol(header.protocol.id)
  if (!protocol) throw new UsageError(`the protocol "${header.protocol.id}" is not known`)
  const plan: SweepPlan = {
    methods,
    protocols: [protocol],
    engines: [engineOf(header)],
    thresholds: header.thresholds,
    slice: sliceOf(images, { index: shard, of }, block),
    batch: header.backend.batch,
    threads: header.backend.threads ?? availableParallelism(),
    processes: benchDefaults.processes,
    rounds: 0,
    seed: header.seed,
    against: header.target?.against,
    places: placesOf(datasets, methods, outside),
    metrics: outside.metrics,
    plugins: pluginRefs(outside),
    environment: environment(),
    measuringCode: measuringCode(),
    defaults: { images: benchDefaults.images, thresholds: header.thresholds, seed: benchDefaults.seed },
  }
  const transport = forkedWorkers({ patience: benchDefaults.patience })
  return measureModel(transport, store, model, [dataset], plan, args.quiet)
}

/** Whether some number of a record was made by an earlier version than this code's. */
function isStale({ protocol, versions, method }: RecordHeader, { explainers, metrics }: Plugins): boolean {
  const known = findProtocol(protocol.id)
  if (!known) return false
  const own = explainers.find(({ id }) => id === method.id)
  // Columns of a metric that is not given are left as they are.
  const knownMetrics = metrics.filter(({ metric }) => Object.hasOwn(versions, groupOfMetric(metric)))
  const bundled = Object.fromEntries(
    Object.entries(versions).filter(
      ([group]) => !isCustomGroup(group) || knownMetrics.some(one => groupOfMetric(one.metric) === group),
    ),
  )
  const sameMethod = method.version === null || !own || (own.version ?? 1) === method.version
  return !sameMethod || canonicalJson(versionsOf(known, knownMetrics)) !== canonicalJson(bundled)
}
