import { homedir } from 'node:os'
import { resolve } from 'node:path'
import type { Dataset } from './dataset.ts'
import { DatasetError } from './errors.ts'
import type { Reader } from './files.ts'
import { coco } from './readers/coco.ts'
import { cub } from './readers/cub.ts'
import { folder } from './readers/folder.ts'
import { ilsvrc } from './readers/ilsvrc.ts'
import { imagenetS } from './readers/imagenet-s.ts'
import { imagenetSegmentation } from './readers/imagenet-segmentation.ts'
import { voc } from './readers/voc.ts'
import { type IconSceneOptions, iconScenes, type SplitId, splits } from './scenes/icon-scenes.ts'

const isSplit = (id: string): id is SplitId => Object.hasOwn(splits, id)

/** The ids of the bundled datasets. */
export const datasetIds: readonly string[] = Object.keys(splits)

const readers: Readonly<Record<string, Reader>> = {
  ilsvrc,
  voc,
  cub,
  coco,
  'imagenet-s': imagenetS,
  'imagenet-segmentation': imagenetSegmentation,
  folder,
}

/** What stands before the path of a dataset in files, as in `ilsvrc:ROOT`. */
export const datasetKinds: readonly string[] = Object.keys(readers)

/** `kind:path`, with `?split=name` behind it where another part than the usual one is meant. */
const SPEC = /^([a-z-]+):(.+?)(?:\?split=([^?]+))?$/

/**
 * The same spec with an absolute path, so that it means the same in another process. Ids of bundled datasets stay as they are.
 *
 * @param base where relative paths start
 * @throws {DatasetError} for what is neither an id nor a spec
 */
export function resolveDatasetSpec(spec: string, base = '.'): string {
  if (isSplit(spec)) return spec
  const { kind, path, split } = parseSpec(spec)
  return `${kind}:${resolve(base, path.replace(/^~(?=\/|$)/, homedir()))}${split === undefined ? '' : `?split=${split}`}`
}

function parseSpec(spec: string): { kind: string; path: string; split: string | undefined } {
  const [, kind = '', path = '', split] = SPEC.exec(spec) ?? []
  if (Object.hasOwn(readers, kind)) return { kind, path, split }
  const known = `${datasetIds.join(', ')}, or KIND:PATH with one of ${datasetKinds.join(', ')}`
  throw new DatasetError('openDataset', `expected ${known}, got "${spec}"`)
}

/**
 * Opens a dataset: a bundled one by its id, one in files by its kind and path, `voc:ROOT?split=Main/test`. Images are made or read when
 * they are asked for. Rejects with a `DatasetError` for an unknown id and for files that are not as the kind wants them. The options
 * concern bundled scenes only.
 *
 * @example
 * const scenes = await openDataset('icon-scenes', { seed: 0, size: 224 })
 * const { image, label, objects } = await scenes.sample(17)
 * const photographs = await openDataset('ilsvrc:/data/ILSVRC')
 */
export async function openDataset(spec: string, options: IconSceneOptions = {}): Promise<Dataset> {
  if (isSplit(spec)) return iconScenes(spec, options)
  const { kind, path, split } = parseSpec(resolveDatasetSpec(spec))
  const reader = readers[kind] as Reader
  return reader({ root: path, ...(split !== undefined && { split }) })
}
