import { creditLine, DatasetError, datasetIds, decodeImage, openDataset, type SceneObject } from '@vitrine/datasets'
import { fitPicture, type Model, placementOf, type RgbPixels } from '@vitrine/models'
import sharp from 'sharp'
import { fromHere, UsageError } from '../cli/arguments.ts'
import type { Region } from '../report/sheet.ts'
import { isTurned, upright } from './orientation.ts'

/** What is to be explained: a picture as the model sees it, and what is known of it. */
export interface Subject {
  readonly name: string
  readonly picture: RgbPixels
  /** A file, and not one of the bundled scenes. */
  readonly isFile: boolean
  /** What was done to the picture that a user should know. */
  readonly notes: readonly string[]
  /** Where the objects of a class of the model are, where that is known. */
  truth(index: number): readonly Region[]
  /** Whom its parts are by. */
  readonly credit?: string
}

const SCENE = /^([a-z-]+)\/(\d+)\/(\d+)$/

/** Whether a name is that of a bundled scene, such as `icon-scenes/0/00017`: the dataset, the seed and the position in it. */
export const isScene = (name: string): boolean => datasetIds.includes(SCENE.exec(name)?.[1] ?? '')

/** Reads a file, or a scene by its id such as `icon-scenes/0/00017`, and brings it to the model's size as the model's config says. */
export async function readSubject(name: string, model: Model): Promise<Subject> {
  const { imageSize } = model.transformer.input
  const [, id = '', sceneSeed, index] = SCENE.exec(name) ?? []
  if (!isScene(name)) {
    const { pixels, notes } = await readFile(name)
    return { name, isFile: true, notes, picture: fitPicture(model.fit, imageSize, pixels), truth: () => [] }
  }
  const dataset = await openDataset(id, { seed: Number(sceneSeed), size: imageSize.width })
  const { image, objects, ...sample } = await dataset.sample(Number(index))
  const named = (index: number) =>
    objects.filter(({ label }) => dataset.classNames[label] === model.classNames[index]).map(regionIn(model, image))
  return {
    name,
    isFile: false,
    notes: [],
    picture: fitPicture(model.fit, imageSize, image),
    truth: named,
    credit: creditLine(dataset, { image, objects, ...sample }),
  }
}

/** The pixels of a file or of a bundled scene, in its own size. */
export async function readPixels(name: string): Promise<RgbPixels> {
  if (!isScene(name)) return (await readFile(name)).pixels
  const [, id = '', seed, index] = SCENE.exec(name) ?? []
  return (await (await openDataset(id, { seed: Number(seed) })).sample(Number(index))).image
}

/** An object's box in shares of what the model sees of a picture. */
const regionIn =
  ({ transformer, fit }: Model, picture: RgbPixels) =>
  ({ box: [x0, y0, x1, y1] }: SceneObject): Region => {
    const { imageSize } = transformer.input
    const { resized, left, top } = placementOf(fit, imageSize, picture)
    const share = (at: number, from: number, to: number, margin: number, size: number) =>
      Math.min(1, Math.max(0, ((at * to) / from - margin) / size))
    const across = (x: number) => share(x, picture.width, resized.width, left, imageSize.width)
    const down = (y: number) => share(y, picture.height, resized.height, top, imageSize.height)
    return { left: across(x0), right: across(x1), top: down(y0), bottom: down(y1) }
  }

/**
 * The pixels of a picture file as `bench` and Pillow read them: transparency is dropped, CMYK converted without a profile. Unlike there, a picture
 * that its camera marks as lying on its side is turned, and that is said.
 */
async function readFile(name: string): Promise<{ readonly pixels: RgbPixels; readonly notes: readonly string[] }> {
  const file = fromHere(name)
  try {
    const stored = await decodeImage(file)
    const { orientation = 1 } = await sharp(file, { limitInputPixels: false }).metadata()
    if (!isTurned(orientation)) return { pixels: stored, notes: [] }
    const note = `turned upright, as its EXIF orientation ${orientation} says; bench takes pictures as they are stored, as Pillow and torchvision do`
    return { pixels: upright(stored, orientation), notes: [note] }
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error
    throw new UsageError(`expected a picture or a scene such as icon-scenes/0/00017: ${error.problem}`)
  }
}
