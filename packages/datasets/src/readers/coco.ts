import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type ClassList, classList } from '../classes.ts'
import type { Box, Size } from '../dataset.ts'
import { defineDataset } from '../define.ts'
import { DatasetError } from '../errors.ts'
import { type Entry, fileDataset } from '../file-dataset.ts'
import { firstFolder, isBelow } from '../files.ts'
import { fingerprint } from '../fingerprint.ts'
import { type AnnotatedObject, fitOf, happenings, unit } from '../fit.ts'
import { areaOfPolygon, maskOfColumnRuns, maskOfPolygons, unpackRuns } from '../formats/coco-mask.ts'
import { decodeImage } from '../formats/decode.ts'
import { isFile, isFolder, readText } from '../formats/file.ts'
import { boxAround } from '../mask.ts'
import { problemOf, shortList, shown } from '../printable.ts'
import { tally } from '../tally.ts'

/** Numbers in the original; some tools write texts. */
const id = z.union([z.number(), z.string()]).transform(String)

const pictureSchema = z.object({
  id,
  file_name: z.string(),
  width: z.number().positive().nullish(),
  height: z.number().positive().nullish(),
})

const categorySchema = z.object({ id, name: z.string() })

const annotationSchema = z.object({
  image_id: id,
  category_id: id,
  /** Left, top, width, height. */
  bbox: z.tuple([z.number(), z.number(), z.number().nonnegative(), z.number().nonnegative()]).nullish(),
  area: z.number().nullish(),
  /** As below, checked when it is used: the many numbers are then not copied. */
  segmentation: z.unknown().optional(),
})

/** Polygons `[x0, y0, x1, y1, …]`, or the lengths of runs of 0, 1, 0, … down the columns; empty or missing where there is a box only. */
const segmentationSchema = z
  .union([
    z.array(z.array(z.number())),
    z.object({
      counts: z.union([z.array(z.number()), z.string()]),
      size: z.tuple([z.int().positive(), z.int().positive()]),
    }),
  ])
  .nullish()

type Annotation = z.infer<typeof annotationSchema>

interface Image extends Entry {
  readonly file: string
  /** Of the picture that was annotated. */
  readonly size: Size | undefined
  readonly annotations: readonly Annotation[]
}

