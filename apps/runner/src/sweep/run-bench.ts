import { relative, resolve } from 'node:path'
import { capabilitiesOf, type Precision, UnknownBackendError } from '@vitrine/backends/core'
import { checkBackend } from '@vitrine/backends/node'

import type { Dataset } from '@vitrine/datasets'
import {
  costOf,
  type DescribedMethod,
  describePlan,
  expectSoundColumns,
  intervalsOfRecord,
  methodFacts,
  planUnits,
  resultsOf,
  sliceOf,
  unreadableIn,
} from '@vitrine/measure'
import { codeHash, measuringCode } from '@vitrine/measure/node'
import { findProtocol, gridBases, gridProtocolIds, metricFailures, type Protocol, protocols } from '@vitrine/metrics'
import type { Model } from '@vitrine/models'
import { type BenchRecord, openStore, publish, type Store } from '@vitrine/records'
import { chooseFrom, here, known, parseShard, parseThresholds, splitList, UsageError } from '../cli/arguments.ts'
import { outputFolder } from '../cli/output.ts'
import { duration } from '../cli/progress.ts'
import { columnsOf, print, printJson, tell, tellEvent } from '../cli/terminal.ts'
import { type BenchArguments, benchDefaults } from '../commands/bench.ts'
import { agreementsOf, agreementTables, type Compared, compareEngines } from '../compare/agreement.ts'
import { againstInSweep } from '../open/against.ts'
import { tellNotes, withClassesOf } from '../open/classes.ts'
import { chooseMethods, codeOf, loadExplainers } from '../open/methods.ts'
import { tellCautions } from '../open/model.ts'
import { loadMetrics, loadReaders } from '../open/plugins.ts'
import { chooseDatasets, chooseModels, openSources, type Sources } from '../open/sources.ts'
import { contactSheet, type SheetSources } from '../report/contact-sheet.ts'
import { failureSheets } from '../report/failure-sheet.ts'
import { gridTables } from '../report/grid-table.ts'
import { resultTables } from '../report/table.ts'
import { sweptProtocols } from './axes.ts'
import { engineFacts } from './engine-facts.ts'
import { environment } from './environment.ts'
import { forkedWorkers } from './forked.ts'
import { measureModel } from './orchestrate.ts'
import { placesOf, pluginRefs } from './places.ts'
import type { SweepPlan } from './plan.ts'
import type { Transport } from './task.ts'

/** Sweeps methods x thresholds x protocols over models, datasets and backends. Returns the exit code. */
export async function runBench(args: BenchArguments): Promise<number> {
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
  let [complete, passes] = [true, 0]
  for (const model of models) {
    const fitting = all.map(dataset => withClassesOf(model, dataset))
    const measured = await measureModel(workers.transport, store, model, fitting, plan, args.quiet)
    if (measured === 'interrupted') {
      tell('Stopped. Everything measured so far is kept: the same command goes on from here.')
      return 130
    }
    ids.push(...measured.ids)
    complete &&= measured.complete
    passes += measured.passes
  }

  if (args.format === 'none') {
    compareEngines(store, ids)
    return stored(store, ids, complete)
  }
  const records = [...store.records({ id: ids })].sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
  // A store that was made from files has what was in them.
  for (const record of records) expectSoundColumns(record, `${file}: ${record.id}`)
  compareEngines(store, ids)
  const folder = resolve(out, 'results')
  publish(store, folder, { id: ids })
  await report(args, { ...sources, slice: plan.slice }, records, agreementsOf(store, records), out, folder, passes)
  return complete && records.every(isSound) ? 0 : 1
}

