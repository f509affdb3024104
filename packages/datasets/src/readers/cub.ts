import { join } from 'node:path'
import type { Box } from '../dataset.ts'
import { DatasetError } from '../errors.ts'
import {
  type Entry,
  fileDataset,
  fingerprint,
  firstFolder,
  inTurns,
  isFolder,
  type Reader,
  readText,
  stemOf,
} from '../files.ts'
import { decodeGrey, decodeImage } from '../formats/decode.ts'
import { classList } from '../imagenet.ts'
import { maskObject } from '../mask.ts'

interface Bird extends Entry {
  readonly file: string
  readonly box: Box
}

/** Of five annotators' masks, laid over each other, at least half of full white: three agree. */
const MAJORITY = 128

/** Caltech-UCSD Birds 200: the split `test` if none is asked for, or `train`. Masks where `segmentations` is there. Classes take turns. */
export const cub: Reader = async ({ root, split = 'test' }) => {
  if (split !== 'test' && split !== 'train')
    throw new DatasetError('cub', `expected the split test or train, got "${split}"`)
  const images = firstFolder('cub', root, ['images'])
  const masks = [join(root, 'segmentations'), join(root, '../segmentations')].find(isFolder)
  const table = (name: string) => readTable(join(root, name))
  const classes = classList([...table('classes.txt').values()].map(([name = '']) => name))
  const [labels, boxes, parts] = [
    table('image_class_labels.txt'),
    table('bounding_boxes.txt'),
    table('train_test_split.txt'),
  ]
  const birds = [...table('images.txt')].flatMap(([number, [file = '']]): Bird[] => {
    const [x = Number.NaN, y = Number.NaN, width = Number.NaN, height = Number.NaN] = (boxes.get(number) ?? []).map(
      Number,
    )
    if ((parts.get(number)?.[0] === '1') !== (split === 'train')) return []
    const label = Number(labels.get(number)?.[0]) - 1
    if (!(label >= 0 && label < classes.classNames.length))
      throw new DatasetError('cub', `image_class_labels.txt: expected a class of image ${number}, got ${label + 1}`)
    return [{ name: stemOf(file), file, label, box: [x, y, x + width, y + height] }]
  })
  const entries = inTurns([...Map.groupBy(birds, ({ label }) => label).values()])
  const png = (file: string) => file.replace(/\.[^.]+$/, '.png')
  const hash = fingerprint('cub', 1)
    .facts(...entries.flatMap(({ file, label, box }) => [file, label, ...box]))
    .sizes(
      images,
      entries.map(({ file }) => file),
    )
  if (masks)
    hash.sizes(
      masks,
      entries.map(({ file }) => png(file)),
    )
  const facts = {
    id: split === 'test' ? 'cub' : 'cub-train',
    name: `Caltech-UCSD Birds 200, ${split}`,
    description: `${entries.length} photographs of ${classes.classNames.length} kinds of birds, with ${masks ? 'masks' : 'boxes'}.`,
    classNames: classes.classNames,
    hash: hash.digest(),
  }
  return fileDataset(root, facts, entries, async ({ file, label, box }) => {
    const image = await decodeImage(join(images, file))
    if (!masks) return { image, objects: [{ label, box }] }
    const { width, height, data } = await decodeGrey(join(masks, png(file)))
    return { image, objects: maskObject(label, width, height, p => (data[p] ?? 0) >= MAJORITY) }
  })
}

/** Lines of a number and what belongs to it. */
function readTable(file: string): Map<string, string[]> {
  const lines = readText('cub', file)
    .split(/\r?\n/)
    .filter(line => line.trim() !== '')
  return new Map(
    lines.map(line => {
      const [number = '', ...rest] = line.trim().split(/\s+/)
      return [number, rest]
    }),
  )
}
