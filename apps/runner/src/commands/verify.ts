import { availableParallelism } from 'node:os'
import { datasetIds } from '@vitrine/datasets'
import { expectSoundColumns, sliceOf } from '@vitrine/measure'
import { measuringCode } from '@vitrine/measure/node'
import { findProtocol, protocols } from '@vitrine/metrics'
import { modelIds } from '@vitrine/models'
import { type BenchRecord, engineOf, isDouble, methodLabel, openStore, readRecord } from '@vitrine/records'
import type { Command } from 'commander'
import { fromHere, known, UsageError } from '../cli/arguments.ts'
import { explainerOption, metricOption, quietOption, repeated } from '../cli/options.ts'
import { duration } from '../cli/progress.ts'
import { print as printText, tell } from '../cli/terminal.ts'
import { judge } from '../compare/verdict.ts'
import { withClassesOf } from '../open/classes.ts'
import { choiceOf, loadExplainers } from '../open/methods.ts'
import { isModule, loadMetrics, loadReaders, metricsOfRecord } from '../open/plugins.ts'
import { chooseDatasets, openSources, type SourceOptions, type Sources } from '../open/sources.ts'
import { environment } from '../sweep/environment.ts'
import { inProcess } from '../sweep/in-process.ts'
import { measureModel } from '../sweep/orchestrate.ts'
import { placesOf, pluginRefs } from '../sweep/places.ts'
import type { SweepPlan } from '../sweep/plan.ts'
import { benchDefaults } from './bench.ts'

export interface VerifyArguments {
  readonly explainer: readonly string[]
  readonly model?: string
  readonly dataset?: string
  /** Files of metrics of the record that are not bundled. */
  readonly metric?: readonly string[]
  /** Files of kinds of datasets that are not bundled. */
  readonly readers?: readonly string[]
  readonly hub?: boolean
  readonly tolerance: number
  readonly quiet: boolean
}

export const TOLERANCE = 0.001

/** Adds the options that say where models, images and plugins of a record are, and how far a number may be from it. */
export const withPlaces = (command: Command) =>
  command
    .addOption(explainerOption())
    .option('--model <spec>', 'where the model is, unless it is a bundled one')
    .addOption(metricOption())
    .addOption(
      repeated(
        '--dataset <spec>',
        'where the images are, unless they are bundled; or a module with their kind of dataset',
      ),
    )
    .option('--hub', 'download models that records name on the hub', false)
    .option('--tolerance <n>', 'how far a number may be from the published one', parseTolerance, TOLERANCE)
    .addOption(quietOption())

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  withPlaces(
    command.argument('<file...>', 'record files, such as results/icon-vit/icon-scenes/standard/agcam.onnx-cpu.json'),
  )
    .addHelpText(
      'after',
      `
Example:
  npx -y pnpm@12 vitrine verify results/icon-vit/icon-scenes/standard/agcam.onnx-cpu.json

A record opens nothing but what is bundled: other models and images are named with --model and --dataset, or allowed with --hub.
Times are not compared. A file that cannot be checked does not stop the others.
Exit code: 0 every record holds, 1 one does not, 2 one cannot be checked or wrong usage, 130 interrupted.`,
    )
    .action(async (files: string[], { dataset: given, ...options }) => {
      process.exitCode = await verify(files, { ...options, ...datasetOf(given) })
    })
}

/** Modules are told from places by their names. */
export function datasetOf(given: readonly string[]): Pick<VerifyArguments, 'dataset' | 'readers'> {
  const [dataset, ...others] = given.filter(word => !isModule(word))
  if (others.length > 0) throw new UsageError(`--dataset: expected one place, got ${[dataset, ...others].join(', ')}`)
  return { readers: given.filter(isModule), ...(dataset !== undefined && { dataset }) }
}

export function parseTolerance(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value < 1)) {
    throw new UsageError(`--tolerance: expected a number from 0 to below 1, got "${text}"`)
  }
  return value
}

/** What became of one file. */
type Outcome = 'holds' | 'does not hold' | 'cannot be checked'

/** Measures each record anew and prints a verdict; a file that cannot be checked does not stop the others. Returns the exit code. */
export async function verify(
  files: readonly string[],
  args: VerifyArguments,
  print: (text: string) => void = printText,
): Promise<number> {
  const open = sourcesOnce()
  const outcomes: Outcome[] = []
  const start = performance.now()
  for (const [i, file] of files.entries()) {
    if (files.length > 1 && !args.quiet) tell(`${i + 1} of ${files.length}${leftAfter(i, files.length, start)}`)
    try {
      const record = readRecord(fromHere(file))
      expectSoundColumns(record, file)
      const again = await runAgain(record, args, open)
      if (again === 'interrupted') {
        print(`${tally(outcomes)}; stopped before ${file}`)
        return 130
      }
      const { holds, lines } = judge(record, again, args.tolerance)
      outcomes.push(holds ? 'holds' : 'does not hold')
      const { model, dataset, protocol } = record
      const title = [methodLabel(record), model.id, dataset.id, protocol.id, engineOf(record)].join(' · ')
      print(`${[title, ...lines, outcomes.at(-1)].join('\n')}\n`)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      outcomes.push('cannot be checked')
      print(`${file}\n${error.message}\ncannot be checked\n`)
    }
  }
  print(tally(outcomes))
  if (outcomes.includes('does not hold')) return 1
  return outcomes.includes('cannot be checked') ? 2 : 0
}

