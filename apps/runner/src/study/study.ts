import type { Precision } from '@vitrine/backends/core'

import { type Dataset, datasetIds, datasetKinds, openDataset, type Sample, SampleError } from '@vitrine/datasets'
import type { MethodChoice } from '@vitrine/explainers/run'
import { type ModelRun, openModelRun, readSamples } from '@vitrine/measure'
import type { Model } from '@vitrine/models'
import { type Command, Option } from 'commander'
import { UsageError } from '../cli/arguments.ts'
import {
  checkpointOption,
  count,
  explainerOption,
  precisionOption,
  quietOption,
  threadsOption,
} from '../cli/options.ts'
import { type Progress, startProgress } from '../cli/progress.ts'
import { tell } from '../cli/terminal.ts'
import { tellNotes, withClassesOf } from '../open/classes.ts'
import { openEngine } from '../open/engine.ts'
import { chooseMethods, loadExplainers } from '../open/methods.ts'
import { openModel, tellCautions } from '../open/model.ts'
import { chooseDatasets, chooseModels } from '../open/sources.ts'

// What the commands of the study's own workflow share: `localization`, `save-heatmaps` and `abpc`.

export interface StudyArguments {
  readonly method: string
  readonly explainer: readonly string[]
  readonly model: string
  readonly checkpoint: readonly string[]
  readonly backends: string
  readonly batch: number
  readonly threads: number
  /** If absent, what the method needs. */
  readonly precision?: Precision
  readonly quiet: boolean
}

export interface DataArguments {
  readonly dataRoot: string
  readonly images?: number
}

/** The study's names of its methods. */
const ALIASES = new Map([
  ['lrp', 'transformer-attribution'],
  ['rollout', 'attention-rollout'],
])

export function studyOptions(command: Command): Command {
  return command
    .requiredOption(
      '--method <name>',
      'agcam, lrp or rollout, as the study names them, or any other method with options',
    )
    .addOption(explainerOption())
    .option('--model <name>', 'the model to explain', 'icon-vit')
    .addOption(checkpointOption())
    .option('--backends <name>', 'the engine', 'onnx')
    .addOption(count('--batch <n>', 'images per run', 8))
    .addOption(threadsOption())
    .addOption(quietOption())
}

export const dataOptions = (command: Command): Command =>
  command
    .requiredOption('--data-root <root>', `folder of ILSVRC, or another dataset such as ${datasetKinds[1]}:ROOT`)
    .addOption(new Option('--images <n>', 'only so many of its images').argParser(Number))
    .addOption(
      precisionOption(
        'what heatmaps are computed in (default: double for methods in which roundings of float32 grow, such as lrp)',
      ),
    )

/** Opens model and engine, works, and closes the engine whatever happens. */
export async function withStudy<T>(
  args: StudyArguments,
  work: (study: { readonly engine: ModelRun; readonly method: MethodChoice }) => Promise<T>,
): Promise<T> {
  const [method, ...others] = chooseMethods(
    ALIASES.get(args.method) ?? args.method,
    await loadExplainers(args.explainer),
  )
  if (!method || others.length > 0) throw new UsageError(`--method: expected one method, got "${args.method}"`)
  const [spec = '', ...more] = chooseModels(args.model, args.checkpoint)
  if (more.length > 0) throw new UsageError('--checkpoint: expected one file')
  const model = await openModel(spec)
  tellCautions(model)
  const backend = await openEngine(args.backends, {
    threads: args.threads,
    precision: args.precision ?? needed(method),
  })
  const engine = openModelRun(backend, model, args.batch)
  try {
    return await work({ engine, method })
  } finally {
    await engine.dispose()
    await backend.dispose()
  }
}

/** Scores are compared with published ones, so the roundings of one computer may not decide them. */
const needed = ({ explainer }: MethodChoice): Precision => (explainer.conditioning === 'poor' ? 'double' : 'single')

/** The dataset at a root of ILSVRC or of a spec, with the model's classes as its labels. */
export async function openData(model: Model, { dataRoot }: DataArguments): Promise<Dataset> {
  const isSpec = datasetIds.includes(dataRoot) || datasetKinds.some(kind => dataRoot.startsWith(`${kind}:`))
  const [spec = ''] = chooseDatasets(isSpec ? dataRoot : `ilsvrc:${dataRoot}`)
  const dataset = await openDataset(spec)
  tellNotes(dataset)
  return withClassesOf(model, dataset)
}

/**
 * Walks through a dataset in an engine's batches, with progress; images that cannot be read are named at the end.
 *
 * @returns how many images were read
 */
export async function forEachBatch(
  dataset: Dataset,
  label: string,
  { batch }: ModelRun,
  { quiet, images = dataset.size }: StudyArguments & DataArguments,
  work: (samples: readonly Sample[], progress: Progress) => Promise<void>,
): Promise<number> {
  if (!Number.isInteger(images) || images < 1 || images > dataset.size)
    throw new UsageError(`--images: expected 1 to ${dataset.size}, the size of ${dataset.id}, got ${images}`)
  const progress = startProgress(label, images, 'images', quiet)
  const unreadable: SampleError[] = []
  const notes = new Map<string, number>()
  for (let start = 0; start < images; start += batch) {
    const indices = Array.from({ length: Math.min(batch, images - start) }, (_, i) => start + i)
    const found = await readSamples(dataset, indices)
    unreadable.push(...found.filter(sample => sample instanceof SampleError))
    const samples = found.filter((sample): sample is Sample => !(sample instanceof SampleError))
    for (const note of samples.flatMap(sample => sample.notes ?? [])) notes.set(note, (notes.get(note) ?? 0) + 1)
    if (samples.length > 0) await work(samples, progress)
    progress.advance(indices.length)
  }
  progress.end()
  for (const [note, of] of notes) tell(`${of} of ${images} images: ${note}`)
  if (unreadable.length > 0) tell(`${unreadable.length} of ${images} images cannot be read and are left out:`)
  for (const { id, problem } of unreadable) tell(`  ${id}: ${problem}`)
  return images - unreadable.length
}

/** The name of an image in files and sheets: its id without the dataset's. */
export const nameOf = (dataset: Dataset, { id }: Sample): string => id.slice(dataset.id.length + 1).replaceAll('/', '-')

/** The study's name of the file with a method's heatmaps, without ending. */
export const heatmapFileStem = (method: string): string => `ILSVRC_${method.replace(/[^\w.=,[\]-]+/g, '-')}`
