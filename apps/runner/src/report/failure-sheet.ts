import { join } from 'node:path'
import { creditLine, type Dataset, type Sample } from '@vitrine/datasets'
import { hash32 } from '@vitrine/explainers/run'
import { otherClass, walkOf, writeInput } from '@vitrine/measure'
import {
  applyMask,
  type Failure,
  type Pattern,
  type Protocol,
  patterns,
  perturbationMasks,
  rankMap,
  removalMasks,
  sharedSteps,
  worstImages,
} from '@vitrine/metrics'
import type { Model } from '@vitrine/models'
import { mapPaint, type Ramp } from '@vitrine/paint'
import {
  type BenchRecord,
  decodeMap,
  type EncodedMap,
  engineOf,
  methodLabel,
  positionOf,
} from '@vitrine/records/record'
import { sizeOf } from '@vitrine/tensor'
import sharp, { type OverlayOptions } from 'sharp'
import { outputFolder, writeOutput } from '../cli/output.ts'
import { shownNumber } from '../cli/text-table.ts'
import { withClassesOf } from '../open/classes.ts'
import type { Sources } from '../open/sources.ts'
import { outline, tile } from './contact-sheet.ts'
import { LEGEND_WIDTH, legend, overlay, type Picture, textPath, wrapText } from './draw.ts'

const CELL = 168
const GAP = 8
const EXAMPLES = 3
const LINE = 15

interface Example extends Failure {
  readonly record: BenchRecord
  readonly sample: Sample
}

/**
 * Shows how the maps of a run fail, on the records of its first model and engine: a picture per pattern with each method's worst images,
 * and `failures.md` with their numbers and what to see.
 *
 * @returns the text file; undefined where no record has measured failures
 */
export async function failureSheets(
  records: readonly BenchRecord[],
  sources: Sources,
  seed: number,
  folder: string,
): Promise<string | undefined> {
  const done = records.filter(
    r => r.status === 'ok' && !r.method.control && (r.protocol.choices as Partial<Protocol>).diagnostics,
  )
  const [first] = done
  if (!first) return undefined
  const same = done.filter(r => r.model.id === first.model.id && engineOf(r) === engineOf(first))
  const model = sources.models.find(({ id }) => id === first.model.id)
  if (!model) return undefined
  const datasets = new Map([...sources.datasets.values()].map(dataset => [dataset.id, withClassesOf(model, dataset)]))
  const credits = [...new Set([...datasets.values()].map(dataset => creditLine(dataset)))].filter(Boolean)

  outputFolder(folder)
  const text = [`# How maps fail: ${first.model.name} on ${engineOf(first)}`, '']
  for (const pattern of patterns) {
    const rows = await examplesOf(pattern, same, datasets, model)
    if (rows.length === 0) continue
    const file = `${pattern.id}.png`
    await drawSheet(pattern, rows, model, seed, credits, join(folder, file))
    text.push(`## ${pattern.title}`, '', `${pattern.question} The worst images of each method: [${file}](${file})`, '')
    for (const { method, examples } of rows) {
      text.push(`* **${method}**`)
      for (const { sample, value, sentence } of examples)
        text.push(`  * ${sample.id}: ${pattern.number} ${shownNumber(value)}. ${sentence}`)
    }
    text.push('')
  }
  const listing = join(folder, 'failures.md')
  writeOutput(listing, text.join('\n'))
  return listing
}

interface MethodExamples {
  readonly method: string
  readonly examples: readonly Example[]
}

/** Each method's worst images over all datasets. */
async function examplesOf(
  pattern: Pattern,
  records: readonly BenchRecord[],
  datasets: ReadonlyMap<string, Dataset>,
  { classNames }: Model,
): Promise<MethodExamples[]> {
  const className = (label: number) => classNames[label] ?? `class ${label}`
  const rows: MethodExamples[] = []
  for (const [method, own] of Map.groupBy(records, methodLabel)) {
    const examples: Example[] = []
    for (const failure of worstImages(pattern, own, EXAMPLES, className)) {
      const { record, image } = failure
      const sample = await datasets
        .get(record.dataset.id)
        ?.sample(positionOf(record.dataset, record.images.index[image] ?? 0))
      if (sample) examples.push({ ...failure, sample })
    }
    if (examples.length > 0) rows.push({ method, examples })
  }
  return rows
}

