import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Dataset } from './dataset.ts'
import { type DatasetDefinition, defineDataset } from './define.ts'
import { DatasetError } from './errors.ts'
import { problemOf } from './printable.ts'
import { readers } from './registry.ts'
import type { IconSceneOptions } from './scenes/icon-scenes.ts'
import { type SplitId, splits } from './scenes/splits.ts'

const isSplit = (id: string): id is SplitId => Object.hasOwn(splits, id)

/** The ids of the bundled datasets. */
export const datasetIds: readonly string[] = Object.keys(splits)

/** What stands before the path of a dataset in files, as in `ilsvrc:ROOT`. */
export const datasetKinds: readonly string[] = readers.map(({ kind }) => kind)

/** Kinds that are not bundled, as `loadDataset` gives them. */
export interface Outside {
  readonly readers?: readonly DatasetDefinition[]
}

/** `kind:path`, with `?split=name` behind it where another part than the usual one is meant. */
const SPEC = /^([a-z0-9-]+):(.+?)(?:\?split=([^?]+))?$/s

/**
 * The same spec with an absolute path, so that it means the same in another process. Ids of bundled datasets stay as they are.
 *
 * @param base where relative paths start
 * @throws {DatasetError} for what is neither an id nor a spec
 */
export function resolveDatasetSpec(spec: string, base = '.', outside: Outside = {}): string {
  if (isSplit(spec)) return spec
  const { reader, path, split } = parseSpec(spec, outside)
  return `${reader.kind}:${resolve(base, path.replace(/^~(?=\/|$)/, homedir()))}${split === undefined ? '' : `?split=${split}`}`
}

function parseSpec(spec: string, { readers: others = [] }: Outside) {
  const all = [...readers, ...others]
  const twice = others.find(({ kind }) => all.filter(other => other.kind === kind).length > 1)
  if (twice) throw new DatasetError('openDataset', `expected each kind of dataset once, got "${twice.kind}" twice`)
  const [, kind = '', path = '', split] = SPEC.exec(spec) ?? []
  const reader = all.find(reader => reader.kind === kind)
  if (reader) return { reader, path, split }
  const known = `${datasetIds.join(', ')}, or KIND:PATH with one of ${all.map(reader => reader.kind).join(', ')}`
  throw new DatasetError('openDataset', `expected ${known}, got "${spec}"`)
}

/**
 * Opens a dataset: a bundled one by its id, one in files by its kind and path, `voc:ROOT?split=Main/test`. Images are made or read when
 * they are asked for. Rejects with a `DatasetError` for an unknown id and for files that are not as the kind wants them. Seed and size
 * concern bundled scenes only.
 *
 * @example
 * const scenes = await openDataset('icon-scenes', { seed: 0, size: 224 })
 * const { image, label, objects } = await scenes.sample(17)
 * const photographs = await openDataset('ilsvrc:/data/ILSVRC')
 * const mine = await openDataset('my-dataset:/data/mine', { readers: [await loadDataset('./mine.ts')] })
 */
export async function openDataset(spec: string, options: IconSceneOptions & Outside = {}): Promise<Dataset> {
  if (isSplit(spec)) {
    const { iconScenes } = await import('./scenes/icon-scenes.ts')
    return iconScenes(spec, options)
  }
  const { reader, path, split } = parseSpec(resolveDatasetSpec(spec, '.', options), options)
  return reader.open({ root: path, ...(split !== undefined && { split }) })
}

/**
 * The kind of dataset that a module defines: its default export, made with `defineDataset`.
 *
 * @param file path of the module, absolute or from the working directory
 * @throws {DatasetError} for a module that cannot be loaded or exports something else
 */
export async function loadDataset(file: string): Promise<DatasetDefinition> {
  let module: { readonly default?: unknown }
  try {
    module = await import(pathToFileURL(resolve(file)).href)
  } catch (error) {
    throw new DatasetError(file, `cannot be loaded: ${problemOf(error)}`, { cause: error })
  }
  const found = module.default
  if (!isDefinition(found))
    throw new DatasetError(
      file,
      `expected \`export default defineDataset({ … })\`, got ${found === undefined ? 'no default export' : `a default export without ${missingOf(found)}`}`,
    )
  return defineDataset(found)
}

const fields = ['kind', 'name', 'root', 'reads', 'assumes', 'open'] as const

const missingOf = (found: unknown): string =>
  fields.filter(field => typeof found !== 'object' || found === null || !(field in found)).join(', ')

const isDefinition = (found: unknown): found is DatasetDefinition => missingOf(found) === ''
