import { relative, resolve } from 'node:path'
import { UnknownBackendError } from '@vitrine/backends/core'
import { checkBackend } from '@vitrine/backends/node'

import type { Dataset } from '@vitrine/datasets'
import {
  costOf,
  type DescribedMethod,
  describePlan,
  intervalsOfRecord,
  methodFacts,
  planUnits,
  resultsOf,
  sliceOf,
  unreadableIn,
} from '@vitrine/measure'
import { codeHash, measuringCode } from '@vitrine/measure/node'
import { type ProtocolId, protocols } from '@vitrine/metrics'
import type { Model } from '@vitrine/models'
import { type BenchRecord, openStore, publish, type Store } from '@vitrine/records'
import type { Command } from 'commander'
import { chooseFrom, here, known, parseShard, parseThresholds, splitList, UsageError } from '../cli/arguments.ts'
import {
  checkpointOption,
  count,
  explainerOption,
  metricOption,
  queueOption,
  quietOption,
  readerOption,
  threadsOption,
  wideOption,
} from '../cli/options.ts'
import { outputFolder } from '../cli/output.ts'
import { duration } from '../cli/progress.ts'
import { columnsOf, print, printJson, tell, tellAsJson, tellEvent } from '../cli/terminal.ts'
import { agreementsOf, agreementTables, type Compared, compareEngines } from '../compare/agreement.ts'
import { tellNotes, withClassesOf } from '../open/classes.ts'
import { chooseMethods, codeOf, loadExplainers } from '../open/methods.ts'
import { tellCautions } from '../open/model.ts'
import { loadMetrics, loadReaders } from '../open/plugins.ts'
import { chooseDatasets, chooseModels, datasetNames, openSources, type Sources } from '../open/sources.ts'
import { contactSheet, type SheetSources } from '../report/contact-sheet.ts'
import { failureSheets } from '../report/failure-sheet.ts'
import { resultTables } from '../report/table.ts'
import { engineFacts } from '../sweep/engine-facts.ts'
import { environment } from '../sweep/environment.ts'
import { forkedWorkers } from '../sweep/forked.ts'
import { measureModel } from '../sweep/orchestrate.ts'
import { placesOf, pluginRefs } from '../sweep/places.ts'
import type { SweepPlan } from '../sweep/plan.ts'
import type { Transport } from '../sweep/task.ts'

export interface BenchArguments {
  readonly methods: string
  readonly explainer: readonly string[]
  readonly metric: readonly string[]
  readonly dataset: readonly string[]
  readonly backends: string
  readonly thresholds: string
  readonly models: string
  readonly checkpoint: readonly string[]
  readonly datasets: string
  readonly protocols: string
  readonly images: number
  readonly batch: number
  readonly threads: number
  readonly processes: number
  readonly seed: number
  readonly shard: string
  readonly rounds: number
  readonly patience: number
  readonly queue?: string | true | undefined
  readonly window: number
  readonly progress: string
  readonly out: string
  readonly format: string
  readonly quiet: boolean
  readonly wide: boolean
  readonly failures: boolean
  readonly dryRun: boolean
}

