import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { RgbImage } from '../dataset.ts'
import { DatasetError } from '../errors.ts'
import { type Entry, fileDataset, isFile, type Reader } from '../files.ts'
import { type Hdf5Dataset, hdf5Dataset, openHdf5, referenced } from '../formats/hdf5.ts'
import { classesOf } from '../imagenet.ts'
import { maskObject } from '../mask.ts'

interface Image extends Entry {
  readonly image: Hdf5Dataset
  readonly truth: Hdf5Dataset
}

/**
 * ImageNet-Segmentation (Guillaumin et al. 2014) as Chefer et al. use it: one MATLAB file of version 7.3, `value` with the images `img`,
 * the synsets `target` and the masks `gt`, of which the first one counts.
 */
export const imagenetSegmentation: Reader = async ({ root }) => {
  if (!isFile(root)) throw new DatasetError('imagenet-segmentation', `expected a .mat file, got ${root}`)
  const file = await openHdf5(root, 'r')
  const [images, truths, targets] = ['img', 'gt', 'target'].map(name =>
    referenced(file, hdf5Dataset(file, `value/${name}`)),
  )
  if (!images || !truths || !targets || images.length !== truths.length || images.length !== targets.length)
    throw new DatasetError(root, 'expected as many entries in value/img, value/gt and value/target')
  const synsets = targets.map(text)
  const { classNames, labelOf } = classesOf('imagenet-segmentation', synsets)
  const entries = images.map((image, i): Image => {
    const truth = truths[i] as Hdf5Dataset
    return { name: String(i).padStart(5, '0'), label: labelOf(synsets[i] ?? '') ?? -1, image, truth }
  })
  const hash = createHash('sha256')
  await pipeline(createReadStream(root), hash)
  const facts = {
    id: 'imagenet-segmentation',
    name: 'ImageNet-Segmentation',
    description: `${entries.length} photographs of ${new Set(synsets).size} ImageNet classes, with masks.`,
    classNames,
    hash: hash.digest('hex'),
  }
  return fileDataset(root, facts, entries, async ({ image, truth, label }) => {
    const pixels = rgb(image)
    const [mask] = referenced(file, truth)
    const [width = 0, height = 0] = mask?.shape ?? []
    if (!mask || width !== pixels.width || height !== pixels.height)
      throw new Error(`expected a mask of ${pixels.width} x ${pixels.height} pixels, got ${width} x ${height}`)
    const values = bytes(mask)
    const inside = (p: number) => values[(p % width) * height + Math.floor(p / width)] !== 0
    return { image: pixels, objects: maskObject(label, width, height, inside) }
  })
}

/** MATLAB keeps text as one 16-bit code a letter. */
const text = (dataset: Hdf5Dataset): string => String.fromCharCode(...Array.from(bytes(dataset)))

function bytes(dataset: Hdf5Dataset): Uint8Array | Uint16Array {
  const { value } = dataset
  if (value instanceof Uint8Array || value instanceof Uint16Array) return value
  throw new Error(`expected ${dataset.path} to hold whole numbers of 8 or 16 bits`)
}

/** MATLAB's order is column by column, channel by channel: `[channel, column, row]` in HDF5; grey images lack the channel. */
function rgb(dataset: Hdf5Dataset): RgbImage {
  const shape = dataset.shape ?? []
  const [width = 0, height = 0] = shape.slice(-2)
  const plane = shape.length === 3 ? width * height : 0
  const values = bytes(dataset)
  const data = new Uint8Array(width * height * 3)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) data[at++] = values[c * plane + x * height + y] ?? 0
    }
  }
  return { width, height, data }
}
