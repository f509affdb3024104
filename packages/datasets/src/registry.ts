import type { Dataset } from './dataset.ts'
import { DatasetError } from './errors.ts'
import { type IconSceneOptions, iconScenes, type SplitId, splits } from './icon-scenes.ts'

const isSplit = (id: string): id is SplitId => Object.hasOwn(splits, id)

/** The ids that `openDataset` knows. */
export const datasetIds: readonly string[] = Object.keys(splits)

/**
 * Opens a dataset by its id; images are made when they are asked for. Rejects with a `DatasetError` for an unknown id.
 *
 * @example
 * const scenes = await openDataset('icon-scenes', { seed: 0, size: 224 })
 * const { image, label, objects } = await scenes.sample(17)
 */
export async function openDataset(id: string, options: IconSceneOptions = {}): Promise<Dataset> {
  if (isSplit(id)) return iconScenes(id, options)
  throw new DatasetError('openDataset', `expected one of ${datasetIds.join(', ')}, got "${id}"`)
}
