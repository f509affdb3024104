import { type Box, boxAround, type Heatmap, readyMap, resizeBilinear } from '@vitrine/metrics'
import { colourAt, painted } from '@vitrine/paint'
import type { PlaygroundMethod } from '../../data/maps/playground.ts'
import { fixed, percent } from '../../shared/format.ts'
import type { MadeMap, Pixels } from './messages.ts'
import { type Found, foundIn, isEmpty, type Region, whereabouts } from './region.ts'

/** How maps are shown. */
export interface Look {
  readonly threshold: number
  /** Of the map over the picture, in [0, 1]. */
  readonly opacity: number
  readonly region: Region
}

/** A map with what is computed of it once. */
export interface ShownMap {
  readonly made: MadeMap
  readonly heatmap: Heatmap
  /** At the size of the model's view, in [0, 1]; `null` where the map ranks nothing. */
  readonly ready: Float32Array | null
  /** The colours of each pixel, to be laid over the grey picture: red, green, blue, opacity. */
  readonly colours: Uint8ClampedArray
}

export function shownMap(method: PlaygroundMethod, made: MadeMap, { width, height }: Pixels): ShownMap {
  const { values, rows, columns } = made
  const heatmap: Heatmap = { values, rows, columns, scale: method.scale, signed: method.signed }
  const ready = readyMap(heatmap, { width, height })
  const { at, ramp } = painted(values, method)
  const colours = new Uint8ClampedArray(4 * width * height)
  resizeBilinear(at, rows, columns, height, width).forEach((position, p) => {
    colours.set(colourAt(position, ramp), 4 * p)
  })
  return { made, heatmap, ready: ready.state === 'ok' ? ready.values : null, colours }
}

const EDGE = [150, 235, 255] as const
const REGION_EDGE = [255, 255, 255] as const

/** What was last drawn on a canvas: it is drawn again only where something changed. */
const drawn = new WeakMap<HTMLCanvasElement, { readonly map: ShownMap; readonly look: Look }>()

/** Draws a map over its grey picture. What is above the threshold has an edge and a box around it, and the visitor's region an edge. */
export function drawMap(canvas: HTMLCanvasElement, seen: Pixels, map: ShownMap, look: Look): void {
  const last = drawn.get(canvas)
  const { threshold, opacity, region } = look
  if (
    last?.map === map &&
    last.look.threshold === threshold &&
    last.look.opacity === opacity &&
    last.look.region === region
  )
    return
  drawn.set(canvas, { map, look })
  const { width, height } = seen
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  const image = new ImageData(width, height)
  const grey = greyOf(seen)
  const { colours, ready } = map
  for (let p = 0; p < grey.length; p++) {
    const light = grey[p] ?? 0
    const strength = ((colours[4 * p + 3] ?? 0) / 255) * opacity
    for (let c = 0; c < 3; c++) image.data[4 * p + c] = light + ((colours[4 * p + c] ?? 0) - light) * strength
    image.data[4 * p + 3] = 255
  }
  drawEdge(image, region.mask, REGION_EDGE)
  if (ready) {
    const limit = Math.fround(threshold)
    const above = new Uint8Array(ready.length)
    ready.forEach((value, p) => {
      above[p] = value > limit ? 1 : 0
    })
    drawEdge(image, above, EDGE)
    if (above.includes(1)) drawBox(image, boxAround(above, seen))
  }
  canvas.getContext('2d')?.putImageData(image, 0, 0)
}

const greys = new WeakMap<Pixels, Uint8ClampedArray>()

function greyOf(picture: Pixels): Uint8ClampedArray {
  const known = greys.get(picture)
  if (known) return known
  const { data } = picture
  const grey = new Uint8ClampedArray(data.length / 3)
  for (let p = 0; p < grey.length; p++)
    grey[p] = 0.299 * (data[3 * p] ?? 0) + 0.587 * (data[3 * p + 1] ?? 0) + 0.114 * (data[3 * p + 2] ?? 0)
  greys.set(picture, grey)
  return grey
}

/** Paints the pixels of a mask that have a neighbour outside of it. A mask of another size is not drawn. */
export function drawEdge(
  { width, height, data }: ImageData,
  mask: Uint8Array,
  [red, green, blue]: readonly [number, number, number],
): void {
  if (mask.length !== width * height) return
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      if (mask[p] !== 1) continue
      const within = x > 0 && mask[p - 1] && x < width - 1 && mask[p + 1] && y > 0 && mask[p - width]
      if (within && y < height - 1 && mask[p + width]) continue
      data[4 * p] = red
      data[4 * p + 1] = green
      data[4 * p + 2] = blue
      data[4 * p + 3] = 255
    }
  }
}

function drawBox({ width, data }: ImageData, [left, top, right, bottom]: Box): void {
  const dot = (x: number, y: number) => {
    if ((x + y) % 6 < 3) data.set(EDGE, 4 * (y * width + x))
  }
  for (let x = left; x < right; x++) for (const y of [top, bottom - 1]) dot(x, y)
  for (let y = top; y < bottom; y++) for (const x of [left, right - 1]) dot(x, y)
}

/** What a map says, in a sentence for those who do not see it and for a caption. */
export function sentenceOf(map: ShownMap, seen: Pixels, region: Region): string {
  if (!map.ready) return 'flat: it ranks no place above another'
  const found = isEmpty(region) ? null : foundOf(map, { threshold: 0.5, opacity: 1, region })
  const inside = found ? `; ${percent(found.mass)} of it inside your region` : ''
  return `most evidence in the ${whereabouts(map.ready, seen)}${inside}`
}

export const foundOf = (map: ShownMap, { region, threshold }: Look): Found | null =>
  map.ready ? foundIn(region, map.heatmap, map.ready, threshold) : null

/** The numbers below a tile: rank on the board, passes, and what its run took. */
export function costWords(method: PlaygroundMethod, { milliseconds, together, passes, precision }: MadeMap): string {
  const took = `${fixed(milliseconds, 0)} ms`
  return [
    method.rank && `rank ${method.rank}`,
    `${fixed(passes ?? method.passes, 1)} passes`,
    together > 1 ? `${took} for ${together} methods` : took,
    method.unstable && (precision === 'double' ? 'in double precision' : 'unstable in float32'),
  ]
    .filter(Boolean)
    .join(' · ')
}
