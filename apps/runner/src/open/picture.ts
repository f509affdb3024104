import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { creditLine, datasetIds, openDataset, type SceneObject } from '@vitrine/datasets'
import { fitPicture, type Model, placementOf, type RgbPixels } from '@vitrine/models'
import sharp from 'sharp'
import { UsageError } from '../cli/arguments.ts'
import type { Region } from '../report/sheet.ts'

/** What is to be explained: a picture as the model sees it, and what is known of it. */
export interface Subject {
  readonly name: string
  readonly picture: RgbPixels
  /** Where the objects of a class of the model are, where that is known. */
  truth(index: number): readonly Region[]
  /** Whom its parts are by. */
  readonly credit?: string
}

/** Reads a file, or a scene by its id such as `icon-scenes/0/00017`, and brings it to the model's size as the model's config says. */
export async function readSubject(name: string, model: Model, seed: number): Promise<Subject> {
  const { imageSize } = model.transformer.config
  const scene = /^([a-z-]+)\/(\d+)\/(\d+)$/.exec(name)
  if (!scene || !datasetIds.includes(scene[1] ?? ''))
    return { name, picture: fitPicture(model.fit, imageSize, await readFile(name)), truth: () => [] }
  const dataset = await openDataset(scene[1] ?? '', { seed: Number(scene[2] ?? seed), size: imageSize.width })
  const { image, objects, ...sample } = await dataset.sample(Number(scene[3]))
  const named = (index: number) =>
    objects.filter(({ label }) => dataset.classNames[label] === model.classNames[index]).map(regionIn(model, image))
  return {
    name,
    picture: fitPicture(model.fit, imageSize, image),
    truth: named,
    credit: creditLine(dataset, { image, objects, ...sample }),
  }
}

/** An object's box in shares of what the model sees of a picture. */
const regionIn =
  ({ transformer, fit }: Model, picture: RgbPixels) =>
  ({ box: [x0, y0, x1, y1] }: SceneObject): Region => {
    const { imageSize } = transformer.config
    const { resized, left, top } = placementOf(fit, imageSize, picture)
    const share = (at: number, from: number, to: number, margin: number, size: number) =>
      Math.min(1, Math.max(0, ((at * to) / from - margin) / size))
    const across = (x: number) => share(x, picture.width, resized.width, left, imageSize.width)
    const down = (y: number) => share(y, picture.height, resized.height, top, imageSize.height)
    return { left: across(x0), right: across(x1), top: down(y0), bottom: down(y1) }
  }

/** The pixels of a picture file, upright, on white where it is transparent. */
async function readFile(name: string): Promise<RgbPixels> {
  const file = resolve(process.env.INIT_CWD ?? '.', name)
  const expected = `${name}: expected a picture or a scene such as icon-scenes/0/00017`
  if (!existsSync(file)) throw new UsageError(`${expected}; there is no such file`)
  try {
    const upright = sharp(file).autoOrient().flatten({ background: '#fff' })
    const { data, info } = await upright.toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true })
    return { width: info.width, height: info.height, data }
  } catch (error) {
    throw new UsageError(`${expected} (${error instanceof Error ? error.message : error})`)
  }
}
