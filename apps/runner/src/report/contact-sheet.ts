import { creditLine, type Sample } from '@vitrine/datasets'
import type { Slice } from '@vitrine/measure'
import { imageValues } from '@vitrine/metrics'
import { mapPaint, type Ramp } from '@vitrine/paint'
import { type BenchRecord, decodeMap, type EncodedMap } from '@vitrine/records'
import { engineOf, methodLabel } from '@vitrine/records/record'
import sharp, { type OverlayOptions } from 'sharp'
import { writeOutput } from '../cli/output.ts'
import { withClassesOf } from '../open/classes.ts'
import type { Sources } from '../open/sources.ts'
import { LEGEND_WIDTH, legend, overlay, type Picture, textPath, wrapText } from './draw.ts'

const CELL = 168
const GAP = 8
const LABEL = 34
const IMAGES_PER_DATASET = 3

/** What the records of a run were measured on. */
export interface SheetSources extends Sources {
  readonly slice: Slice
}

/**
 * Writes a picture of a run: a row per image (the first ones of each dataset that could be read), with the truth outlined, and each
 * method's map of the predicted class over it.
 */
export async function contactSheet(
  records: readonly BenchRecord[],
  { models, datasets, slice }: SheetSources,
  file: string,
): Promise<void> {
  const done = records.filter(r => r.status === 'ok')
  const firstOf = done.find(r => r.protocol.id === 'standard') ?? done[0]
  const model = models.find(m => m.id === firstOf?.model.id)
  if (!firstOf || !model) return
  const same = done.filter(
    r => r.protocol.id === firstOf.protocol.id && r.model.id === firstOf.model.id && engineOf(r) === engineOf(firstOf),
  )
  const methods = [...new Map(same.map(r => [methodLabel(r), r.method])).entries()].sort(
    ([, a], [, b]) => Number(a.control) - Number(b.control),
  )
  const { classNames } = model
  const tiles: OverlayOptions[] = []
  const words: string[] = []
  const left = (column: number) => GAP + column * (CELL + GAP)
  let top = LABEL
  methods.forEach(([name], i) => {
    words.push(textPath(name, left(i + 1), LABEL - 12, { width: CELL }))
  })
  words.push(textPath('image and truth', left(0), LABEL - 12, { width: CELL }))

  const ramps = new Set<Ramp>()
  const credits: string[] = []
  for (const opened of datasets.values()) {
    const { id } = opened
    const images = same.find(r => r.dataset.id === id)?.images
    if (!images) continue
    const dataset = withClassesOf(model, opened)
    credits.push(creditLine(dataset))
    const readable = [...images.index.keys()].filter(k => (images.predicted[k] ?? -1) >= 0)
    for (const k of readable.slice(0, IMAGES_PER_DATASET)) {
      const sample = await dataset.sample(slice.indices[images.index[k] ?? 0] ?? 0)
      tiles.push(await tile(sample.image, left(0), top), outline(sample, left(0), top))
      const predicted = images.predicted[k] ?? 0
      const probability = images.probability[k] ?? 0
      const verdict = predicted === sample.label ? '' : `, not ${classNames[sample.label]}`
      const caption = `${classNames[predicted]} ${(100 * probability).toFixed(0)} %${verdict}`
      words.push(
        textPath(caption, left(0), top + CELL + 15, {
          size: 12,
          width: CELL,
          fill: verdict === '' ? '#1b1b1f' : '#a03020',
        }),
      )
      for (const [i, [name]] of methods.entries()) {
        const record = same.find(r => r.dataset.id === id && methodLabel(r) === name)
        const map = record?.columns['map.predicted']?.[k] as EncodedMap | null | undefined
        if (!record || !map) continue
        const { rows, columns, values } = decodeMap(map)
        const { picture, ramp } = overlay(sample.image, values, rows, columns, mapPaint(record.method.details))
        ramps.add(ramp)
        tiles.push(await tile(picture, left(i + 1), top))
        const iou = scoreOf(record, k)
        if (iou) words.push(textPath(iou, left(i + 1), top + CELL + 15, { size: 12, fill: '#5c5c66' }))
      }
      top += CELL + LABEL
    }
  }
  const width = left(methods.length + 1)
  const scales = legend(ramps, GAP, top, LEGEND_WIDTH)
  words.push(scales.svg)
  top += scales.height
  const footer = [...new Set(credits)].filter(Boolean).flatMap(credit => wrapText(credit, width - 2 * GAP, 10))
  footer.forEach((line, i) => {
    words.push(textPath(line, GAP, top + 14 + 14 * i, { size: 10, fill: '#5c5c66' }))
  })
  const height = top + 14 * footer.length + 14
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${words.join('')}</svg>`
  const sheet = sharp({ create: { width, height, channels: 3, background: '#fbfbfa' } })
    .composite([...tiles, { input: Buffer.from(text), left: 0, top: 0 }])
    .png()
  writeOutput(file, await sheet.toBuffer())
}

/** A picture at a place of a sheet, squashed to `side` pixels in width and height as the model saw it. */
export async function tile(
  { width, height, data }: Picture,
  left: number,
  top: number,
  side = CELL,
): Promise<OverlayOptions> {
  const input = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(side, side, { fit: 'fill' })
    .png()
    .toBuffer()
  return { input, left, top }
}

/** The boxes of a sample's objects over its tile; dashed where they are not of the labelled class. */
export function outline(sample: Sample, left: number, top: number, side = CELL): OverlayOptions {
  const { width, height } = sample.image
  const rectangles = sample.objects.map(({ box: [x0, y0, x1, y1], label }) => {
    const [x, y] = [(x0 * side) / width, (y0 * side) / height]
    const [w, h] = [((x1 - x0) * side) / width, ((y1 - y0) * side) / height]
    const dash = label === sample.label ? '' : ' stroke-dasharray="5 4"'
    const place = `x="${x}" y="${y}" width="${w}" height="${h}" fill="none"`
    return `<rect ${place} stroke="#000" stroke-opacity="0.6" stroke-width="4"${dash}/><rect ${place} stroke="#fff" stroke-width="2"${dash}/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}">${rectangles.join('')}</svg>`
  return { input: Buffer.from(svg), left, top }
}

/** IoU of one image at the threshold nearest to 0.5, from the stored counts. */
function scoreOf(record: BenchRecord, k: number): string | undefined {
  const iou = imageValues(record, { metric: 'iou', target: 'predicted', at: 'fixed' })?.[k]
  return typeof iou === 'number' ? `IoU ${iou.toFixed(2)}` : undefined
}