export default defineDataset({
  kind: 'coco',
  name: 'COCO instances',
  root: 'folder',
  split: { usual: 'val2017', words: 'the name of a folder of images, with `annotations/instances_SPLIT.json`' },
  reads: [
    ['`annotations/instances_val2017.json`', 'images, categories and annotations'],
    ['`val2017/NAME.jpg`, `images/val2017/NAME.jpg` or `images/NAME.jpg`', 'pictures'],
  ],
  assumes: [
    'The label of an image is the class with the largest area; without `area` it is that of the polygons or runs, else that of the box.',
    'Classes are the categories in the order of their numbers; ids may be numbers or texts.',
    'A pixel belongs to a polygon if its centre lies inside.',
    'An object without a segmentation has its box. Where no edge of any box is above 1, boxes and polygons are shares of width and height.',
    'Images without an object, without a `file_name`, or with one that leads out of the folder are left out, as are annotations that are no such thing: counted in the notes.',
  ],
  async open({ root, split = 'val2017' }) {
    const told = tally()
    const images = firstFolder('coco', root, [split, `images/${split}`, 'images'], otherSplits(root))
    const name = `instances_${split}.json`
    const file = join(root, 'annotations', name)
    const lists = parse(file, otherSplits(root))
    const read = <T>(schema: z.ZodType<T>, list: readonly unknown[], what: string) =>
      list.flatMap((entry, i): T[] => {
        const { success, data, error } = schema.safeParse(entry)
        if (success) return [data]
        told.leaveOut(`${what} that cannot be used`, `number ${i + 1}: ${issueOf(error)}`)
        return []
      })
    const categories = read(categorySchema, lists.categories, 'category').sort((a, b) => compareIds(a.id, b.id))
    const classes = classList(
      categories.map(category => category.id),
      categories.map(category => category.name.normalize('NFC')),
    )
    const byImage = Map.groupBy(read(annotationSchema, lists.annotations, 'annotation'), ({ image_id }) => image_id)
    const pictures = read(pictureSchema, lists.images, 'image').sort((a, b) => compareIds(a.id, b.id))
    const known = new Set(pictures.map(picture => picture.id))
    for (const image of byImage.keys())
      if (!known.has(image)) told.leaveOut('annotations of an image that is not listed', image)
    const starts = [`images/${split}/`, `${split}/`]
    const entries = pictures.flatMap(({ id: picture, file_name, width, height }): Image[] => {
      const annotations = (byImage.get(picture) ?? []).filter(({ category_id }) => {
        if (classes.labelOf(category_id) !== undefined) return true
        told.leaveOut('object of a category that is not listed', category_id)
        return false
      })
      const label = largest(annotations, classes)
      // Some tools write names from the root on.
      const path = file_name.slice(starts.find(start => file_name.startsWith(start))?.length ?? 0)
      if (!isBelow(path)) told.leaveOut('name that leads out of the folder of images', shown(file_name))
      else if (label === undefined) told.leaveOut('image without an object', file_name)
      else {
        const size = width && height ? { width, height } : undefined
        return [{ name: path.replace(/\.[^.]+$/, ''), file: path, label, annotations, size }]
      }
      return []
    })
    const shares = inShares(entries)
    if (shares) told.say('no edge of a box is above 1: boxes are taken as shares of width and height')
    return fileDataset<Image>(root, {
      id: split === 'val2017' ? 'coco' : `coco-${split}`,
      name: `COCO ${split}`,
      description: `${entries.length} photographs of ${classes.classNames.length} classes, with masks; the label is the largest class.`,
      classes,
      hash: fingerprint('coco', 2)
        .contents(join(root, 'annotations'), [name])
        .sizes(
          images,
          entries.map(entry => entry.file),
        )
        .digest(),
      notes: told.notes,
      entries,
      async read(entry) {
        const image = await decodeImage(join(images, entry.file))
        const notes: string[] = []
        const fit = fitOf(entry.size ?? image, image)
        const objects = entry.annotations.flatMap(annotation => {
          const object = objectOf(annotation, classes, shares ? unit : (entry.size ?? image), image)
          if (!object) notes.push('annotation without box and segmentation, left out')
          else if (object.mask && object.size === image && fit === 'scaled') notes.push(happenings.scaled)
          return object ?? []
        })
        return { image, objects, notes }
      },
    })
  },
})

/** What else there is, for a message. */
function otherSplits(root: string): string {
  const folder = join(root, 'annotations')
  const found = isFolder(folder)
    ? readdirSync(folder).flatMap(name => /^instances_(.+)\.json$/.exec(name)?.[1] ?? [])
    : []
  return found.length > 0
    ? `. Another split is asked for with ?split=NAME; annotations are there of ${shortList(found)}`
    : ''
}

const LISTS = ['images', 'categories', 'annotations'] as const

function parse(file: string, advice: string): Readonly<Record<(typeof LISTS)[number], readonly unknown[]>> {
  if (!isFile(file)) throw new DatasetError('coco', `expected the file ${file}, found none${advice}`)
  const text = readText(file, 'json')
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch (error) {
    throw new DatasetError('coco', `${file}: expected JSON: ${problemOf(error)}`, { cause: error })
  }
  const listed = (name: string): readonly unknown[] => {
    const list =
      typeof found === 'object' && found !== null ? (found as Readonly<Record<string, unknown>>)[name] : undefined
    if (Array.isArray(list)) return list
    throw new DatasetError(
      'coco',
      `${file}: expected a list "${name}", got ${list === undefined ? 'none' : shown(list)}`,
    )
  }
  return { images: listed('images'), categories: listed('categories'), annotations: listed('annotations') }
}

