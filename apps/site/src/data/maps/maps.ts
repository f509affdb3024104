import { type MapPaint, mapPaint } from '@vitrine/paint'
import type { EncodedMap } from '@vitrine/records'
import sharp from 'sharp'
import type { Board } from '../boards/boards.ts'
import { slug } from '../boards/slug.ts'
import type { Entry } from '../load/records.ts'
import { inThread } from '../load/threads.ts'
import { type Method, methodOf } from '../words/methods.ts'
import { ZERO } from '../words/removal.ts'
import { type Album, albumOf } from './pictures.ts'
import type { Sprite } from './sprite.worker.ts'

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
  /** Classes that are explained: `predicted`, `label`, and `other` where images show two. */
  readonly targets: readonly string[]
  /** Positions of the images in a row's strip: the first that the model gets right. */
  readonly strip: readonly number[]
}

/** The board by whose numbers the pages of a set are ordered. */
export const mainBoard = ({ boards }: Pick<MapSet, 'boards'>): Board | undefined =>
  boards.find(({ setting }) => setting.protocol === 'standard' && setting.removal === ZERO) ?? boards[0]

/** Groups boards that differ by nothing but their protocol and removal. */
export async function mapSetsOf(boards: readonly Board[]): Promise<MapSet[]> {
  const groups = Map.groupBy(boards, ({ setting: { model, dataset, engine }, images, entries: [first] }) =>
    JSON.stringify([model, dataset, engine, first?.model.hash, first?.dataset.hash, first?.seed, images.id]),
  )
  const taken = new Map<string, number>()
  return Promise.all(
    [...groups.values()].flatMap(group => {
      const rows = Map.groupBy(
        group.flatMap(board => board.done),
        entry => entry.row,
      )
      // A protocol that asks for more explanations has more maps.
      const entries = [...rows.values()]
        .flatMap(own => own.toSorted((a, b) => b.maps.size - a.maps.size)[0] ?? [])
        .filter(entry => entry.maps.size > 0)
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

/** The map of a class: that of the predicted class where it is the same class, or where the method asks for none. */
export function mapAt(entry: Entry, image: number, target: string): EncodedMap | null {
  return entry.maps.get(target)?.[image] ?? entry.maps.get('predicted')?.[image] ?? null
}

/** Maps as tiles of one picture, `across` in a row, painted in another thread. */
const spriteOf = async (tiles: Sprite['tiles'], across: number): Promise<Uint8Array> =>
  inThread<Sprite, Uint8Array>(new URL('./sprite.worker.ts', import.meta.url), { tiles, across })

/** Every method's map of one image, one below the other. */
export const imageSprite = (set: MapSet, image: number, target: string): Promise<Uint8Array> =>
  spriteOf(
    set.entries.map((entry, m) => [mapAt(entry, image, target), paintOf(set, m)]),
    1,
  )

/** The strips of all methods, one below the other. */
export const stripSprite = (set: MapSet): Promise<Uint8Array> =>
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

const paintOf = (set: MapSet, m: number): MapPaint => mapPaint(set.methods[m])

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

/** The outlines of the objects in the images of the strip, side by side on clear ground: solid for the labelled class, dashed for others. */
export async function stripOutlines(set: MapSet, side: number): Promise<Buffer | null> {
  const pictures = await Promise.all(set.strip.map(i => set.album.picture(set.images.id[i] ?? '')))
  if (pictures.every(picture => picture === null)) return null
  const tiles = pictures.map((picture, i) => {
    if (!picture) return ''
    const { width, height, objects } = picture
    const label = set.images.label[set.strip[i] ?? -1]
    const scale = `translate(${i * side} 0) scale(${side / width} ${side / height})`
    const paths = objects.map(object => {
      const dash = object.label === label ? '' : ' stroke-dasharray="14 10"'
      return `<path d="${object.path}" stroke="#000" stroke-opacity="0.4" stroke-width="8"${dash}/><path d="${object.path}" stroke="#fff" stroke-width="3.5"${dash}/>`
    })
    return `<g transform="${scale}" fill="none">${paths.join('')}</g>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${STRIP * side}" height="${side}">${tiles.join('')}</svg>`
  return sharp(Buffer.from(svg)).webp({ nearLossless: true, quality: 20, effort: 6 }).toBuffer()
}
