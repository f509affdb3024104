import type { Size } from '../dataset.ts'
import { decodeMask } from './decode.ts'

/** A mask whose pixels are numbers of classes, `[row, column]`. */
export interface IndexMask extends Size {
  readonly data: Uint8Array
}

/** The colour of a number in VOC's palette, as `0xrrggbb`: bits of the number, in threes, from the top of each channel down. */
export function vocColour(index: number): number {
  let colour = 0
  for (let bit = 0; bit < 8; bit++) {
    for (const channel of [0, 1, 2]) colour |= ((index >> (3 * bit + channel)) & 1) << (23 - 8 * channel - bit)
  }
  return colour
}

const vocIndices: ReadonlyMap<number, number> = new Map(Array.from({ length: 256 }, (_, i) => [vocColour(i), i]))

/**
 * The numbers in a mask. A PNG with a palette holds them itself, whatever its colours; in a grey one they are the grey values; other images are
 * taken in the colours of VOC's palette, or in grey where all pixels are grey and no number is above `highest` but 255, "undecided".
 *
 * @param highest number of a class
 */
export async function readIndexMask(file: string, highest: number): Promise<IndexMask> {
  const { width, height, data: rgb, png } = await decodeMask(file)
  const size = { width, height }
  const colourAt = (p: number) => ((rgb[3 * p] ?? 0) << 16) | ((rgb[3 * p + 1] ?? 0) << 8) | (rgb[3 * p + 2] ?? 0)
  const numbers = (of: (p: number) => number) => Uint8Array.from({ length: width * height }, (_, p) => of(p))
  if (png?.kind === 'palette') {
    const { palette } = png
    const indices = new Map<number, number>()
    for (let i = palette.length / 3 - 1; i >= 0; i--)
      indices.set(((palette[3 * i] ?? 0) << 16) | ((palette[3 * i + 1] ?? 0) << 8) | (palette[3 * i + 2] ?? 0), i)
    return { ...size, data: numbers(p => indices.get(colourAt(p)) ?? 0) }
  }
  const grey = numbers(p => rgb[3 * p] ?? 0)
  if (png?.kind === 'grey' || png?.kind === 'grey-alpha') {
    if (png.depth > 8) throw new Error(`${file}: expected a mask of at most 8 bits a pixel, got ${png.depth}`)
    // Fewer than 8 bits are spread over 0 .. 255 as they are decoded.
    const spread = 255 / (2 ** png.depth - 1)
    return { ...size, data: grey.map(value => value / spread) }
  }
  const isGrey = grey.every((g, p) => rgb[3 * p + 1] === g && rgb[3 * p + 2] === g && (g <= highest || g === 255))
  return { ...size, data: isGrey ? grey : numbers(p => vocIndices.get(colourAt(p)) ?? 0) }
}
