import { creditLine, type Dataset, openDataset, type Sample } from '@vitrine/datasets'
import { contours } from 'd3-contour'
import sharp from 'sharp'
import { slug } from '../boards/slug.ts'
import type { Entry } from '../load/records.ts'
import { datasetSpec } from './datasets.ts'

/** An object that is annotated in an image. */
export interface Outlined {
  readonly label: number
  readonly box: readonly [number, number, number, number]
  /** Path of an SVG in pixels of the image: the object's mask, or its box. */
  readonly path: string
  /** Lengths of the runs of the mask, row by row, the first one outside; `null` without a mask. */
  readonly runs: readonly number[] | null
}

/** An image of a dataset, ready for a page. */
export interface Picture {
  /** File below the site's root. */
  readonly path: string
  readonly width: number
  readonly height: number
  readonly webp: Buffer
  /** The same without loss, for computing: a model must be given these pixels and no others. */
  readonly exact: { readonly path: string; webp(): Promise<Buffer> }
  readonly objects: readonly Outlined[]
  /** The works that it shows. */
  readonly credits: readonly string[]
  /** Square and grey, for strips. */
  grey(side: number): Promise<Buffer>
}

/** A dataset as it was measured, with its images where they can be had. */
export interface Album {
  readonly path: string
  readonly classNames: readonly string[]
  /** `null` where the image is not ours to show or is not the one that was measured. */
  picture(imageId: string): Promise<Picture | null>
  /** One line of credit for what some pictures show. */
  credit(pictures: readonly (Picture | null)[]): string
  /** What the images are, in a sentence; empty where it is not known. */
  readonly description: string
  /** Why there are no images; empty where there are. */
  readonly missing: string
}

const albums = new Map<string, Promise<Album>>()

export function albumOf(entry: Entry): Promise<Album> {
  const size = inputSize(entry).width
  const key = `${entry.dataset.hash} ${entry.dataset.seed} ${size}`
  const known = albums.get(key) ?? openAlbum(entry, size)
  albums.set(key, known)
  return known
}

/** Width and height of a model's input in pixels, as its record says; 224 x 224 where that is no sensible size. */
export function inputSize({ model }: Entry): { readonly width: number; readonly height: number } {
  const { width, height } = (model.details?.imageSize ?? {}) as { readonly width?: unknown; readonly height?: unknown }
  const sensible = (side: unknown): side is number =>
    Number.isInteger(side) && Number(side) >= 32 && Number(side) <= 2048
  return sensible(width) && sensible(height) ? { width, height } : { width: 224, height: 224 }
}

async function openAlbum({ dataset: { id, hash, seed } }: Entry, size: number): Promise<Album> {
  const path = `${slug(id)}-${hash.slice(0, 6)}`
  const none = (missing: string, classNames: readonly string[] = []): Album => ({
    path,
    classNames,
    description: '',
    missing,
    picture: async () => null,
    credit: () => '',
  })
  const spec = datasetSpec(id)
  if (spec === null) return none(`The images of ${id} are not part of this site.`)
  const dataset: Dataset = await openDataset(spec, { seed, size })
  if (dataset.hash !== hash)
    return none(`The images of ${id} have changed since they were measured.`, dataset.classNames)
  const pictures = new Map<string, Promise<Picture | null>>()
  const draw = async (imageId: string): Promise<Picture | null> => {
    const index = Number(imageId.split('/').at(-1))
    if (!Number.isInteger(index) || index < 0 || index >= dataset.size) return null
    const sample = await dataset.sample(index)
    return sample.id === imageId ? pictureOf(sample, `pictures/${path}/${slug(imageId)}.webp`) : null
  }
  return {
    path,
    classNames: dataset.classNames,
    description: dataset.description,
    missing: '',
    credit(shown) {
      const there = shown.filter(picture => picture !== null)
      const works = dataset.licences.filter(({ work }) => there.some(picture => picture.credits.includes(work)))
      return works.length === 0 ? '' : creditLine({ ...dataset, licences: works })
    },
    picture(imageId) {
      const known = pictures.get(imageId) ?? draw(imageId)
      pictures.set(imageId, known)
      return known
    },
  }
}

async function pictureOf(sample: Sample, path: string): Promise<Picture> {
  const { width, height, data } = sample.image
  const webp = await sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ quality: 86 })
    .toBuffer()
  return {
    path,
    width,
    height,
    webp,
    exact: {
      path: path.replace(/\.webp$/, '.exact.webp'),
      webp: () =>
        sharp(data, { raw: { width, height, channels: 3 } })
          .webp({ lossless: true })
          .toBuffer(),
    },
    credits: sample.credits ?? [],
    grey: side => sharp(webp).resize(side, side).greyscale().toBuffer(),
    objects: sample.objects.map(({ label, box, mask }) => ({
      label,
      box,
      path: mask ? outline(mask, width, height) : `M${box[0]} ${box[1]}H${box[2]}V${box[3]}H${box[0]}Z`,
      runs: mask ? runsOf(mask) : null,
    })),
  }
}

function outline(mask: Uint8Array, width: number, height: number): string {
  const { coordinates } = contours().size([width, height]).smooth(false).contour(Array.from(mask), 0.5)
  const point = ([x = 0, y = 0]: readonly number[]) => `${x} ${y}`
  return coordinates
    .flat()
    .map(ring => `M${ring.slice(0, -1).map(point).join('L')}Z`)
    .join('')
}

function runsOf(mask: Uint8Array): number[] {
  const runs: number[] = []
  let start = 0
  let value = 0
  for (let p = 0; p <= mask.length; p++) {
    if (p < mask.length && mask[p] === value) continue
    runs.push(p - start)
    start = p
    value = 1 - value
  }
  return runs
}