/** What `bench` does where nothing else is said. */
export const benchDefaults = {
  methods: 'default',
  backends: 'onnx,tfjs',
  thresholds: '0.1:0.9:0.1',
  models: 'icon-vit',
  datasets: 'all',
  protocols: 'all',
  images: 6,
  batch: 6,
  processes: 4,
  seed: 0,
  shard: '1/1',
  rounds: 3,
  patience: 300,
  window: 64,
  progress: 'text',
  out: 'out',
  format: 'text',
} as const

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .option(
      '--methods <list>',
      'methods with options, such as agcam,attention-rollout[discardRatio=0.9]; default (those of the study and the controls), or all',
      benchDefaults.methods,
    )
    .addOption(explainerOption())
    .addOption(metricOption())
    .addOption(readerOption())
    .option('--backends <list>', 'engines: onnx, onnx:cuda, tfjs, tfjs:wasm, …', benchDefaults.backends)
    .option('--thresholds <list>', 'ascending numbers, or start:end:step', benchDefaults.thresholds)
    .option('--models <list>', 'models to explain, as `vitrine models` lists them', benchDefaults.models)
    .addOption(checkpointOption())
    .option(
      '--datasets <list>',
      `datasets to explain them on, or all bundled ones: ${datasetNames}`,
      benchDefaults.datasets,
    )
    .option('--protocols <list>', 'paper, standard', benchDefaults.protocols)
    .addOption(count('--images <n>', 'images of each dataset', benchDefaults.images))
    .addOption(count('--batch <n>', 'images per run', benchDefaults.batch))
    .addOption(threadsOption())
    .addOption(
      count(
        '--processes <n>',
        'processes that may share the threads of an engine in a sweep; each needs the memory of the model and its methods',
        benchDefaults.processes,
      ),
    )
    .addOption(count('--seed <n>', 'seed of scenes, random maps and ties', benchDefaults.seed, 0))
    .option(
      '--shard <i/n>',
      'the i-th of n parts of each dataset, whole batches each; `vitrine merge` joins them',
      benchDefaults.shard,
    )
    .addOption(count('--rounds <n>', 'rounds of the timing', benchDefaults.rounds))
    .addOption(
      count(
        '--patience <seconds>',
        'how long a process may run without a forward pass or an answer before it is ended',
        benchDefaults.patience,
      ),
    )
    .addOption(queueOption())
    .addOption(
      count(
        '--window <n>',
        'tasks of each engine that are on the queue at once, with their rows',
        benchDefaults.window,
      ),
    )
    .option('--out <dir>', 'folder of the store, the records and the contact sheet', benchDefaults.out)
    .option(
      '--format <kind>',
      'text or json, on stdout; none leaves the records in the store, for `vitrine publish`',
      benchDefaults.format,
    )
    .option('--progress <kind>', 'text or json (a line each), on stderr', benchDefaults.progress)
    .addOption(quietOption())
    .addOption(wideOption())
    .option('--failures', "draw each method's worst images for each way in which maps fail", false)
    .option('--dry-run', 'print the plan and its cost in forward passes, run nothing', false)
    .addHelpText(
      'after',
      `
Examples:
  npx -y pnpm@12 bench                                    everything that is bundled
  npx -y pnpm@12 bench --methods agcam,random --images 100
                                                          two methods on more images
  npx -y pnpm@12 bench --explainer ./mine.ts --methods mine,agcam
                                                          a method of your own
  npx -y pnpm@12 bench --metric ./mine.ts --protocols standard
                                                          a metric of your own
  npx -y pnpm@12 bench --dataset ./mine.ts --datasets mine:./data
                                                          data of a kind of your own
  npx -y pnpm@12 bench --shard 2/4 --out out/2            the second quarter, on
                                                          another machine
  npx -y pnpm@12 bench --failures                         with each method's worst
                                                          images
  npx -y pnpm@12 bench --dry-run                          what it would cost
  npx -y pnpm@12 bench --checkpoint vit.pth --datasets ilsvrc:./ILSVRC
                                                          your model on your data

A run that was stopped goes on when the same command is given again.
Exit code: 0 all measured, 1 a row failed, no image could be read or an engine
cannot be had, 2 wrong usage, 130 interrupted.`,
    )
    .action(async options => {
      process.exitCode = await bench(options)
    })
}

