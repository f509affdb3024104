import { resizeBilinear } from '@vitrine/metrics'
import { colourAt, type MapPaint, painted } from '@vitrine/paint'
import { decodeMap, type EncodedMap } from '@vitrine/records'
import sharp from 'sharp'

/** Maps as tiles of one picture, `across` in a row. */
export interface Sprite {
  readonly tiles: readonly (readonly [map: EncodedMap | null, paint: MapPaint])[]
  readonly across: number
}

/** Patches of a tile's side, without the margin. */
const TILE = 14

/** Repeated at each edge of a tile, so that a browser that enlarges it mixes in nothing of its neighbours. */
const MARGIN = 1

const SIDE = TILE + 2 * MARGIN

/** Paints a sprite; it is small, since nothing is enlarged before the browser does. */
export default async ({ tiles, across }: Sprite): Promise<Uint8Array> => {
  const width = across * SIDE
  const height = Math.max(1, Math.ceil(tiles.length / across)) * SIDE
  const data = new Uint8Array(width * height * 4)
  tiles.forEach(([map, paint], i) => {
    if (!map) return
    const { rows, columns, values } = decodeMap(map)
    const square =
      rows === TILE && columns === TILE ? values : resizeBilinear(Float32Array.from(values), rows, columns, TILE, TILE)
    const { at, ramp } = painted(square, paint)
    const [left, top] = [(i % across) * SIDE, Math.floor(i / across) * SIDE]
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        data.set(colourAt(at[inside(y) * TILE + inside(x)] ?? 0, ramp), ((top + y) * width + left + x) * 4)
      }
    }
  })
  return sharp(data, { raw: { width, height, channels: 4 } })
    .webp({ lossless: true, effort: 4 })
    .toBuffer()
}

const inside = (i: number): number => Math.min(TILE - 1, Math.max(0, i - MARGIN))
