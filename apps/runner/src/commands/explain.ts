import { mkdirSync } from 'node:fs'
import { basename, extname, relative, resolve } from 'node:path'
import { openBackend } from '@vitrine/backends'
import { creditLine, datasetIds, openDataset } from '@vitrine/datasets'
import { type MethodChoice, mapSize } from '@vitrine/explainers'
import { type Model, normalise, openModel, type RgbPixels, resizeBilinearAntialiased } from '@vitrine/models'
import type { Command } from 'commander'
import sharp, { type OverlayOptions } from 'sharp'
import { openEngine } from '../engine.ts'
import { chooseMethods, loadExplainers } from '../methods.ts'
import { count, explainerOption, repeated, threadsOption } from '../options.ts'
import { overlay, type Picture, textPath, wrapText } from '../picture.ts'
import { known, splitList, UsageError } from '../usage.ts'

export interface ExplainArguments {
  readonly methods: string
  readonly explainer: readonly string[]
  readonly model: string
  readonly backends: string
  readonly class: readonly string[]
  readonly threads: number
  readonly seed: number
  readonly out: string
  readonly json: boolean
}

export const explainDefaults = {
  methods: 'agcam,attention-rollout,transformer-attribution',
  model: 'icon-vit',
  backends: 'onnx',
  out: 'out/explain',
} as const

const CELL = 224
const GAP = 10
const CAPTION = 24

/** Adds the command to the program. */
export function register(vitrine: Command): void {
  vitrine
    .command('explain')
    .description('draw what each method says about pictures or scenes')
    .argument('<image...>', 'picture files, or scenes such as icon-scenes-pairs/0/00003')
    .option('--methods <list>', 'methods, or all', explainDefaults.methods)
    .addOption(explainerOption())
    .option('--model <name>', 'the model to explain', explainDefaults.model)
    .option('--backends <list>', 'engines', explainDefaults.backends)
    .addOption(repeated('--class <name>', 'a class to ask about, by name or index, instead of the predicted one'))
    .addOption(threadsOption())
    .addOption(count('--seed <n>', 'seed of random maps', 0, 0))
    .option('--out <dir>', 'folder for the pictures', explainDefaults.out)
    .option('--json', 'print one JSON object a line with the raw map instead of drawing', false)
    .addHelpText(
      'after',
      '\nExample:\n  pnpm explain icon-scenes-pairs/0/00003 --class sailboat --class penguin --methods all',
    )
    .action(async (images, options) => {
      process.exitCode = await explain(images, options)
    })
}

/** Explains pictures: an overlay of each method for each asked class, and one sheet per picture. */
export async function explain(images: readonly string[], args: ExplainArguments): Promise<number> {
  const methods = chooseMethods(args.methods, await loadExplainers(args.explainer))
  const model = await openModel(args.model)
  const classes = args.class.map(name => classOf(model, name))
  const pictures = await Promise.all(images.map(name => readPicture(name, model, args.seed)))
  const here = process.env.INIT_CWD ?? process.cwd()
  const out = resolve(here, args.out)
  if (!args.json) mkdirSync(out, { recursive: true })
  for (const spec of splitList(args.backends)) {
    const backend = await openBackend(spec, { threads: args.threads })
    const engine = openEngine(backend, model, 1)
    for (const [i, picture] of pictures.entries()) {
      const name = images[i] ?? ''
      const pixels = normalise(model.transformer.config, picture)
      const batch = { ids: [basename(name)], pixels }
      const own = await engine.explain(methods, batch, args.seed)
      const probabilities = own.probabilities[0] ?? new Float32Array(0)
      const predicted = probabilities.indexOf(Math.max(...probabilities))
      const asked = classes.length > 0 ? classes : [predicted]
      const rows: Row[] = []
      for (const index of asked) {
        const found = index === predicted ? own : await engine.explain(methods, batch, args.seed, Int32Array.of(index))
        rows.push({
          index,
          probability: probabilities[index] ?? 0,
          maps: methods.map(m => found.maps.get(m.key)?.[0] ?? new Float32Array(0)),
        })
      }
      if (args.json) printJson(name, model, methods, `${backend.id}:${backend.engine}`, rows, predicted, probabilities)
      else {
        const stem = `${stemOf(name, images)}.${backend.id}-${backend.engine}`
        for (const file of await draw(picture, model, methods, rows, resolve(out, stem)))
          process.stdout.write(`${relative(here, file)}\n`)
      }
    }
    await engine.dispose()
    await backend.dispose()
  }
  return 0
}

interface Row {
  readonly index: number
  readonly probability: number
  readonly maps: readonly Float32Array[]
}

/** The file name without folder and ending; the whole path where several pictures share that. */
function stemOf(name: string, all: readonly string[]): string {
  const short = (path: string) => basename(path, extname(path))
  const shared = all.filter(other => short(other) === short(name)).length > 1 || /^[a-z-]+\/\d+\/\d+$/.test(name)
  return shared ? name.replace(/\.[^./]+$/, '').replace(/[^\w.-]+/g, '-') : short(name)
}

