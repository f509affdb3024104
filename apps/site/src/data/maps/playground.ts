import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { creditLine, openDataset } from '@vitrine/datasets'
import { explainers, isForTexts, isSampled } from '@vitrine/explainers'
import { memoryBytes, openCheckpoint, readArray } from '@vitrine/models/checkpoint'
import sharp from 'sharp'
import { rankText } from '../../shared/format.ts'
import { leadMeasure } from '../boards/boards.ts'
import { slug } from '../boards/slug.ts'
import { type Standings, standingsOf } from '../boards/standings.ts'
import type { Make } from '../files/files.ts'
import type { Site } from '../load/index.ts'
import { measureName } from '../load/measures.ts'
import { methodOf } from '../words/methods.ts'

/** A method as the playground lists it. */
export interface PlaygroundMethod {
  readonly id: string
  readonly name: string
  readonly family: string
  /** Its page. */
  readonly path: string
  /** Its ranks on the front board, such as `3–9`; empty where it has none. */
  readonly rank: string
  /** Forward passes that a map takes. */
  readonly passes: number
  readonly sampled: boolean
  readonly classSpecific: boolean
  readonly signed: boolean
  readonly scale: 'relative' | 'unit'
  readonly control: boolean
  /** Whether two float32 computations of its maps may differ visibly. */
  readonly unstable: boolean
}

/** A scene to begin with. */
export interface PlaygroundScene {
  /** As `explain` takes it. */
  readonly id: string
  readonly path: string
  readonly words: string
}

const ASSETS = new URL('../../../../../packages/models/assets/icon-vit/', import.meta.url)

const weightFile = fileURLToPath(new URL('model.safetensors', ASSETS))

/** Of the bundled model's weights, as records have it. */
export const BUNDLED_HASH = createHash('sha256').update(readFileSync(weightFile)).digest('hex')

/** The folder of the bundled model in half precision, below the site's root. Its name changes with the weights, as browsers keep the files. */
const FOLDER = `try/icon-vit-${BUNDLED_HASH.slice(0, 8)}`
export const MODEL = { weights: `${FOLDER}/model.safetensors`, config: `${FOLDER}/config.json` } as const

/** Positions of the scenes to begin with: of one object, of two, and in styles that the model never saw. */
const SCENES = { 'icon-scenes': [0, 3, 7, 12], 'icon-scenes-pairs': [1, 3, 5], 'icon-scenes-shifted': [2] } as const

export const isBundled = (method: string): boolean => explainers.some(({ id }) => id === method)

/** The bundled methods in the order in which the front board ranks them, controls last; without those that need texts, which the page does not ask. */
export async function playgroundMethods({ front }: Site): Promise<{
  readonly methods: readonly PlaygroundMethod[]
  /** What they are ranked by. */
  readonly measure: string
}> {
  const lead = leadMeasure(front)
  const standings: Standings = (lead && (await standingsOf(front)).get(lead.key)) ?? new Map()
  const places = new Map([...standings.keys()].map((id, place) => [id, place]))
  const measured = new Map(
    front.done.filter(entry => entry.row === entry.method.id).map(entry => [entry.method.id, entry] as const),
  )
  const methods = [...explainers.values()]
    .filter(explainer => !explainer.readsTruth && !isForTexts(explainer))
    .map(explainer => {
      const { id, name, family, classSpecific, signed, scale, conditioning } = explainer
      const entry = measured.get(id)
      const ranks = entry && standings.get(entry.slug)?.ranks
      return {
        place: places.get(entry?.slug ?? '') ?? places.size,
        id,
        name,
        family,
        path: entry ? `methods/${methodOf(entry).path}.html` : '',
        rank: ranks ? rankText(...ranks) : '',
        passes: entry?.cost.relativeFlops ?? 0,
        sampled: isSampled(explainer),
        classSpecific,
        signed,
        scale,
        control: family === 'control',
        unstable: conditioning === 'poor',
      }
    })
  methods.sort((a, b) => Number(a.control) - Number(b.control) || a.place - b.place)
  return { methods: methods.map(({ place: _, ...method }) => method), measure: lead ? measureName(lead) : '' }
}

/** Scenes to begin with, and whom they are by. */
export async function playgroundScenes(): Promise<{
  readonly scenes: readonly (PlaygroundScene & { readonly picture: Make })[]
  readonly credit: string
}> {
  const scenes: (PlaygroundScene & { readonly picture: Make })[] = []
  const credits: string[] = []
  for (const [id, positions] of Object.entries(SCENES)) {
    const dataset = await openDataset(id, { seed: 0, size: 224 })
    for (const position of positions) {
      const sample = await dataset.sample(position)
      const { width, height, data } = sample.image
      const shown = [...new Set(sample.objects.map(({ label }) => dataset.classNames[label] ?? ''))]
      credits.push(creditLine(dataset, sample))
      scenes.push({
        id: sample.id,
        path: `try/${slug(sample.id)}.webp`,
        words: shown.join(' and '),
        // The model is given these pixels, so none may change.
        picture: () =>
          sharp(data, { raw: { width, height, channels: 3 } })
            .webp({ lossless: true })
            .toBuffer(),
      })
    }
  }
  return { scenes, credit: [...new Set(credits)].join(' ') }
}

/** The files of the playground, by their paths below the site's root. */
export async function playgroundFiles(): Promise<Map<string, Make>> {
  const { scenes } = await playgroundScenes()
  return new Map<string, Make>([
    [MODEL.weights, halfPrecision],
    [MODEL.config, () => readFileSync(new URL('config.json', ASSETS))],
    ...scenes.map(({ path, picture }) => [path, picture] as const),
  ])
}

/** The bundled model's weights as float16: half as much to load. */
async function halfPrecision(): Promise<Uint8Array> {
  const { arrays } = await openCheckpoint(memoryBytes(weightFile, readFileSync(weightFile)))
  const header: Record<string, { dtype: 'F16'; shape: readonly number[]; data_offsets: [number, number] }> = {}
  const parts: Float16Array[] = []
  let at = 0
  for (const [name, array] of arrays) {
    const half = Float16Array.from(await readArray(array))
    header[name] = { dtype: 'F16', shape: array.shape, data_offsets: [at, at + half.byteLength] }
    at += half.byteLength
    parts.push(half)
  }
  const json = Buffer.from(JSON.stringify(header))
  const text = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')])
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, ...parts.map(part => new Uint8Array(part.buffer))])
}
