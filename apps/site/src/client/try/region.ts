import { boxAround, type Heatmap, localizationScores, localize, protocols } from '@vitrine/metrics'
import type { Size } from '@vitrine/models/architecture'

/** What the visitor thinks is the evidence: pixels of the model's view, 1 for those that count. */
export interface Region extends Size {
  readonly mask: Uint8Array
}

/** A region with a rectangle more; corners as shares of width and height. */
export function withBox(
  region: Region,
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
): Region {
  const { width, height } = region
  const mask = region.mask.slice()
  const edges = (a: number, b: number, size: number) =>
    [Math.min(a, b), Math.max(a, b)].map(at => Math.round(Math.min(Math.max(at, 0), 1) * size))
  const [left = 0, right = 0] = edges(x0, x1, width)
  const [top = 0, bottom = 0] = edges(y0, y1, height)
  for (let y = top; y < bottom; y++) mask.fill(1, y * width + left, y * width + right)
  return { width, height, mask }
}

/** A region with a disc more, for a brush; the radius is a share of the width. */
export function withDisc(region: Region, [x, y]: readonly [number, number], radius: number): Region {
  const { width, height } = region
  const mask = region.mask.slice()
  const reach = Math.max(radius * width, 1)
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      if (Math.hypot(column + 0.5 - x * width, row + 0.5 - y * height) <= reach) mask[row * width + column] = 1
  return { width, height, mask }
}

export const emptyRegion = ({ width, height }: Size): Region => ({
  width,
  height,
  mask: new Uint8Array(width * height),
})

export const isEmpty = ({ mask }: Region): boolean => !mask.includes(1)

/** How well a map finds a region. */
export interface Found {
  /** Intersection over union of the region and what is above the threshold. */
  readonly iou: number | null
  /** Whether the greatest value lies in the region. */
  readonly pointing: boolean
  /** The share of the map's positive values that lies in it. */
  readonly mass: number
}

/**
 * Scores by the rules of the `standard` protocol.
 *
 * @param ready the map at the region's size, in [0, 1]
 */
export function foundIn(region: Region, heatmap: Heatmap, ready: Float32Array, threshold: number): Found {
  const { width, height, mask } = region
  const truth = { width, height, mask, boxes: [boxAround(mask, region)] }
  const found = localize(protocols.standard, heatmap, truth, [threshold])
  const scores = found.state === 'ok' ? localizationScores(protocols.standard, found.counts) : null
  let [peak, inside, all] = [0, 0, 0]
  ready.forEach((value, p) => {
    if (value > (ready[peak] ?? 0)) peak = p
    all += value
    if (mask[p] === 1) inside += value
  })
  return { iou: scores?.iou[0] ?? null, pointing: mask[peak] === 1, mass: all > 0 ? inside / all : 0 }
}

const ROWS = ['upper', 'middle', 'lower']
const COLUMNS = ['left', 'centre', 'right']

/** Where most of a map lies, by ninths of the picture: `upper left`, `centre`. */
export function whereabouts(ready: Float32Array, { width, height }: Size): string {
  const mass = new Float64Array(9)
  ready.forEach((value, p) => {
    const row = Math.floor((3 * Math.floor(p / width)) / height)
    const column = Math.floor((3 * (p % width)) / width)
    mass[3 * row + column] = (mass[3 * row + column] ?? 0) + value
  })
  const most = mass.indexOf(Math.max(...mass))
  const words = [ROWS[Math.floor(most / 3)], COLUMNS[most % 3]]
  return words.join(' ').replace('middle centre', 'centre').replace('middle ', '').replace(' centre', ' middle')
}