/** Numbers by size, texts after them. */
const { compare: compareIds } = new Intl.Collator('en', { numeric: true })

/** What is wrong first, and where. */
function issueOf({ issues: [issue] }: z.ZodError): string {
  return issue ? `${issue.path.join('.')}: ${issue.message}`.replace('received undefined', 'got none') : 'nothing'
}

/** The label with the largest area. */
function largest(annotations: readonly Annotation[], classes: ClassList): number | undefined {
  const areas = new Map<number, number>()
  for (const annotation of annotations) {
    const label = classes.labelOf(annotation.category_id)
    if (label !== undefined) areas.set(label, (areas.get(label) ?? 0) + areaOf(annotation))
  }
  return [...areas].sort(([, a], [, b]) => b - a)[0]?.[0]
}

function areaOf({ area, segmentation, bbox }: Annotation): number {
  if (typeof area === 'number') return area
  const { data } = segmentationSchema.safeParse(segmentation)
  if (Array.isArray(data) && data.length > 0) return data.reduce((sum, polygon) => sum + areaOfPolygon(polygon), 0)
  if (data && 'counts' in data) return areaOfRuns(data.counts)
  return bbox ? bbox[2] * bbox[3] : 0
}

function areaOfRuns(counts: readonly number[] | string): number {
  try {
    const runs = typeof counts === 'string' ? unpackRuns(counts) : counts
    return runs.reduce((sum, run, i) => sum + (i % 2) * run, 0)
  } catch {
    // Runs that are none are the fault of one image, and found when that is read.
    return 0
  }
}

/** Whether boxes are shares of width and height: no edge of any box is above 1. */
function inShares(entries: readonly Image[]): boolean {
  const boxes = entries.flatMap(({ annotations }) => annotations.flatMap(({ bbox }) => (bbox ? [bbox] : [])))
  return boxes.length > 0 && boxes.every(box => box.every(value => value >= 0 && value <= 1))
}

/**
 * The object of an annotation, with its mask where it has one.
 *
 * @param size of the picture that was annotated; `unit` for shares
 */
function objectOf(
  { category_id, bbox, segmentation }: Annotation,
  classes: ClassList,
  size: Size,
  image: Size,
): AnnotatedObject | undefined {
  const label = classes.labelOf(category_id)
  if (label === undefined) return undefined
  const { data, error } = segmentationSchema.safeParse(segmentation)
  if (error) throw new Error(`expected the segmentation of an annotation to be polygons or runs, got ${issueOf(error)}`)
  const box: Box | undefined = bbox ? [bbox[0], bbox[1], bbox[0] + bbox[2], bbox[1] + bbox[3]] : undefined
  if (data && 'counts' in data) {
    const [height, width] = data.size
    const own = { width, height }
    // Runs of another shape are left out by `fitObjects`; they could claim any size, so they are not unpacked.
    const mask = fitOf(own, image) === 'other' ? undefined : maskOfColumnRuns(data.counts, own)
    return { label, box: box ?? (mask ? boxAround(mask, own) : [0, 0, 0, 0]), size: own, ...(mask && { mask }) }
  }
  // A polygon has three points or more.
  const polygons = (data ?? []).filter(polygon => polygon.length >= 6)
  const fit = fitOf(size, image)
  if (polygons.length === 0 || fit === 'other') return box && { label, box, size }
  const [x, y] = [image.width / size.width, image.height / size.height]
  const toImage = (value: number, i: number) => value * (i % 2 === 0 ? x : y)
  const mask = maskOfPolygons(fit === 'same' ? polygons : polygons.map(polygon => polygon.map(toImage)), image)
  return { label, box: (box?.map(toImage) as Box | undefined) ?? boxAround(mask, image), mask, size: image }
}
