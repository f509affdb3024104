import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { classesOf } from '../classes.ts'
import type { RgbImage } from '../dataset.ts'
import { defineDataset } from '../define.ts'
import { DatasetError } from '../errors.ts'
import { type Entry, fileDataset } from '../file-dataset.ts'
import { MOST_PIXELS } from '../formats/decode.ts'
import { type Hdf5Dataset, type OpenHdf5, withHdf5 } from '../formats/hdf5.ts'
import { maskObject, maskOf } from '../mask.ts'

interface Image extends Entry {
  /** Position in the lists of the file. */
  readonly position: number
}

/** The original has 4,276. */
const MOST_IMAGES = 1_000_000

export default defineDataset({
  kind: 'imagenet-segmentation',
  name: 'ImageNet-Segmentation (Guillaumin et al. 2014)',
  root: 'file',
  reads: [
    [
      '`gtsegs_ijcv.mat`',
      'one MATLAB file of version 7.3, as Chefer et al. use it: `value/img` pictures, `value/target` synsets, `value/gt` masks',
    ],
  ],
  assumes: ['Of several masks of a picture the first one counts.', "Labels are ImageNet's."],
  async open({ root }) {
    const synsets = await withHdf5(root, opened => {
      const lists = (['img', 'gt', 'target'] as const).map(name =>
        opened.referenced(opened.dataset(`value/${name}`), MOST_IMAGES),
      )
      const [images = [], truths = [], targets = []] = lists
      if (images.length !== truths.length || images.length !== targets.length)
        throw new DatasetError(root, 'expected as many entries in value/img, value/gt and value/target')
      return targets.map(target => text(opened, target))
    })
    const classes = classesOf('imagenet-segmentation', synsets)
    const entries = synsets.map((synset, position): Image => {
      return { name: String(position).padStart(5, '0'), label: classes.labelOf(synset) ?? -1, position }
    })
    const hash = createHash('sha256')
    await pipeline(createReadStream(root), hash)
    return fileDataset(root, {
      id: 'imagenet-segmentation',
      name: 'ImageNet-Segmentation',
      description: `${entries.length} photographs of ${new Set(synsets).size} ImageNet classes, with masks.`,
      classes,
      hash: hash.digest('hex'),
      entries,
      read: ({ position, label }) =>
        withHdf5(root, opened => {
          const at = (name: string) => opened.referenced(opened.dataset(`value/${name}`), MOST_IMAGES, position)[0]
          const [image, truth] = [at('img'), at('gt')]
          const [mask] = truth ? opened.referenced(truth, MOST_IMAGES) : []
          if (!image || !mask) throw new DatasetError(root, `expected an image and a mask at place ${position}`)
          const pixels = rgb(opened, image)
          const [width = 0, height = 0] = mask.shape ?? []
          if (width !== pixels.width || height !== pixels.height)
            throw new Error(`expected a mask of ${pixels.width} x ${pixels.height} pixels, got ${width} x ${height}`)
          const values = bytes(opened, mask)
          const inside = (p: number) => values[(p % width) * height + Math.floor(p / width)] !== 0
          return { image: pixels, objects: maskObject(label, maskOf(pixels, inside), pixels) }
        }),
    })
  },
})

/** MATLAB keeps text as one 16-bit code a letter. */
const text = (opened: OpenHdf5, dataset: Hdf5Dataset): string =>
  Array.from(bytes(opened, dataset, 1000), code => String.fromCharCode(code)).join('')

function bytes({ values }: OpenHdf5, dataset: Hdf5Dataset, most = 3 * MOST_PIXELS): Uint8Array | Uint16Array {
  const value = values(dataset, most)
  if (value instanceof Uint8Array || value instanceof Uint16Array) return value
  throw new Error(`expected ${dataset.path} to hold whole numbers of 8 or 16 bits`)
}

/** MATLAB's order is column by column, channel by channel: `[channel, column, row]` in HDF5; grey images lack the channel. */
function rgb(opened: OpenHdf5, dataset: Hdf5Dataset): RgbImage {
  const values = bytes(opened, dataset)
  const shape = dataset.shape ?? []
  const [width = 0, height = 0] = shape.slice(-2)
  if (width * height === 0 || values.length !== width * height * (shape.length === 3 ? 3 : 1))
    throw new Error(`expected an image [3, width, height] or [width, height], got [${shape.join(', ')}]`)
  const plane = shape.length === 3 ? width * height : 0
  const data = new Uint8Array(width * height * 3)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) data[at++] = values[c * plane + x * height + y] ?? 0
    }
  }
  return { width, height, data }
}
