import { join } from 'node:path'
import sharp from 'sharp'
import type { Box, SceneObject } from '../dataset.ts'
import { DatasetError } from '../errors.ts'
import { type Entry, fileDataset, fingerprint, firstFolder, type Reader, readText, stemOf } from '../files.ts'
import { decodeImage } from '../formats/decode.ts'
import { classList } from '../imagenet.ts'
import { maskObject } from '../mask.ts'

interface Category {
  readonly id: number
  readonly name: string
}

/** Polygons `[x0, y0, x1, y1, …]`, or the lengths of runs of 0, 1, 0, … down the columns. */
type Segmentation =
  | readonly (readonly number[])[]
  | { readonly counts: readonly number[] | string; readonly size: readonly number[] }

interface Annotation {
  readonly image_id: number
  readonly category_id: number
  readonly bbox: readonly [x: number, y: number, width: number, height: number]
  readonly area: number
  readonly segmentation: Segmentation
}

interface Instances {
  readonly images: readonly { readonly id: number; readonly file_name: string }[]
  readonly categories: readonly Category[]
  readonly annotations: readonly Annotation[]
}

interface Image extends Entry {
  readonly file: string
  readonly annotations: readonly Annotation[]
}

/**
 * COCO's instances: the split `val2017` if none is asked for. Images without an object are left out; the label of the others is the
 * class with the largest area. The annotations are held in memory, as their file is one piece of JSON.
 */
export const coco: Reader = async ({ root, split = 'val2017' }) => {
  const images = firstFolder('coco', root, [split, `images/${split}`])
  const name = `instances_${split}.json`
  const { images: list, categories, annotations } = parse(join(root, 'annotations', name))
  const ordered = categories.toSorted((a, b) => a.id - b.id)
  const classes = classList(
    ordered.map(({ id }) => String(id)),
    ordered.map(category => category.name),
  )
  const byImage = Map.groupBy(annotations, annotation => annotation.image_id)
  const entries = list
    .toSorted((a, b) => a.id - b.id)
    .flatMap(({ id, file_name }): Image[] => {
      const own = byImage.get(id) ?? []
      const label = classes.labelOf(String(largest(own)))
      return label === undefined ? [] : [{ name: stemOf(file_name), file: file_name, label, annotations: own }]
    })
  const facts = {
    id: split === 'val2017' ? 'coco' : `coco-${split}`,
    name: `COCO ${split}`,
    description: `${entries.length} photographs of ${classes.classNames.length} classes, with masks; the label is the largest class.`,
    classNames: classes.classNames,
    hash: fingerprint('coco', 1)
      .contents(join(root, 'annotations'), [name])
      .sizes(
        images,
        entries.map(({ file }) => file),
      )
      .digest(),
  }
  return fileDataset(root, facts, entries, async ({ file, annotations: own }) => {
    const image = await decodeImage(join(images, file))
    const objects: SceneObject[] = []
    for (const { category_id, bbox, segmentation } of own) {
      const label = classes.labelOf(String(category_id))
      if (label === undefined) continue
      const mask = await rasterize(segmentation, image.width, image.height)
      const [found] = maskObject(label, image.width, image.height, p => mask[p] === 1)
      const [x, y, width, height] = bbox
      // A sliver between pixel centres has a box all the same.
      const box: Box = [x, y, x + width, y + height]
      objects.push(found ?? { label, box, mask })
    }
    return { image, objects }
  })
}

function parse(file: string): Instances {
  let found: unknown
  try {
    found = JSON.parse(readText('coco', file))
  } catch (error) {
    if (error instanceof DatasetError) throw error
    throw new DatasetError('coco', `${file}: ${error instanceof Error ? error.message : error}`)
  }
  const lists = typeof found === 'object' && found !== null ? (found as Partial<Record<keyof Instances, unknown>>) : {}
  for (const field of ['images', 'categories', 'annotations'] as const) {
    if (!Array.isArray(lists[field])) throw new DatasetError('coco', `${file}: expected a list "${field}", got none`)
  }
  return found as Instances
}

function largest(annotations: readonly Annotation[]): number | undefined {
  const areas = new Map<number, number>()
  for (const { category_id, area } of annotations) areas.set(category_id, (areas.get(category_id) ?? 0) + area)
  return [...areas].sort(([, a], [, b]) => b - a)[0]?.[0]
}

/** `[row, column]`, 1 where the centre of a pixel lies inside. */
async function rasterize(segmentation: Segmentation, width: number, height: number): Promise<Uint8Array> {
  if ('counts' in segmentation) return fromRuns(segmentation, width, height)
  // One path each: overlapping polygons of one object add up, whichever way round they run.
  const paths = segmentation.map(points => `<path d="M${points.join(' ')}Z"/>`)
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><g fill="#fff" shape-rendering="crispEdges">${paths.join('')}</g></svg>`
  const alpha = await sharp(Buffer.from(svg)).extractChannel('alpha').raw().toBuffer()
  return Uint8Array.from(alpha, value => (value >= 128 ? 1 : 0))
}

function fromRuns(
  { counts, size }: Extract<Segmentation, { counts: unknown }>,
  width: number,
  height: number,
): Uint8Array {
  const runs = typeof counts === 'string' ? unpack(counts) : counts
  const total = runs.reduce((sum, run) => sum + run, 0)
  if (size[0] !== height || size[1] !== width || total !== width * height)
    throw new Error(`expected runs of ${height} x ${width} pixels, got ${size.join(' x ')} and ${total} pixels`)
  const mask = new Uint8Array(width * height)
  let at = 0
  for (const [i, run] of runs.entries()) {
    for (const end = at + run; at < end; at++)
      if (i % 2 === 1) mask[(at % height) * width + Math.floor(at / height)] = 1
  }
  return mask
}

/** COCO's text form of runs: 5 bits a character from "0", least first, a sixth says that more follow; from the fourth on, differences to the last but one. */
function unpack(text: string): number[] {
  const runs: number[] = []
  for (let at = 0; at < text.length; ) {
    let value = 0
    for (let shift = 0, more = true; more; shift += 5) {
      const code = text.charCodeAt(at++) - 48
      value |= (code & 31) << shift
      more = (code & 32) !== 0
      if (!more && (code & 16) !== 0) value |= -1 << (shift + 5)
    }
    runs.push(runs.length > 2 ? value + (runs.at(-2) ?? 0) : value)
  }
  return runs
}
