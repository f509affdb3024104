import { type ImageTruth, imageTruth } from '../map/image-truth.ts'
import { protocols } from '../protocols.ts'
import type { Box, Heatmap, InputImage } from '../types.ts'

/** A side of 56 pixels, four to a cell of a 14x14 map. */
export const side = 56
export const cells = 14

/** An input without contrast. */
export const blank: InputImage = { width: side, height: side, values: new Float32Array(3 * side * side) }

/** An image whose object fills a box given in cells, and that shows something else too. */
export function boxScene([left, top, right, bottom]: Box, image: InputImage = blank): ImageTruth {
  const pixels = side / cells
  const box = [left * pixels, top * pixels, right * pixels, bottom * pixels] as const
  return imageTruth(protocols.standard, { width: side, height: side, boxes: [box], others: 1 }, image)
}

/** A 14x14 map from a function of its cells. */
export function mapOf(value: (row: number, column: number) => number, more: Partial<Heatmap> = {}): Heatmap {
  const values = Array.from({ length: cells * cells }, (_, i) => value(Math.floor(i / cells), i % cells))
  return { rows: cells, columns: cells, values, scale: 'relative', ...more }
}
