import type { RgbImage, Sample } from '@vitrine/datasets/sample'
import type { MethodChoice } from '@vitrine/explainers/run'
import { type MosaicRules, measureMosaic, mosaicSide } from '@vitrine/metrics'
import { resizeBilinearAntialiased } from '@vitrine/models/architecture'
import {
  affordable,
  cellsPerImage,
  type ExplainedCells,
  type ExplainedStart,
  isDear,
  notExplained,
} from './explained.ts'
import { heatmapOf } from './heatmap.ts'
import { groupCells } from './map-columns.ts'
import { writeInput } from './model-input.ts'
import type { ModelRun } from './model-run.ts'
import { mapsOfSteps } from './steps.ts'

/** Pictures as a mosaic, row by row, each at the size of the first; the class of each is annotated where its picture is. */
export function mosaicOf(pictures: readonly Pick<Sample, 'id' | 'image' | 'label'>[]): Sample {
  const [first] = pictures
  if (!first) throw new RangeError('[vitrine] [measure] mosaic: expected pictures, got none')
  const { width, height } = first.image
  const size = { width: mosaicSide * width, height: mosaicSide * height }
  const image: RgbImage = { ...size, data: new Uint8Array(3 * size.width * size.height) }
  const objects = pictures.map((picture, i) => {
    const [left, top] = [(i % mosaicSide) * width, Math.floor(i / mosaicSide) * height]
    const { data } = resizeBilinearAntialiased(picture.image, width, height)
    for (let y = 0; y < height; y++)
      image.data.set(data.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((top + y) * size.width + left))
    return { label: picture.label, box: [left, top, left + width, top + height] as const }
  })
  return { id: `${pictures.map(({ id }) => id).join('+')}`, image, label: first.label, objects }
}

/**
 * Explains the classes of each image's mosaic. A sampled method whose explanation takes more passes than the budget is not asked, and its images are
 * in the state `too-dear`; an image without three others of different classes after it is in the state `too-few`.
 *
 * @param others images that follow an image in its dataset, of classes of their own: three, or fewer where there are none
 * @returns per image, per method key
 */
export async function measureMosaics(
  run: ModelRun,
  { budget }: MosaicRules,
  methods: readonly MethodChoice[],
  images: readonly ExplainedStart[],
  others: (sample: Sample) => Promise<readonly Sample[]>,
  seed: number,
): Promise<ReadonlyMap<string, ExplainedCells>[]> {
  const mosaics = new Map<ExplainedStart, ExplainedStart>()
  for (const start of images) {
    const pictures = [start.sample, ...(await others(start.sample))]
    if (pictures.length < mosaicSide ** 2) continue
    const sample = mosaicOf(pictures)
    mosaics.set(start, { ...start, sample, pixels: writeInput(run.model, sample.image) })
  }
  const steps = [...mosaics.values()].flatMap(image =>
    image.sample.objects.map(({ label }) => ({ image, pixels: image.pixels, target: label })),
  )
  const found = await mapsOfSteps(run, affordable(budget, methods, images), steps, seed)
  return cellsPerImage(images, methods, (method, image) => {
    const { key, explainer } = method
    if (isDear(budget, method, image)) return notExplained('mosaic', 'label', 'too-dear')
    const mosaic = mosaics.get(image)
    const maps = mosaic && found.get(mosaic)?.get(key)
    if (!maps) return notExplained('mosaic', 'label', 'too-few')
    const heatmaps = maps.map(map => heatmapOf(run.model.transformer, explainer, map))
    return { cells: groupCells('mosaic', 'label', measureMosaic(heatmaps)), explanations: maps.length }
  })
}
