import { join } from 'node:path'
import { DatasetError } from '../errors.ts'
import {
  type Entry,
  fileDataset,
  fingerprint,
  firstFolder,
  foldersIn,
  imagesIn,
  inTurns,
  type Reader,
  stemOf,
} from '../files.ts'
import { decodeImage } from '../formats/decode.ts'
import { classesOf } from '../imagenet.ts'
import { maskObject } from '../mask.ts'

interface Image extends Entry {
  readonly synset: string
  readonly file: string
}

/**
 * ImageNet-S (Gao et al. 2022), validation: images and masks in folders named by synset. A mask's pixel is the number of a category in
 * the sorted list of the tree's synsets, from 1, as red + 256 green; 0 is other, 1000 is undecided. Labels are ImageNet's. Classes take
 * turns.
 */
export const imagenetS: Reader = async ({ root, split = 'validation' }) => {
  const images = firstFolder('imagenet-s', root, [split])
  const masks = firstFolder('imagenet-s', root, [`${split}-segmentation`])
  const synsets = foldersIn(images)
  if (synsets.length === 0)
    throw new DatasetError('imagenet-s', `expected folders named by synset in ${images}, found none`)
  const { classNames, labelOf } = classesOf('imagenet-s', synsets)
  const entries = inTurns(
    synsets.map(synset =>
      imagesIn(join(images, synset)).map(
        (file): Image => ({ name: stemOf(file), label: labelOf(synset) ?? -1, synset, file: join(synset, file) }),
      ),
    ),
  )
  const maskOf = ({ synset, name }: Image) => join(synset, `${name}.png`)
  const facts = {
    id: 'imagenet-s',
    name: `ImageNet-S${synsets.length}, ${split}`,
    description: `${entries.length} photographs of ${synsets.length} ImageNet classes, with masks.`,
    classNames,
    hash: fingerprint('imagenet-s', 1)
      .facts(...synsets)
      .sizes(
        images,
        entries.map(({ file }) => file),
      )
      .sizes(masks, entries.map(maskOf))
      .digest(),
  }
  return fileDataset(root, facts, entries, async entry => {
    const image = await decodeImage(join(images, entry.file))
    const { width, height, data } = await decodeImage(join(masks, maskOf(entry)))
    const categoryAt = (p: number) => (data[3 * p] ?? 0) + 256 * (data[3 * p + 1] ?? 0)
    const present = new Set(Array.from({ length: width * height }, (_, p) => categoryAt(p)))
    const objects = [...present].flatMap(category => {
      const label = labelOf(synsets[category - 1] ?? '')
      return label === undefined ? [] : maskObject(label, width, height, p => categoryAt(p) === category)
    })
    const category = synsets.indexOf(entry.synset) + 1
    if (!present.has(category))
      throw new Error(`expected category ${category} (${entry.synset}) in the mask, got ${[...present].join(', ')}`)
    return { image, objects }
  })
}
