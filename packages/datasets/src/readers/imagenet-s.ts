import { join } from 'node:path'
import { classesOf } from '../classes.ts'
import { defineDataset } from '../define.ts'
import { DatasetError } from '../errors.ts'
import { type Entry, fileDataset } from '../file-dataset.ts'
import { firstFolder, foldersIn, imagesIn, inTurns, stemOf } from '../files.ts'
import { fingerprint } from '../fingerprint.ts'
import { decodeImage, decodeMask } from '../formats/decode.ts'
import { maskObject, maskOf } from '../mask.ts'

interface Image extends Entry {
  readonly synset: string
  readonly file: string
}

export default defineDataset({
  kind: 'imagenet-s',
  name: 'ImageNet-S (Gao et al. 2022)',
  root: 'folder',
  split: { usual: 'validation', words: 'a pair of folders `SPLIT` and `SPLIT-segmentation`' },
  reads: [
    ['`validation/SYNSET/NAME.JPEG`', 'pictures'],
    ['`validation-segmentation/SYNSET/NAME.png`', 'masks'],
  ],
  assumes: [
    'A pixel of a mask is the number of a category in the sorted list of the folders, from 1, as red + 256 green; 0 is other, 1000 is undecided. So no folder may be missing.',
    "Labels are ImageNet's.",
    'Classes take turns in the order.',
  ],
  async open({ root, split = 'validation' }) {
    const images = firstFolder('imagenet-s', root, [split])
    const masks = firstFolder('imagenet-s', root, [`${split}-segmentation`])
    const synsets = foldersIn(images)
    if (synsets.length === 0)
      throw new DatasetError('imagenet-s', `expected folders named by synset in ${images}, found none`)
    const classes = classesOf('imagenet-s', synsets)
    const entries = inTurns(
      synsets.map(synset =>
        imagesIn(join(images, synset)).map((file): Image => {
          return { name: stemOf(file), label: classes.labelOf(synset) ?? -1, synset, file: join(synset, file) }
        }),
      ),
    )
    const maskFile = ({ synset, name }: Image) => join(synset, `${name}.png`)
    return fileDataset(root, {
      id: 'imagenet-s',
      name: `ImageNet-S${synsets.length}, ${split}`,
      description: `${entries.length} photographs of ${synsets.length} ImageNet classes, with masks.`,
      classes,
      hash: fingerprint('imagenet-s', 2)
        .facts(...synsets)
        .sizes(
          images,
          entries.map(({ file }) => file),
        )
        .sizes(masks, entries.map(maskFile))
        .digest(),
      entries,
      async read(entry) {
        const image = await decodeImage(join(images, entry.file))
        const { width, height, data } = await decodeMask(join(masks, maskFile(entry)))
        const size = { width, height }
        const categories = Uint16Array.from(
          { length: width * height },
          (_, p) => (data[3 * p] ?? 0) + 256 * (data[3 * p + 1] ?? 0),
        )
        const present = new Set(categories)
        const category = synsets.indexOf(entry.synset) + 1
        if (!present.has(category))
          throw new Error(
            `expected category ${category} (${entry.synset}) in the mask, got ${[...present].slice(0, 8).join(', ')}. A category is the number of its folder: are all folders there?`,
          )
        const objects = [...present].flatMap(number => {
          const label = classes.labelOf(synsets[number - 1] ?? '')
          return label === undefined
            ? []
            : maskObject(
                label,
                maskOf(size, p => categories[p] === number),
                size,
              )
        })
        return { image, objects: objects.map(object => ({ ...object, size })) }
      },
    })
  },
})
