import type { RgbPixels } from '@vitrine/models'
import { UsageError } from '../cli/arguments.ts'
import { readPixels } from '../open/picture.ts'

const REGION = /^(.+)#(\d+),(\d+),(\d+),(\d+)$/

/** A picture by its name, or the region `#x,y,w,h` of it: its upper left corner, width and height in the picture's own pixels. */
export async function croppedPicture(name: string): Promise<RgbPixels> {
  const match = REGION.exec(name)
  if (!match && name.includes('#'))
    throw new UsageError(`--like ${name}: expected a region such as other.jpg#10,20,64,64 (x, y, width, height)`)
  const picture = await readPixels(match?.[1] ?? name)
  if (!match) return picture
  const [x = 0, y = 0, width = 0, height = 0] = match.slice(2).map(Number)
  if (width === 0 || height === 0 || x + width > picture.width || y + height > picture.height)
    throw new UsageError(
      `--like ${name}: expected a region inside of ${picture.width} x ${picture.height} pixels, got ${x},${y} to ${x + width},${y + height}`,
    )
  const data = new Uint8Array(width * height * 3)
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * picture.width + x) * 3
    data.set(picture.data.subarray(start, start + width * 3), row * width * 3)
  }
  return { width, height, data }
}
