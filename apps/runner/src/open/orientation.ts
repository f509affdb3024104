import type { RgbPixels } from '@vitrine/models'

/** Where in the stored picture a pixel of the upright one is. */
type Source = (x: number, y: number, right: number, bottom: number) => readonly [x: number, y: number]

/** By EXIF's orientation; `right` and `bottom` are the last column and row of the stored picture. */
const sources: Readonly<Record<number, Source>> = {
  2: (x, y, right) => [right - x, y],
  3: (x, y, right, bottom) => [right - x, bottom - y],
  4: (x, y, _, bottom) => [x, bottom - y],
  5: (x, y) => [y, x],
  6: (x, y, _, bottom) => [y, bottom - x],
  7: (x, y, right, bottom) => [right - y, bottom - x],
  8: (x, y, right) => [right - y, x],
}

export const isTurned = (orientation: number): boolean => orientation in sources

/** A picture as EXIF's orientation says that it is to be seen. */
export function upright(picture: RgbPixels, orientation: number): RgbPixels {
  const source = sources[orientation]
  if (!source) return picture
  const [width, height] = orientation >= 5 ? [picture.height, picture.width] : [picture.width, picture.height]
  const data = new Uint8Array(3 * width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = source(x, y, picture.width - 1, picture.height - 1)
      const from = 3 * (fromY * picture.width + fromX)
      data.set(picture.data.subarray(from, from + 3), 3 * (y * width + x))
    }
  return { width, height, data }
}
