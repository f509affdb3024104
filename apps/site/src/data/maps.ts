import { resizeBilinear } from '@vitrine/metrics'
import { decodeMap, type EncodedMap } from '@vitrine/records'
import sharp from 'sharp'
import { colourAt, type Paint, positions } from '../shared/colour.ts'
import type { Board } from './boards.ts'
import { type Method, methodOf } from './methods.ts'
import { type Album, albumOf } from './pictures.ts'
import type { Entry } from './records.ts'
import { slug } from './slug.ts'

/** Patches of a tile's side, without the margin. */
export const TILE = 14

/** Repeated at each edge of a tile, so that a browser that enlarges it mixes in nothing of its neighbours. */
export const MARGIN = 1

const SIDE = TILE + 2 * MARGIN

/** Images in the strip of a board's row. */
export const STRIP = 4

/** Every method's maps of the same images, from one model and engine: the protocols share them. */
export interface MapSet {
  /** Its gallery is `gallery/${path}.html`. */
  readonly path: string
  readonly model: string
  readonly dataset: string
  readonly engine: string
  /** One entry per method, in the order of the tiles. */
  readonly entries: readonly Entry[]
  readonly methods: readonly Method[]
  readonly boards: readonly Board[]
  readonly images: Entry['images']
  readonly album: Album
  /** Classes that are explained: `predicted`, `label`, … */
  readonly targets: readonly string[]
  /** Positions of the images in a row's strip: the first that the model gets right. */
  readonly strip: readonly number[]
}

/** Groups boards that differ by nothing but their protocol. */
export async function mapSetsOf(boards: readonly Board[]): Promise<MapSet[]> {
  const groups = Map.groupBy(boards, ({ setting: { model, dataset, engine }, images, entries: [first] }) =>
    JSON.stringify([model, dataset, engine, first?.model.hash, first?.dataset.hash, first?.seed, images.id]),
  )
  const taken = new Map<string, number>()
  return Promise.all(
    [...groups.values()].flatMap(group => {
      const rows = new Map(group.flatMap(board => board.done.map(entry => [entry.row, entry] as const)))
      const entries = [...rows.values()].filter(entry => entry.maps.size > 0)
      const [first] = entries
      const [board] = group
      if (!first || !board) return []
      const { model, dataset, engine } = board.setting
      const plain = [model, dataset, engine.replace(':', '-')].map(slug).join('/')
      const twins = taken.get(plain) ?? 0
      taken.set(plain, twins + 1)
      return [setOf(twins === 0 ? plain : `${plain}-${twins + 1}`, first, entries, group)]
    }),
  )
}

async function setOf(path: string, first: Entry, entries: readonly Entry[], boards: readonly Board[]): Promise<MapSet> {
  const { images } = first
  const setting = boards[0]?.setting
  const all = images.index.map((_, i) => i)
  const right = all.filter(i => images.predicted[i] === images.label[i])
  return {
    path,
    model: setting?.model ?? first.model.id,
    dataset: setting?.dataset ?? first.dataset.id,
    engine: setting?.engine ?? '',
    entries,
    methods: entries.map(methodOf),
    boards,
    images,
    album: await albumOf(first),
    targets: [...new Set(entries.flatMap(entry => [...entry.maps.keys()]))].sort(
      (a, b) => Number(b === 'predicted') - Number(a === 'predicted') || (a < b ? -1 : 1),
    ),
    strip: (right.length >= STRIP ? right : all).slice(0, STRIP),
  }
}

/** The map of a class; the label's is that of the predicted class where the prediction is right or the method asks for no class. */
export function mapAt(entry: Entry, image: number, target: string): EncodedMap | null {
  return entry.maps.get(target)?.[image] ?? (target === 'label' ? entry.maps.get('predicted')?.[image] : null) ?? null
}

/** Maps as tiles of one picture, `across` in a row: small, since nothing is enlarged before the browser does. */
export async function spriteOf(
  tiles: readonly (readonly [EncodedMap | null, Paint])[],
  across: number,
): Promise<Buffer> {
  const width = across * SIDE
  const height = Math.max(1, Math.ceil(tiles.length / across)) * SIDE
  const data = new Uint8Array(width * height * 4)
  tiles.forEach(([map, paint], i) => {
    if (!map) return
    const { rows, columns, values } = decodeMap(map)
    const square =
      rows === TILE && columns === TILE ? values : resizeBilinear(Float32Array.from(values), rows, columns, TILE, TILE)
    const at = positions(square, paint)
    const [left, top] = [(i % across) * SIDE, Math.floor(i / across) * SIDE]
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        data.set(colourAt(at[inside(y) * TILE + inside(x)] ?? 0, paint), ((top + y) * width + left + x) * 4)
      }
    }
  })
  return sharp(data, { raw: { width, height, channels: 4 } })
    .webp({ lossless: true, effort: 4 })
    .toBuffer()
}

const inside = (i: number): number => Math.min(TILE - 1, Math.max(0, i - MARGIN))

/** Every method's map of one image, one below the other. */
export const imageSprite = (set: MapSet, image: number, target: string): Promise<Buffer> =>
  spriteOf(
    set.entries.map((entry, m) => [mapAt(entry, image, target), paintOf(set, m)]),
    1,
  )

/** The strips of all methods, one below the other. */
export const stripSprite = (set: MapSet): Promise<Buffer> =>
  spriteOf(
    set.entries.flatMap((entry, m) =>
      // Always as many tiles, so that a row of the picture is a method.
      Array.from({ length: STRIP }, (_, k) => {
        const image = set.strip[k]
        return [image === undefined ? null : mapAt(entry, image, 'predicted'), paintOf(set, m)] as const
      }),
    ),
    STRIP,
  )

const paintOf = (set: MapSet, m: number): Paint => set.methods[m] ?? { signed: false, scale: 'relative' }

/** The images of the strip side by side in grey, `side` pixels each; `null` where they cannot be shown. */
export async function stripImages(set: MapSet, side: number): Promise<Buffer | null> {
  const pictures = await Promise.all(set.strip.map(i => set.album.picture(set.images.id[i] ?? '')))
  const parts = await Promise.all(pictures.map(async picture => picture?.grey(side)))
  if (parts.every(part => part === undefined)) return null
  return sharp({ create: { width: STRIP * side, height: side, channels: 3, background: '#808080' } })
    .composite(parts.flatMap((input, i) => (input ? [{ input, left: i * side, top: 0 }] : [])))
    .greyscale()
    .webp({ quality: 70 })
    .toBuffer()
}