/** Whether a record has numbers of some image, and no metric failed in it. One that cannot be had, as its engine or method says, is no failure. */
const isSound = (record: BenchRecord): boolean =>
  record.status === 'ok'
    ? record.images.id.length > unreadableIn(record.columns).length && metricFailures(record).length === 0
    : record.status !== 'failed'

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
  const before = store.units()
  const transport = queuedWorkers(address, client, {
    ...{ local, window, patience, note: tell, sweep: sweepOf(file) },
    known: before.map(({ header }) => header.backend),
    timedOn: before.filter(({ timed }) => timed).map(({ header }) => header.environment),
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
  const available = await loadExplainers(args.explainer)
  // Mistakes in names are told before models are opened.
  chooseMethods(args.methods, available)
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
  const chosen = protocolsOf(args)
  const thresholds = parseThresholds(args.thresholds)
  const outside = { metrics: await loadMetrics(args.metric), readers: await loadReaders(args.dataset) }
  if (outside.metrics.length > 0 && !chosen.some(protocol => protocol.diagnostics))
    throw new UsageError(
      `--metric: expected a protocol that measures maps by themselves (standard), got ${chosen.map(({ id }) => id).join(', ')}`,
    )
  const models = chooseModels(args.models, args.checkpoint)
  const datasets = chooseDatasets(args.datasets, outside.readers)
  const sources = await openSources(models, datasets, { ...args, readers: outside.readers })
  const methods = chooseMethods(args.methods, available, sources.models)
  return {
    ...{ sources, methods, engines, thresholds, slice },
    metrics: outside.metrics,
    plugins: pluginRefs(outside),
    places: placesOf(sources.datasets, methods, outside),
    protocols: chosen,
    batch: args.batch,
    threads: args.threads,
    ...(args.against !== undefined && { against: againstInSweep(sources.models, args.against) }),
    ...(args.precision && { precision: withPrecision(args.precision, engines) }),
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

function protocolsOf({ protocols: text, sweep }: BenchArguments): Protocol[] {
  const bundled = Object.keys(protocols)
  if (sweep) return sweptProtocols(chooseFrom('protocol', text ?? 'standard', gridBases), sweep)
  const asked = text ?? benchDefaults.protocols
  const ids = asked === 'all' ? bundled : chooseFrom('protocol', asked, [...bundled, ...gridProtocolIds])
  return ids.flatMap(id => findProtocol(id) ?? [])
}

/** The precision, which every engine must have. */
function withPrecision(precision: Precision, engines: readonly string[]): Precision {
  const without = engines.find(spec => !spec.includes(':') || !capabilitiesOf(spec).precisions.includes(precision))
  if (without === undefined) return precision
  throw new UsageError(
    `--precision ${precision}: expected engines that have it, got ${without}; --backends onnx:cpu has it`,
  )
}

/** Prints what a sweep would measure and cost; builds the methods' programs and runs nothing. */
async function dryRun(models: readonly Model[], datasets: readonly Dataset[], plan: SweepPlan): Promise<number> {
  let complete = true
  for (const model of models) {
    const facts = methodFacts(model, plan.methods, ({ explainer }) => codeHash(explainer))
    for (const spec of plan.engines) {
      const engine = await engineFacts(spec, plan.threads, plan.precision)
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
  passes: number,
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
    printJson({ records: rows, forwardPasses: passes, contactSheet: sheet, failures, results: folder }, 1)
    return
  }
  const room = args.wide ? undefined : columnsOf(process.stdout)
  const grid = args.sweep ? gridTables(records, room) : ''
  const tables = [resultTables(records, room), grid, agreementTables(compared, records, room)].filter(Boolean)
  print(`${tables.join('\n\n')}\n`, { exact: args.wide })
  print(`records        ${relative(here(), folder)}/`, { exact: true })
  print(`contact sheet  ${relative(here(), sheet)}`, { exact: true })
  if (failures) print(`failures       ${relative(here(), failures)}`, { exact: true })
  print(`forward passes ${Math.round(passes).toLocaleString('en')}${passes === 0 ? ', all was there already' : ''}`)
  print(`finished in    ${duration(performance.now() / 1000)}`)
}
