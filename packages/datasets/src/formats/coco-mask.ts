import type { Size } from '../dataset.ts'
import { pixelsOfRuns } from '../mask.ts'
import { shown } from '../printable.ts'
import { MOST_PIXELS } from './decode.ts'

/** Most points of an object's polygons. */
export const MOST_POINTS = 200_000

/**
 * The mask of polygons `[x0, y0, x1, y1, …]`, `[row, column]`: 1 where the centre of a pixel lies inside one of them, by the winding number, so that
 * it does not matter which way round they run.
 *
 * Each edge that passes a row's centres changes the winding number of all pixels to its right: differences are noted where edges pass and added up.
 */
export function maskOfPolygons(polygons: readonly (readonly number[])[], { width, height }: Size): Uint8Array {
  const points = polygons.reduce((sum, polygon) => sum + polygon.length / 2, 0)
  if (points > MOST_POINTS)
    throw new Error(
      `expected at most ${MOST_POINTS.toLocaleString('en')} points in an object's polygons, got ${points.toLocaleString('en')}`,
    )
  const mask = new Uint8Array(width * height)
  const changes = new Int32Array((width + 1) * height)
  for (const polygon of polygons) {
    changes.fill(0)
    for (let i = 0; i < polygon.length; i += 2) {
      const [x0, y0] = [polygon[i] ?? 0, polygon[i + 1] ?? 0]
      const next = (i + 2) % polygon.length
      const [x1, y1] = [polygon[next] ?? 0, polygon[next + 1] ?? 0]
      const [top, bottom] = y0 < y1 ? [y0, y1] : [y1, y0]
      const direction = y0 < y1 ? 1 : -1
      // Rows whose centres, at row + 0.5, lie in [top, bottom).
      const from = Math.max(0, Math.ceil(top - 0.5))
      const to = Math.min(height, Math.ceil(bottom - 0.5))
      const slope = (x1 - x0) / (y1 - y0)
      for (let row = from; row < to; row++) {
        const x = x0 + (row + 0.5 - y0) * slope
        const column = Math.min(width, Math.max(0, Math.ceil(x - 0.5)))
        const at = row * (width + 1) + column
        changes[at] = (changes[at] ?? 0) + direction
      }
    }
    for (let row = 0; row < height; row++) {
      for (let column = 0, winding = 0; column < width; column++) {
        winding += changes[row * (width + 1) + column] ?? 0
        if (winding !== 0) mask[row * width + column] = 1
      }
    }
  }
  return mask
}

/** The area inside a polygon that does not cross itself (the shoelace formula), in square pixels. */
export function areaOfPolygon(polygon: readonly number[]): number {
  let twice = 0
  for (let i = 0; i < polygon.length; i += 2) {
    const next = (i + 2) % polygon.length
    twice += (polygon[i] ?? 0) * (polygon[next + 1] ?? 0) - (polygon[next] ?? 0) * (polygon[i + 1] ?? 0)
  }
  return Math.abs(twice) / 2
}

/** The mask, `[row, column]`, of runs of 0, 1, 0, … that go down the columns, as a list or as COCO's text. */
export function maskOfColumnRuns(counts: readonly number[] | string, { width, height }: Size): Uint8Array {
  if (width * height > MOST_PIXELS)
    throw new Error(`expected runs of at most ${MOST_PIXELS.toLocaleString('en')} pixels, got ${width} x ${height}`)
  const columns = pixelsOfRuns(typeof counts === 'string' ? unpackRuns(counts) : counts, width * height)
  const mask = new Uint8Array(width * height)
  for (let x = 0, at = 0; x < width; x++) {
    for (let y = 0; y < height; y++) mask[y * width + x] = columns[at++] ?? 0
  }
  return mask
}

/** COCO's text form of runs: 5 bits a character from "0", least first, a sixth says that more follow; from the fourth on, differences to the last but one. */
export function unpackRuns(text: string): number[] {
  const runs: number[] = []
  for (let at = 0; at < text.length; ) {
    let value = 0
    for (let shift = 0, more = true; more; shift += 5) {
      const code = text.charCodeAt(at++) - 48
      if (!(code >= 0 && code < 64) || shift > 25)
        throw new Error(`expected runs in COCO's text form, got ${shown(text)}`)
      value |= (code & 31) << shift
      more = (code & 32) !== 0
      if (!more && (code & 16) !== 0) value |= -1 << (shift + 5)
    }
    runs.push(runs.length > 2 ? value + (runs.at(-2) ?? 0) : value)
  }
  return runs
}