async function drawSheet(
  pattern: Pattern,
  rows: readonly MethodExamples[],
  model: Model,
  seed: number,
  credits: readonly string[],
  file: string,
): Promise<void> {
  const pictures = rows.some(({ examples }) => examples.some(({ step }) => step)) ? 3 : 2
  const span = pictures * (CELL + GAP)
  const width = GAP + EXAMPLES * (span + GAP)
  const seen = pictures === 3 ? ', what the model saw at the step' : ''
  const others = rows.some(({ examples }) => examples.some(({ sample }) => otherClass(sample) !== undefined))
  const shown = `Each: the image (solid: the labelled object${others ? '; dashed: the other one' : ''}), the map${seen}.`
  const tiles: OverlayOptions[] = []
  const words = [
    textPath(pattern.title, GAP, 26, { size: 20 }),
    textPath(`${pattern.question} ${shown}`, GAP, 46, { size: 13, fill: '#5c5c66' }),
  ]
  const ramps = new Set<Ramp>()
  let top = 64
  for (const { method, examples } of rows) {
    words.push(textPath(method, GAP, top + 12, { size: 15 }))
    let longest = 0
    for (const [column, example] of examples.entries()) {
      const left = GAP + column * (span + GAP)
      const { record, image, sample, value, sentence, step } = example
      const map = mapOf(record, pattern, image)
      const at = top + 20
      tiles.push(await tile(sample.image, left, at, CELL), outline(sample, left, at, CELL))
      if (map) {
        const { values, rows: down, columns } = decodeMap(map)
        const { picture, ramp } = overlay(sample.image, values, down, columns, mapPaint(record.method.details))
        ramps.add(ramp)
        tiles.push(await tile(picture, left + CELL + GAP, at, CELL))
      }
      if (step) tiles.push(await tile(pictureOf(model, example, seed), left + 2 * (CELL + GAP), at, CELL))
      const lines = wrapText(sentence, span - GAP, 12)
      longest = Math.max(longest, lines.length)
      words.push(textPath(`${pattern.number} ${shownNumber(value)}`, left, at + CELL + LINE, { size: 12 }))
      lines.forEach((line, i) => {
        words.push(textPath(line, left, at + CELL + LINE * (i + 2), { size: 12, fill: '#5c5c66' }))
      })
    }
    top += 20 + CELL + LINE * (longest + 2)
  }
  const scales = legend(ramps, GAP, top + 4, LEGEND_WIDTH)
  words.push(scales.svg)
  top += scales.height
  const footer = credits.flatMap(credit => wrapText(credit, width - 2 * GAP, 10))
  footer.forEach((line, i) => {
    words.push(textPath(line, GAP, top + 12 + 14 * i, { size: 10, fill: '#5c5c66' }))
  })
  const height = top + 14 * footer.length + 12
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${words.join('')}</svg>`
  const sheet = sharp({ create: { width, height, channels: 3, background: '#fbfbfa' } })
    .composite([...tiles, { input: Buffer.from(svg), left: 0, top: 0 }])
    .png()
  writeOutput(file, await sheet.toBuffer())
}

/** The map that shows the pattern; a label's map is stored only where it is not the predicted class's. */
function mapOf({ columns }: BenchRecord, { target }: Pattern, image: number): EncodedMap | undefined {
  const stored = columns[`map.${target}`]?.[image] ?? columns['map.predicted']?.[image]
  return (stored ?? undefined) as EncodedMap | undefined
}

/** What the model saw at the step of a path. The pixels that a removal takes are those of the stored map, quantised to 8 bits. */
function pictureOf(model: Model, { record, sample, image, step }: Example, seed: number): Picture {
  const { imageSize, mean, std } = model.transformer.input
  const protocol = record.protocol.choices as unknown as Protocol
  const input = { ...imageSize, values: new Float32Array(sizeOf(model.transformer.imageShape(1))) }
  writeInput(model, sample.image, input.values)
  const predicted = record.images.predicted[image] ?? -1
  const stepped = (): Float32Array | undefined => {
    if (!step) return undefined
    const { kind, amount } = step
    if (kind !== 'removal') {
      const walk = walkOf(protocol, sample, predicted, input, seed)
      return sharedSteps({ kind, steps: [amount] }, walk)[0]
    }
    const stored = record.columns['map.predicted']?.[image] as EncodedMap | null | undefined
    if (!stored) return undefined
    const { rows, columns, values } = decodeMap(stored)
    const heatmap = { rows, columns, values, scale: 'relative' } as const
    const found = perturbationMasks(protocol, rankMap(heatmap, imageSize, hash32(`${seed} ${sample.id}`)))
    if (found.state !== 'ok') return undefined
    const [mask] = removalMasks(protocol, { kind, steps: [amount] }, found.masks.morf)
    return mask && applyMask(input.values, mask)
  }
  const values = stepped() ?? input.values
  const area = input.width * input.height
  const data = Uint8ClampedArray.from({ length: 3 * area }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / 3), i % 3]
    return 255 * ((values[channel * area + pixel] ?? 0) * (std[channel] ?? 1) + (mean[channel] ?? 0))
  })
  return { width: input.width, height: input.height, data: new Uint8Array(data.buffer) }
}
