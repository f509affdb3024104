import { join } from 'node:path'
import { classList } from '../classes.ts'
import type { Box } from '../dataset.ts'
import { defineDataset } from '../define.ts'
import { DatasetError } from '../errors.ts'
import { type Entry, fileDataset } from '../file-dataset.ts'
import { firstFolder, inTurns, isBelow, stemOf } from '../files.ts'
import { fingerprint } from '../fingerprint.ts'
import { decodeGrey, decodeImage } from '../formats/decode.ts'
import { isFolder, readText } from '../formats/file.ts'
import { maskObject, maskOf } from '../mask.ts'
import { parseNumber } from '../numbers.ts'
import { shown } from '../printable.ts'
import { tally } from '../tally.ts'

interface Bird extends Entry {
  readonly file: string
  readonly box: Box
}

/** Of five annotators' masks, laid over each other, at least half of full white: three agree. */
const MAJORITY = 128

export default defineDataset({
  kind: 'cub',
  name: 'Caltech-UCSD Birds 200',
  root: 'folder',
  split: { usual: 'test', words: '`test` or `train`, by `train_test_split.txt`' },
  reads: [
    ['`images/CLASS/NAME.jpg`', 'pictures'],
    [
      '`images.txt`, `classes.txt`, `image_class_labels.txt`, `train_test_split.txt`',
      'the index, a number and what belongs to it in each line',
    ],
    ['`bounding_boxes.txt`', 'boxes: number, left, top, width, height'],
    ['`segmentations/CLASS/NAME.png`', 'masks, here or beside the root; may be missing'],
  ],
  assumes: [
    'Masks hold five annotators laid over each other: a pixel belongs to the bird where three agree.',
    'Classes take turns in the order.',
  ],
  async open({ root, split = 'test' }) {
    if (split !== 'test' && split !== 'train')
      throw new DatasetError('cub', `expected the split test or train, got "${split}"`)
    const told = tally()
    const images = firstFolder('cub', root, ['images'])
    const masks = [join(root, 'segmentations'), join(root, '../segmentations')].find(isFolder)
    const table = (name: string) => readTable(join(root, name))
    const classes = classList([...table('classes.txt').values()].map(([name = '']) => name))
    const labels = table('image_class_labels.txt')
    const boxes = table('bounding_boxes.txt')
    const parts = table('train_test_split.txt')
    const birds = [...table('images.txt')].flatMap(([number, [file = '']]): Bird[] => {
      if ((parts.get(number)?.[0] === '1') !== (split === 'train')) return []
      const label = parseNumber(labels.get(number)?.[0] ?? '') - 1
      if (!(Number.isInteger(label) && label >= 0 && label < classes.classNames.length))
        throw new DatasetError('cub', `image_class_labels.txt: expected a class of image ${number}, got ${label + 1}`)
      const [x, y, width, height] = [0, 1, 2, 3].map(i => parseNumber(boxes.get(number)?.[i] ?? '')) as [
        number,
        number,
        number,
        number,
      ]
      if (isBelow(file)) return [{ name: stemOf(file), file, label, box: [x, y, x + width, y + height] }]
      told.leaveOut('name that leads out of the folder of images', shown(file))
      return []
    })
    const entries = inTurns([...Map.groupBy(birds, ({ label }) => label).values()])
    const png = (file: string) => file.replace(/\.[^.]+$/, '.png')
    const hash = fingerprint('cub', 2)
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
    return fileDataset(root, {
      id: split === 'test' ? 'cub' : 'cub-train',
      name: `Caltech-UCSD Birds 200, ${split}`,
      description: `${entries.length} photographs of ${classes.classNames.length} kinds of birds, with ${masks ? 'masks' : 'boxes'}.`,
      classes,
      hash: hash.digest(),
      notes: told.notes,
      entries,
      async read({ file, label, box }) {
        const image = await decodeImage(join(images, file))
        if (!masks) return { image, objects: [{ label, box }] }
        const { width, height, data } = await decodeGrey(join(masks, png(file)))
        const size = { width, height }
        const found = maskObject(
          label,
          maskOf(size, p => (data[p] ?? 0) >= MAJORITY),
          size,
        )
        return { image, objects: found.map(object => ({ ...object, size })) }
      },
    })
  },
})

/** Lines of a number and what belongs to it. */
function readTable(file: string): Map<string, string[]> {
  const lines = readText(file, 'table')
    .split(/\r?\n/)
    .filter(line => line.trim() !== '')
  return new Map(
    lines.map(line => {
      const [number = '', ...rest] = line.trim().split(/\s+/)
      return [number, rest]
    }),
  )
}
