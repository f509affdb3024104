import { join } from 'node:path'
import type { Box, SceneObject } from '../dataset.ts'
import { DatasetError } from '../errors.ts'
import { type Entry, fileDataset, fingerprint, firstFolder, type Reader, readText } from '../files.ts'
import { type NamedBox, parseAnnotation, readAnnotation } from '../formats/annotation-xml.ts'
import { decodeImage } from '../formats/decode.ts'
import { classList } from '../imagenet.ts'
import { maskObject } from '../mask.ts'

const classes = classList([
  ...['aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat', 'chair', 'cow', 'diningtable', 'dog'],
  ...['horse', 'motorbike', 'person', 'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor'],
])

/**
 * Pascal VOC. The split is a list in `ImageSets`: `Main/val` if none is asked for, with boxes; of a list in `Segmentation`, masks. The
 * label of an image is the class of its largest box.
 */
export const voc: Reader = async ({ root, split = 'Main/val' }) => {
  const images = firstFolder('voc', root, ['JPEGImages'])
  const annotations = firstFolder('voc', root, ['Annotations'])
  const masks = split.startsWith('Segmentation/') ? firstFolder('voc', root, ['SegmentationClass']) : undefined
  const list = readText('voc', join(root, 'ImageSets', `${split}.txt`))
  const names = list.split(/\s+/).filter(name => name !== '')
  const entries = names.map((name): Entry => {
    const file = join(annotations, `${name}.xml`)
    const label = largest(objectsOf(parse(file)))
    if (label === undefined) throw new DatasetError('voc', `${file}: expected an object of the 20 classes, got none`)
    return { name, label }
  })
  const hash = fingerprint('voc', 1)
    .facts(split)
    .sizes(images, names.map(jpg))
    .contents(
      annotations,
      names.map(name => `${name}.xml`),
    )
  if (masks) hash.sizes(masks, names.map(png))
  const facts = {
    id: split === 'Main/val' ? 'voc' : `voc-${split.toLowerCase().replaceAll('/', '-')}`,
    name: `Pascal VOC, ${split}`,
    description: `${names.length} photographs of 20 classes, with ${masks ? 'masks' : 'boxes'}; the label is the largest object's.`,
    classNames: classes.classNames,
    hash: hash.digest(),
  }
  return fileDataset(root, facts, entries, async ({ name }) => {
    const image = await decodeImage(join(images, jpg(name)))
    const objects = objectsOf(await readAnnotation(join(annotations, `${name}.xml`)))
    return { image, objects: masks ? await masked(join(masks, png(name)), objects) : objects }
  })
}

const jpg = (name: string) => `${name}.jpg`
const png = (name: string) => `${name}.png`

const parse = (file: string): NamedBox[] => {
  try {
    return parseAnnotation(readText('voc', file))
  } catch (error) {
    throw new DatasetError('voc', `${file}: ${error instanceof Error ? error.message : error}`)
  }
}

/** VOC counts pixels from 1 and includes the last one. */
const objectsOf = (boxes: readonly NamedBox[]): SceneObject[] =>
  boxes.flatMap(({ name, box: [xmin, ymin, xmax, ymax] }) => {
    const label = classes.labelOf(name)
    return label === undefined ? [] : [{ label, box: [xmin - 1, ymin - 1, xmax, ymax] as const }]
  })

const areaOf = ([xmin, ymin, xmax, ymax]: Box): number => (xmax - xmin) * (ymax - ymin)

const largest = (objects: readonly SceneObject[]): number | undefined =>
  objects.reduce<SceneObject | undefined>(
    (most, o) => (most && areaOf(most.box) >= areaOf(o.box) ? most : o),
    undefined,
  )?.label

/** One object for each class, with all of its pixels. */
async function masked(file: string, objects: readonly SceneObject[]): Promise<SceneObject[]> {
  const { width, height, data } = await decodeImage(file)
  return [...new Set(objects.map(({ label }) => label))].flatMap(label => {
    const [r, g, b] = paint(label + 1)
    const at = (p: number) => data[3 * p] === r && data[3 * p + 1] === g && data[3 * p + 2] === b
    return maskObject(label, width, height, at)
  })
}

/** The colour of a class in VOC's palette: bits of the index, in threes, from the top of each channel down. */
function paint(index: number): [number, number, number] {
  const colour: [number, number, number] = [0, 0, 0]
  for (let bit = 0; bit < 8; bit++) {
    for (const channel of [0, 1, 2] as const) colour[channel] |= ((index >> (3 * bit + channel)) & 1) << (7 - bit)
  }
  return colour
}
