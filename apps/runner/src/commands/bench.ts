import { mkdirSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { type Backend, EngineUnavailableError, openBackend, UnknownBackendError } from '@vitrine/backends'
import { type Dataset, datasetIds, openDataset } from '@vitrine/datasets'
import type { MethodChoice } from '@vitrine/explainers'
import { type Protocol, type ProtocolId, protocols } from '@vitrine/metrics'
import { type Model, modelIds, openModel } from '@vitrine/models'
import { type BenchRecord, openStore, publish, type Store } from '@vitrine/records'
import type { Command } from 'commander'
import { contactSheet } from '../contact-sheet.ts'
import { type Engine, openEngine } from '../engine.ts'
import { chooseMethods, loadExplainers } from '../methods.ts'
import { count, explainerOption, quietOption, threadsOption } from '../options.ts'
import { type PlannedUnit, planUnits, type Slice, sliceOf } from '../plan.ts'
import { duration, startProgress } from '../progress.ts'
import { openUnits, type Pending, type SweepOptions, sweep } from '../sweep.ts'
import { resultTables } from '../table.ts'
import { timeMethods } from '../timing.ts'
import { chooseFrom, known, parseShard, parseThresholds, splitList, UsageError } from '../usage.ts'

export interface BenchArguments {
  readonly methods: string
  readonly explainer: readonly string[]
  readonly backends: string
  readonly thresholds: string
  readonly models: string
  readonly datasets: string
  readonly protocols: string
  readonly images: number
  readonly batch: number
  readonly threads: number
  readonly seed: number
  readonly shard: string
  readonly rounds: number
  readonly out: string
  readonly format: string
  readonly quiet: boolean
  readonly dryRun: boolean
}

/** What `bench` does where nothing else is said. */
export const benchDefaults = {
  methods: 'all',
  backends: 'onnx',
  thresholds: '0.1:0.9:0.1',
  models: 'icon-vit',
  datasets: 'all',
  protocols: 'all',
  images: 12,
  batch: 8,
  seed: 0,
  shard: '1/1',
  rounds: 7,
  out: 'out',
  format: 'text',
} as const

interface Job {
  readonly model: Model
  readonly dataset: Dataset
  readonly backend: Backend
  readonly units: readonly PlannedUnit[]
  readonly slice: Slice
}

/** Adds the command to the program. */
export function register(vitrine: Command): void {
  vitrine
    .command('bench')
    .description('sweep methods x thresholds x protocols over models, datasets and backends')
    .option(
      '--methods <list>',
      'methods with options, such as agcam,attention-rollout[discardRatio=0.9]',
      benchDefaults.methods,
    )
    .addOption(explainerOption())
    .option('--backends <list>', 'engines: onnx, onnx:cuda, tfjs, tfjs:wasm, …', benchDefaults.backends)
    .option('--thresholds <list>', 'ascending numbers, or start:end:step', benchDefaults.thresholds)
    .option('--models <list>', 'models to explain', benchDefaults.models)
    .option('--datasets <list>', 'datasets to explain them on', benchDefaults.datasets)
    .option('--protocols <list>', 'paper, standard', benchDefaults.protocols)
    .addOption(count('--images <n>', 'images of each dataset', benchDefaults.images))
    .addOption(count('--batch <n>', 'images per run', benchDefaults.batch))
    .addOption(threadsOption())
    .addOption(count('--seed <n>', 'seed of scenes, random maps and ties', benchDefaults.seed, 0))
    .option('--shard <i/n>', 'the i-th of n parts of each dataset', benchDefaults.shard)
    .addOption(count('--rounds <n>', 'rounds of the timing', benchDefaults.rounds))
    .option('--out <dir>', 'folder of the store, the records and the contact sheet', benchDefaults.out)
    .option('--format <kind>', 'text or json, on stdout', benchDefaults.format)
    .addOption(quietOption())
    .option('--dry-run', 'print the plan and its cost in forward passes, run nothing', false)
    .addHelpText(
      'after',
      `
Examples:
  pnpm bench                                              everything that is bundled
  pnpm bench --methods agcam,random --images 100          two methods on more images
  pnpm bench --explainer ./mine.ts --methods mine,agcam   a method of your own against AGCAM
  pnpm bench --shard 2/4 --out out/2                      the second quarter, on another machine
  pnpm bench --dry-run                                    what it would cost

A run that was stopped goes on when the same command is given again.
Exit code: 0 all measured, 1 a row failed or an engine is missing, 2 wrong usage, 130 interrupted.`,
    )
    .action(async options => {
      process.exitCode = await bench(options)
    })
}

/** Sweeps methods x thresholds x protocols over models, datasets and backends. Answers with the exit code. */
export async function bench(args: BenchArguments): Promise<number> {
  const methods = chooseMethods(args.methods, await loadExplainers(args.explainer))
  const chosen = chooseFrom('protocol', args.protocols, Object.keys(protocols) as ProtocolId[]).map(id => protocols[id])
  const thresholds = parseThresholds(args.thresholds)
  const slice = sliceOf(args.images, parseShard(args.shard))
  if (slice.indices.length === 0) throw new UsageError(`--shard ${args.shard}: no image of ${args.images} falls to it`)
  if (args.format !== 'text' && args.format !== 'json')
    throw new UsageError(`--format: expected text or json, got "${args.format}"`)
  const out = resolve(process.env.INIT_CWD ?? '.', args.out)

  const models = await Promise.all(chooseFrom('model', args.models, modelIds).map(openModel))
  const datasets = await Promise.all(
    chooseFrom('dataset', args.datasets, datasetIds).map(id => openDataset(id, { seed: args.seed })),
  )
  const tooFew = datasets.find(d => d.size < args.images)
  if (tooFew) throw new UsageError(`--images: ${tooFew.id} has ${tooFew.size} images, got ${args.images}`)
  const backends: Backend[] = []
  const missing: EngineUnavailableError[] = []
  for (const spec of splitList(args.backends)) {
    try {
      backends.push(await openBackend(spec, { threads: args.threads }))
    } catch (error) {
      if (error instanceof UnknownBackendError) known('backend', spec, error.known)
      if (!(error instanceof EngineUnavailableError)) throw error
      missing.push(error)
      process.stderr.write(`${error.message}\n`)
    }
  }
  const jobs = models.flatMap(model =>
    backends.flatMap(backend =>
      datasets.map((dataset): Job => {
        const defaults = {
          images: benchDefaults.images,
          thresholds: parseThresholds(benchDefaults.thresholds),
          seed: benchDefaults.seed,
        }
        const options = { thresholds, seed: args.seed, slice, batch: args.batch, defaults }
        return {
          model,
          dataset,
          backend,
          slice,
          units: planUnits({ model, dataset, backend }, methods, chosen, options),
        }
      }),
    ),
  )
  if (args.dryRun) {
    process.stdout.write(`${describePlan(jobs, methods, chosen)}\n`)
    return missing.length > 0 ? 1 : 0
  }

  mkdirSync(out, { recursive: true })
  using store = openStore(resolve(out, 'vitrine.sqlite'))
  let interrupted = false
  const interrupt = () => {
    interrupted = true
  }
  process.once('SIGINT', interrupt)
  const ids: string[] = []
  const timed: Timed = new Map()
  for (const job of jobs) ids.push(...(await runJob(store, job, methods, args, thresholds, timed, () => interrupted)))
  process.removeListener('SIGINT', interrupt)
  for (const backend of backends) await backend.dispose()
  if (interrupted) {
    process.stderr.write('Stopped. Everything measured so far is kept: the same command goes on from here.\n')
    return 130
  }

  const records = [...store.records({ id: ids })].sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
  const folder = resolve(out, 'results')
  publish(store, folder, { id: ids })
  await report(args, records, out, folder)
  return records.some(r => r.status === 'failed') || missing.length > 0 ? 1 : 0
}

async function runJob(
  store: Store,
  { model, dataset, backend, units, slice }: Job,
  methods: readonly MethodChoice[],
  args: BenchArguments,
  thresholds: readonly number[],
  timed: Timed,
  stopped: () => boolean,
): Promise<string[]> {
  const pending = openUnits(store, units, slice.indices.length)
  const missing = new Set(pending.flatMap(p => [...p.missing])).size
  const label = `${model.id} on ${dataset.id}, ${backend.id}:${backend.engine}`
  const engine = openEngine(backend, model, args.batch)
  if (missing > 0 && !stopped()) {
    const progress = startProgress(label, missing, 'images', args.quiet)
    if (missing < slice.indices.length)
      progress.note(`${label}: ${slice.indices.length - missing} images are there already`)
    const options = { thresholds, seed: args.seed, slice, onImages: progress.advance, stopped }
    try {
      await sweep(engine, dataset, store, pending, options)
    } catch (error) {
      progress.note(`${label}: ${messageOf(error)}; each method goes on alone`)
      await sweepApart(engine, dataset, store, pending, options)
    }
    progress.end()
  }
  if (!stopped()) await timeJob(store, { model, backend }, pending, methods, args, timed)
  await engine.dispose()
  return pending.map(p => p.id)
}

/** One method at a time, so that one that fails costs its own rows and no others. */
async function sweepApart(
  engine: Engine,
  dataset: Dataset,
  store: Store,
  pending: readonly Pending[],
  options: SweepOptions,
): Promise<void> {
  for (const [method, units] of Map.groupBy(pending, p => p.unit.method)) {
    try {
      const ids = units.map(p => p.unit)
      await sweep(engine, dataset, store, openUnits(store, ids, options.slice.indices.length), options)
    } catch (error) {
      process.stderr.write(`${method.key}: ${messageOf(error)}\n`)
      for (const { id } of units) store.fail(id, messageOf(error))
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Timing does not depend on the data: what was taken for one dataset is used for the others of a run. */
type Timed = Map<string, Awaited<ReturnType<typeof timeMethods>>>

async function timeJob(
  store: Store,
  { model, backend }: Pick<Job, 'model' | 'backend'>,
  pending: readonly { readonly unit: PlannedUnit; readonly id: string }[],
  methods: readonly MethodChoice[],
  { batch, rounds, quiet }: BenchArguments,
  timed: Timed,
): Promise<void> {
  const untimed = pending.filter(({ id }) => {
    const record = store.record(id)
    return record?.status === 'ok' && record.timing === null
  })
  const needed = methods.filter(m => untimed.some(({ unit }) => unit.method === m))
  if (needed.length === 0) return
  const key = `${model.id} ${backend.id}:${backend.engine} ${needed.map(m => m.key).join(' ')}`
  let timings = timed.get(key)
  if (!timings) {
    const progress = startProgress(`timing ${model.id}, ${backend.id}:${backend.engine}`, rounds, 'rounds', quiet)
    timings = await timeMethods(backend, model, needed, { batch, rounds, onRound: () => progress.advance(1) })
    progress.end()
    timed.set(key, timings)
  }
  for (const { unit, id } of untimed) {
    const method = timings.methods.get(unit.method.key)
    if (method)
      store.saveTiming(id, {
        unit: 'ms',
        batch,
        threads: backend.threads,
        forward: [...timings.forward],
        method: [...method],
      })
  }
}

function describePlan(jobs: readonly Job[], methods: readonly MethodChoice[], chosen: readonly Protocol[]): string {
  // A map's two curves without their ends, which are the prediction's own pass and one that all share.
  const curves = ({ explainer }: MethodChoice, { faithfulness: { steps, targets } }: Protocol, most: boolean) =>
    explainer.scale === 'unit' ? 0 : 2 * (steps.length - 2) * (most && explainer.classSpecific ? targets.length : 1)
  const least = methods.reduce((sum, m) => sum + Math.max(...chosen.map(p => curves(m, p, false))), 0)
  const most = methods.reduce((sum, m) => sum + chosen.reduce((n, p) => n + curves(m, p, true), 0), 0)
  const lines = jobs.map(({ model, dataset, backend, units, slice }) => {
    const images = slice.indices.length
    const dearest = Math.max(0, ...units.map(u => u.relativeFlops ?? 0))
    const sampled = units.filter(u => u.relativeFlops === undefined && u.unsupported === undefined)
    const uncounted = new Set(sampled.map(u => u.method)).size
    const more = uncounted > 0 ? `, and ${uncounted} sampled methods, whose passes are counted as they run` : ''
    return `${model.id} on ${dataset.id}, ${backend.id}:${backend.engine}: ${units.length} records, ${images} images, ${images * least + 1} to ${images * most + 1} forward passes and ${images} to ${2 * images} explanations (the dearest method worth ${dearest.toFixed(1)} passes${more})`
  })
  return [...lines, `${jobs.reduce((n, j) => n + j.units.length, 0)} records in all. Nothing was run.`].join('\n')
}

async function report(
  args: BenchArguments,
  records: readonly BenchRecord[],
  out: string,
  folder: string,
): Promise<void> {
  const sheet = resolve(out, 'contact-sheet.png')
  await contactSheet(records, args.seed, sheet)
  const here = process.env.INIT_CWD ?? process.cwd()
  if (args.format === 'json') {
    const rows = records.map(({ images: _, columns: __, ...rest }) => rest)
    process.stdout.write(`${JSON.stringify({ records: rows, contactSheet: sheet, results: folder }, null, 1)}\n`)
    return
  }
  const elapsed = duration(performance.now() / 1000)
  process.stdout.write(
    `${resultTables(records)}\n\nrecords        ${relative(here, folder)}/\ncontact sheet  ${relative(here, sheet)}\nfinished in    ${elapsed}\n`,
  )
}