function tally(outcomes: readonly Outcome[]): string {
  const count = (wanted: Outcome) => outcomes.filter(outcome => outcome === wanted).length
  const unchecked = count('cannot be checked')
  return `${count('holds')} of ${outcomes.length} hold${unchecked > 0 ? `, ${unchecked} cannot be checked` : ''}`
}

/** How long the rest takes at the pace so far. */
function leftAfter(done: number, total: number, start: number): string {
  const seconds = (performance.now() - start) / 1000
  return done === 0 ? '' : `, about ${duration((seconds * (total - done)) / done)} left`
}

export type OpenSources = (model: string, dataset: string, asked: SourceOptions) => Promise<Sources>

/** Opens each model with a dataset once, however many records are of them. */
export function sourcesOnce(): OpenSources {
  const known = new Map<string, Promise<Sources>>()
  return (model, dataset, asked) => {
    const { seed, images, readers = [] } = asked
    const key = JSON.stringify([model, dataset, seed, images])
    const found = known.get(key) ?? openSources([model], chooseDatasets(dataset, readers), asked)
    known.set(key, found)
    return found
  }
}

/**
 * Measures a record anew.
 *
 * @param part every `of`-th of its images from the `index`-th on, counted from 1; all of them without it
 */
export async function runAgain(
  record: BenchRecord,
  args: Omit<VerifyArguments, 'tolerance'>,
  open: OpenSources,
  part?: { readonly index: number; readonly of: number },
): Promise<BenchRecord | 'interrupted'> {
  const { dataset: asked, seed } = record
  const images = asked.slice?.images ?? asked.images
  const outside = {
    metrics: metricsOfRecord(record, await loadMetrics(args.metric ?? [])),
    readers: await loadReaders(args.readers ?? []),
  }
  const { readers } = outside
  const sources = await open(modelSpec(record, args), datasetSpec(record, args), { seed, images, readers })
  const [model] = sources.models
  if (!model) throw new Error(`[vitrine] [verify] ${record.id}: expected a model, got none`)
  const datasets = [...sources.datasets.values()].map(dataset => withClassesOf(model, dataset))
  using store = openStore(':memory:')
  const plan = await planOf(record, args, part)
  const places = placesOf(sources.datasets, plan.methods, outside)
  const whole = { ...plan, places, metrics: outside.metrics, plugins: pluginRefs(outside) }
  const measured = await measureModel(inProcess, store, model, datasets, whole, args.quiet)
  if (measured === 'interrupted') return measured
  const found = store.record(measured.ids[0] ?? '')
  if (!found) throw new Error(`${record.id} could not be measured again`)
  return found
}

/** A record names its model; only what is bundled is opened unasked. */
function modelSpec({ model: { id } }: BenchRecord, { model, hub }: Pick<VerifyArguments, 'model' | 'hub'>): string {
  if (model !== undefined) return model
  if (modelIds.includes(id) || (hub === true && /^(hf|timm):/.test(id))) return id
  throw new UsageError(
    /^(hf|timm):/.test(id)
      ? `the record is of ${id}: --hub allows to download it, --model FILE names a copy`
      : `the record is of the model "${id}", which is not bundled: --model FILE says where it is`,
  )
}

function datasetSpec({ dataset: { id } }: BenchRecord, { dataset }: Pick<VerifyArguments, 'dataset'>): string {
  if (dataset !== undefined) return dataset
  if (datasetIds.includes(id)) return id
  throw new UsageError(
    `the record is of the images of "${id}", which are not bundled: --dataset KIND:FOLDER says where they are`,
  )
}

const unknownProtocol = (id: string): never => {
  throw new UsageError(
    `unknown protocol "${id}". Known: ${Object.keys(protocols).join(', ')}, and curves such as standard-blur.`,
  )
}

/** What made the record: one method, one protocol, one engine. */
async function planOf(
  { backend, dataset, method, protocol, seed, thresholds, ...record }: BenchRecord,
  { explainer }: Pick<VerifyArguments, 'explainer'>,
  part?: { readonly index: number; readonly of: number },
): Promise<Omit<SweepPlan, 'places'>> {
  const all = await loadExplainers(explainer)
  const id = known(
    'method',
    method.id,
    all.map(e => e.id),
  )
  const found = all.find(e => e.id === id)
  if (!found) throw new UsageError(`unknown method "${method.id}"`)
  const { shard = 1, of = 1, images = dataset.images, block = 1 } = dataset.slice ?? {}
  return {
    methods: [choiceOf(found, method.options)],
    protocols: [findProtocol(protocol.id) ?? unknownProtocol(protocol.id)],
    engines: [engineOf({ ...record, backend })],
    thresholds,
    slice: sliceOf(images, part ?? { index: shard, of }, part ? 1 : block),
    batch: backend.batch,
    threads: backend.threads ?? availableParallelism(),
    against: record.target?.against,
    ...(isDouble({ backend }) && { precision: 'double' as const }),
    processes: 1,
    rounds: 0,
    seed,
    environment: environment(),
    measuringCode: measuringCode(),
    defaults: { images: benchDefaults.images, thresholds, seed: benchDefaults.seed },
  }
}