/** Sweeps methods x thresholds x protocols over models, datasets and backends. Returns the exit code. */
export async function bench(args: BenchArguments): Promise<number> {
  if (args.progress !== 'text' && args.progress !== 'json')
    throw new UsageError(`--progress: expected text or json, got "${args.progress}"`)
  if (args.progress === 'json') tellAsJson()
  if (!args.quiet) {
    const models = args.checkpoint.length > 0 ? args.checkpoint.join(', ') : args.models
    tell(`Opening ${models} and the images of ${args.datasets}, for ${args.methods} on ${args.backends} …`)
  }
  const { sources, ...plan } = await readPlan(args)
  const { models, datasets } = sources
  for (const model of models) tellCautions(model)
  const all = [...datasets.values()]
  for (const dataset of all) tellNotes(dataset)
  if (args.dryRun) return dryRun(models, all, plan)

  const out = outputFolder(args.out)
  const file = resolve(out, 'vitrine.sqlite')
  using store = openStore(file)
  await using workers = await workersFor(args, store, file)
  const ids: string[] = []
  let complete = true
  for (const model of models) {
    const fitting = all.map(dataset => withClassesOf(model, dataset))
    const measured = await measureModel(workers.transport, store, model, fitting, plan, args.quiet)
    if (measured === 'interrupted') {
      tell('Stopped. Everything measured so far is kept: the same command goes on from here.')
      return 130
    }
    ids.push(...measured.ids)
    complete &&= measured.complete
  }

  compareEngines(store, ids)
  if (args.format === 'none') return stored(store, ids, complete)
  const records = [...store.records({ id: ids })].sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
  const folder = resolve(out, 'results')
  publish(store, folder, { id: ids })
  await report(args, { ...sources, slice: plan.slice }, records, agreementsOf(store, records), out, folder)
  const unread = records.filter(r => r.status === 'ok' && r.images.id.length === unreadableIn(r.columns).length)
  return complete && unread.length === 0 && records.every(r => r.status !== 'failed') ? 0 : 1
}

/** What is said of records that are not read, since there may be more of them than memory. */
function stored(store: Store, ids: readonly string[], complete: boolean): number {
  const units = ids.flatMap(id => store.units({ id }))
  const counts = Map.groupBy(units, ({ status }) => status)
  print([...counts].map(([status, { length }]) => `${length} ${status}`).join(', '))
  return complete && !counts.has('failed') ? 0 : 1
}

interface Workers extends AsyncDisposable {
  readonly transport: Transport
}

/** Workers of this machine, or on a queue. */
async function workersFor(
  { queue, patience, window, quiet }: BenchArguments,
  store: Store,
  file: string,
): Promise<Workers> {
  const local = forkedWorkers({ patience })
  if (queue === undefined) return { transport: local, async [Symbol.asyncDispose]() {} }
  const [{ connect, readAddress }, { memberFacts, memberLine }, { queuedWorkers }, { sweepOf }] = await Promise.all([
    import('../queue/address.ts'),
    import('../queue/crew.ts'),
    import('../queue/transport.ts'),
    import('../queue/names.ts'),
  ])
  const address = readAddress(queue === true ? undefined : queue)
  const client = await connect(address, tell)
  const timedOn = store.units({ status: 'ok' }).filter(({ timed }) => timed)
  const transport = queuedWorkers(address, client, {
    ...{ local, window, patience, note: tell, sweep: sweepOf(file) },
    timedOn: timedOn.map(({ header }) => header.environment),
    crew(members) {
      if (quiet || tellEvent('workers', members.map(memberFacts))) return
      for (const member of members) tell(memberLine(member))
    },
  })
  return {
    transport,
    async [Symbol.asyncDispose]() {
      await transport.close()
      client.disconnect()
    },
  }
}

interface Plan extends SweepPlan {
  readonly sources: Sources
}

