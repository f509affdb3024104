import type { RgbImage } from '../dataset.ts'

/** The image as a PNG file. */
export async function encodePng({ width, height, data }: RgbImage): Promise<Buffer> {
  const { default: sharp } = await import('sharp')
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
}
