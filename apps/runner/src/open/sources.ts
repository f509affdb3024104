import { existsSync } from 'node:fs'
import {
  type Dataset,
  type DatasetDefinition,
  datasetIds,
  datasetKinds,
  openDataset,
  resolveDatasetSpec,
} from '@vitrine/datasets'
import { type Model, modelIds } from '@vitrine/models'
import { fromHere, here, known, splitList, UsageError } from '../cli/arguments.ts'
import { withClassesOf } from './classes.ts'
import { datasetNames } from './dataset-names.ts'
import { openModel } from './model.ts'

/**
 * Specs of datasets from a list: ids of bundled ones, `KIND:PATH`, or `all` bundled ones. Paths become absolute.
 *
 * @param readers kinds that are not bundled
 */
export function chooseDatasets(text: string, readers: readonly DatasetDefinition[] = []): string[] {
  if (text === 'all') return [...datasetIds]
  const kinds = [...datasetKinds, ...readers.map(({ kind }) => kind)]
  const names = [...datasetIds, ...kinds.map(kind => `${kind}:PATH`)]
  const specs = splitList(text).map(item => {
    const isFile = kinds.some(kind => item.startsWith(`${kind}:`))
    return isFile ? resolveDatasetSpec(item, here(), { readers }) : known('dataset', item, names)
  })
  if (specs.length === 0) throw new UsageError(`expected at least one dataset. Known: ${datasetNames}.`)
  return [...new Set(specs)]
}

/** Specs of models: files of weights, or else names and places from a list, or `all` bundled ones. */
export function chooseModels(text: string, checkpoints: readonly string[] = []): string[] {
  if (checkpoints.length > 0) return [...new Set(checkpoints.map(fromHere))]
  const isPlace = (name: string) => /[:/.[]/.test(name) || existsSync(fromHere(name))
  const names = text === 'all' ? modelIds : splitList(text)
  const specs = names.map(name => (isPlace(name) ? name : known('model', name, modelIds)))
  if (specs.length === 0) throw new UsageError(`expected at least one model. Known: ${modelIds.join(', ')}.`)
  return [...new Set(specs)]
}

/** Models and datasets that fit each other, opened once so that what is wrong is said before anything runs. */
export interface Sources {
  readonly models: readonly Model[]
  /** By spec. */
  readonly datasets: ReadonlyMap<string, Dataset>
}

export interface SourceOptions {
  readonly seed: number
  readonly images: number
  /** Kinds of datasets that are not bundled. */
  readonly readers?: readonly DatasetDefinition[]
}

export async function openSources(
  modelSpecs: readonly string[],
  datasetSpecs: readonly string[],
  { seed, images, readers = [] }: SourceOptions,
): Promise<Sources> {
  const models: Model[] = []
  for (const spec of modelSpecs) models.push(await openModel(spec))
  const datasets = new Map<string, Dataset>()
  for (const spec of datasetSpecs) datasets.set(spec, await openDataset(spec, { seed, readers }))
  for (const dataset of datasets.values()) {
    if (dataset.size < images) throw new UsageError(`--images: ${dataset.id} has ${dataset.size} images, got ${images}`)
    for (const model of models) withClassesOf(model, dataset)
  }
  expectDistinct('models', models)
  expectDistinct('datasets', [...datasets.values()])
  return { models, datasets }
}

/** Records are told apart by ids. */
function expectDistinct(what: string, items: readonly { readonly id: string }[]): void {
  const twice = items.find(({ id }, i) => items.findIndex(other => other.id === id) !== i)
  if (twice)
    throw new UsageError(
      `two ${what} are called "${twice.id}": rename one, or measure them in two runs with an --out each`,
    )
}