/** A class by its index or its name. */
function classOf({ classNames }: Model, name: string): number {
  const index = /^\d+$/.test(name) ? Number(name) : classNames.indexOf(known('class', name, classNames))
  if (index >= classNames.length)
    throw new UsageError(`--class: expected an index below ${classNames.length}, got ${index}`)
  return index
}

/** A picture and whom its parts are by. */
type CreditedPicture = RgbPixels & { readonly credit?: string }

/** A file squashed to the model's size, or a scene by its id, such as `icon-scenes/0/00017`. */
async function readPicture(name: string, { transformer }: Model, seed: number): Promise<CreditedPicture> {
  const { width, height } = transformer.config.imageSize
  const scene = /^([a-z-]+)\/(\d+)\/(\d+)$/.exec(name)
  if (scene && datasetIds.includes(scene[1] ?? '')) {
    const dataset = await openDataset(scene[1] ?? '', { seed: Number(scene[2] ?? seed), size: width })
    const sample = await dataset.sample(Number(scene[3]))
    return { ...sample.image, credit: creditLine(dataset, sample) }
  }
  const file = resolve(process.env.INIT_CWD ?? '.', name)
  try {
    const { data, info } = await sharp(file)
      .flatten()
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    return resizeBilinearAntialiased({ width: info.width, height: info.height, data }, width, height)
  } catch (error) {
    throw new UsageError(
      `${name}: expected a picture or a scene such as icon-scenes/0/00017 (${error instanceof Error ? error.message : error})`,
    )
  }
}

function printJson(
  image: string,
  model: Model,
  methods: readonly MethodChoice[],
  backend: string,
  rows: readonly Row[],
  predicted: number,
  probabilities: Float32Array,
): void {
  const describe = (index: number) => ({ index, name: model.classNames[index], probability: probabilities[index] })
  for (const { index, maps } of rows)
    methods.forEach(({ key }, m) => {
      const values = maps[m] ?? new Float32Array(0)
      const { rows: height, columns } = mapSize(model.transformer, values.length)
      const map = Array.from({ length: height }, (_, r) => Array.from(values.subarray(r * columns, (r + 1) * columns)))
      const line = {
        image,
        model: model.id,
        method: key,
        backend,
        class: describe(index),
        predicted: describe(predicted),
        rows: height,
        columns,
        map,
      }
      process.stdout.write(`${JSON.stringify(line)}\n`)
    })
}

/** Writes one overlay per class and method and the sheet of them all; answers with the files. */
async function draw(
  picture: CreditedPicture,
  model: Model,
  methods: readonly MethodChoice[],
  rows: readonly Row[],
  stem: string,
): Promise<string[]> {
  const files: string[] = []
  const width = GAP + (methods.length + 1) * (CELL + GAP)
  const bottom = CAPTION + rows.length * (CELL + CAPTION) + GAP
  const credits = wrapText(picture.credit ?? '', width - 2 * GAP, 10)
  const total = bottom + 14 * credits.length
  const left = (column: number) => GAP + column * (CELL + GAP)
  const words = methods.map(({ key }, m) => textPath(key, left(m + 1), CAPTION - 8, { width: CELL }))
  credits.forEach((line, i) => {
    words.push(textPath(line, GAP, bottom + 8 + 14 * i, { size: 10, fill: '#5c5c66' }))
  })
  const tiles: OverlayOptions[] = []
  for (const [r, { index, probability, maps }] of rows.entries()) {
    const top = CAPTION + r * (CELL + CAPTION)
    const name = model.classNames[index] ?? String(index)
    tiles.push({ input: await png(picture), left: left(0), top })
    words.push(
      textPath(`${name} ${(100 * probability).toFixed(1)} %`, left(0), top + CELL + 16),
      `<rect x="${left(0) + CELL - 80}" y="${top + CELL + 6}" width="80" height="10" fill="#e4e4e0"/>`,
      `<rect x="${left(0) + CELL - 80}" y="${top + CELL + 6}" width="${80 * probability}" height="10" fill="#b5367a"/>`,
    )
    for (const [m, map] of maps.entries()) {
      const { rows: height, columns } = mapSize(model.transformer, map.length)
      const made = overlay(picture, map, height, columns)
      tiles.push({ input: await png(made), left: left(m + 1), top })
      const file = `${stem}.${name}.${methods[m]?.key.replace(/[^a-z0-9.-]+/gi, '-')}.png`
      await sharp(await png(made)).toFile(file)
      files.push(file)
    }
  }
  const sheet = `${stem}.sheet.png`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${total}">${words.join('')}</svg>`
  await sharp({ create: { width, height: total, channels: 3, background: '#fbfbfa' } })
    .composite([...tiles, { input: Buffer.from(svg), left: 0, top: 0 }])
    .png()
    .toFile(sheet)
  return [...files, sheet]
}

const png = ({ width, height, data }: Picture): Promise<Buffer> =>
  sharp(data, { raw: { width, height, channels: 3 } })
    .resize(CELL, CELL)
    .png()
    .toBuffer()
