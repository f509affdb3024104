import sharp from 'sharp'
import type { RgbImage } from '../dataset.ts'

/** The image as a PNG file. */
export function encodePng({ width, height, data }: RgbImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
}
