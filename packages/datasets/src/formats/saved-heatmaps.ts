import { renameSync, rmSync } from 'node:fs'
import { DatasetError } from '../errors.ts'
import { closeQuietly, guarded, type OpenHdf5, openHdf5 } from './hdf5.ts'

/** A heatmap of one image as the study saves it, with the image that it explains. */
export interface SavedHeatmap {
  /** The image's file name without its ending. */
  readonly name: string
  /** The class that is explained. */
  readonly label: number
  /** Pixels of image and heatmap. */
  readonly width: number
  readonly height: number
  /** `[channel, row, column]`, in [0, 1] and not normalised. */
  readonly image: Float32Array
  /** `[row, column]`, in [0, 1]; NaN where the method answered with a constant. */
  readonly cam: Float32Array
}

/**
 * Starts a file in the layout of the study's `save_h5.py`: groups `image` `[1, 3, height, width]`, `label` `[1]` and `cam`
 * `[1, height, width]`, each with one dataset a file name. It has its name only once it is complete; where it cannot be written, nothing is left.
 */
export async function createHeatmapFile(path: string) {
  const partial = `${path}.part`
  const opened = await openHdf5(partial, 'w')
  const { file } = opened
  const write = <T>(work: () => T): T => {
    try {
      return guarded(path, work, 'expected an HDF5 file that can be written')
    } catch (error) {
      closeQuietly(opened)
      rmSync(partial, { force: true })
      throw error
    }
  }
  const groups = write(() => ({
    image: file.create_group('image'),
    label: file.create_group('label'),
    cam: file.create_group('cam'),
  }))
  return {
    add({ name, label, width, height, image, cam }: SavedHeatmap): void {
      write(() => {
        groups.image.create_dataset({ name, data: image, shape: [1, 3, height, width], dtype: '<f' })
        groups.label.create_dataset({ name, data: BigInt64Array.of(BigInt(label)), shape: [1], dtype: '<q' })
        groups.cam.create_dataset({ name, data: cam, shape: [1, height, width], dtype: '<f' })
      })
    },
    close(): void {
      write(() => file.close())
      renameSync(partial, path)
    },
  }
}

/** Opens a file of that layout, whoever wrote it; heatmaps are read one at a time. Rejects with a `DatasetError` for another file. */
export async function openHeatmapFile(path: string) {
  const opened = await openHdf5(path, 'r')
  try {
    return heatmapsOf(path, opened)
  } catch (error) {
    closeQuietly(opened)
    throw error
  }
}

/** Most values of an image: the input of a model has fewer than 2048 x 2048 pixels. */
export const MOST_VALUES = 3 * 2048 * 2048

function heatmapsOf(path: string, opened: OpenHdf5) {
  const { file, dataset, values } = opened
  const groups = new Set(guarded(path, () => file.keys()))
  const missing = ['image', 'label', 'cam'].filter(group => !groups.has(group))
  if (missing.length > 0)
    throw new DatasetError(path, `expected the groups image, label and cam, got no ${missing.join(', no ')}`)
  const names = guarded(path, () => {
    const group = file.get('image')
    return group && 'keys' in group ? group.keys() : []
  })
  return {
    /** Sorted, as HDF5 keeps them. */
    names,
    read(name: string): SavedHeatmap {
      const [image, cam] = [floats(`image/${name}`), floats(`cam/${name}`)]
      const [height = 0, width = 0] = image.shape.slice(-2)
      if (image.data.length !== 3 * height * width || cam.data.length !== height * width)
        throw new DatasetError(
          path,
          `${name}: expected cam [1, ${height}, ${width}] for image [${image.shape.join(', ')}], got [${cam.shape.join(', ')}]`,
        )
      const label = values(dataset(`label/${name}`), 1)
      const first = ArrayBuffer.isView(label) && !(label instanceof DataView) ? label[0] : undefined
      if (first === undefined || !Number.isInteger(Number(first)) || Number(first) < 0)
        throw new DatasetError(path, `${name}: expected label [1], a whole number from 0, got ${first}`)
      return { name, label: Number(first), width, height, image: image.data, cam: cam.data }
    },
    close: () => closeQuietly(opened),
  }

  function floats(name: string): { readonly shape: readonly number[]; readonly data: Float32Array } {
    const from = dataset(name)
    const value = values(from, MOST_VALUES)
    if (value instanceof Float32Array || value instanceof Float64Array)
      return { shape: from.shape ?? [], data: Float32Array.from(value) }
    throw new DatasetError(path, `${name}: expected numbers in float32 or float64, got ${JSON.stringify(from.dtype)}`)
  }
}