/** What the arguments ask for, checked before anything is started. */
async function readPlan(args: BenchArguments): Promise<Plan> {
  const methods = chooseMethods(args.methods, await loadExplainers(args.explainer))
  const slice = sliceOf(args.images, parseShard(args.shard), args.batch)
  if (slice.indices.length === 0) throw new UsageError(`--shard ${args.shard}: no image of ${args.images} falls to it`)
  if (!['text', 'json', 'none'].includes(args.format))
    throw new UsageError(`--format: expected text, json or none, got "${args.format}"`)
  const engines = [...new Set(splitList(args.backends))]
  for (const spec of engines) {
    try {
      await checkBackend(spec)
    } catch (error) {
      if (error instanceof UnknownBackendError) known('backend', spec, error.known)
      throw error
    }
  }
  const chosen = chooseFrom('protocol', args.protocols, Object.keys(protocols) as ProtocolId[])
  const thresholds = parseThresholds(args.thresholds)
  const outside = { metrics: await loadMetrics(args.metric), readers: await loadReaders(args.dataset) }
  if (outside.metrics.length > 0 && !chosen.some(id => protocols[id].diagnostics))
    throw new UsageError(
      `--metric: expected a protocol that measures maps by themselves (standard), got ${args.protocols}`,
    )
  const models = chooseModels(args.models, args.checkpoint)
  const datasets = chooseDatasets(args.datasets, outside.readers)
  const sources = await openSources(models, datasets, { ...args, readers: outside.readers })
  return {
    ...{ sources, methods, engines, thresholds, slice },
    metrics: outside.metrics,
    plugins: pluginRefs(outside),
    places: placesOf(sources.datasets, methods, outside),
    protocols: chosen.map(id => protocols[id]),
    batch: args.batch,
    threads: args.threads,
    processes: args.processes,
    rounds: args.rounds,
    seed: args.seed,
    environment: environment(),
    measuringCode: measuringCode(),
    defaults: {
      images: benchDefaults.images,
      thresholds: parseThresholds(benchDefaults.thresholds),
      seed: benchDefaults.seed,
    },
  }
}

/** Prints what a sweep would measure and cost; builds the methods' programs and runs nothing. */
async function dryRun(models: readonly Model[], datasets: readonly Dataset[], plan: SweepPlan): Promise<number> {
  let complete = true
  for (const model of models) {
    const facts = methodFacts(model, plan.methods, ({ explainer }) => codeHash(explainer))
    for (const spec of plan.engines) {
      const engine = await engineFacts(spec, plan.threads)
      complete &&= engine.unavailable === undefined
      const described = plan.methods.map((method, i): DescribedMethod => {
        const own = facts[i] ?? { key: method.key, program: '', relativeFlops: null, unsupported: undefined }
        const code = codeOf(method.explainer)
        return { method, code, facts: { ...own, unsupported: engine.unavailable ?? own.unsupported } }
      })
      for (const dataset of datasets) {
        const units = planUnits({ model, dataset, backend: engine }, described, plan.protocols, plan)
        const cost = describePlan(units, plan.slice)
        print(`${model.id} on ${dataset.id}, ${engine.id}:${engine.engine}: ${cost}`)
      }
    }
  }
  print('Nothing was run.')
  return complete ? 0 : 1
}

async function report(
  args: BenchArguments,
  sources: SheetSources,
  records: readonly BenchRecord[],
  compared: readonly Compared[],
  out: string,
  folder: string,
): Promise<void> {
  const sheet = resolve(out, 'contact-sheet.png')
  await contactSheet(records, sources, sheet)
  const failures = args.failures
    ? await failureSheets(records, sources, args.seed, resolve(out, 'failures'))
    : undefined
  if (args.format === 'json') {
    const rows = records.map(record => {
      const { images: _, columns: __, ...rest } = record
      return { ...rest, ...resultsOf(record), intervals: intervalsOfRecord(record), cost: costOf(record) }
    })
    printJson({ records: rows, contactSheet: sheet, failures, results: folder }, 1)
    return
  }
  const room = args.wide ? undefined : columnsOf(process.stdout)
  const tables = [resultTables(records, room), agreementTables(compared, records, room)].filter(Boolean)
  print(`${tables.join('\n\n')}\n`, { exact: args.wide })
  print(`records        ${relative(here(), folder)}/`, { exact: true })
  print(`contact sheet  ${relative(here(), sheet)}`, { exact: true })
  if (failures) print(`failures       ${relative(here(), failures)}`, { exact: true })
  print(`finished in    ${duration(performance.now() / 1000)}`)
}
