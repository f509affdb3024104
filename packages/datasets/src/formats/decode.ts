import sharp, { type Sharp } from 'sharp'
import type { RgbImage } from '../dataset.ts'

/** As Pillow does: warnings are no failure, EXIF orientation and colour profiles are not applied. */
const open = (file: string): Sharp => sharp(file, { failOn: 'error', ignoreIcc: true })

/**
 * The pixels of an image file as `Image.open(file).convert('RGB')` of Pillow gives them: grey is repeated, transparency dropped, CMYK
 * converted without a profile. Rejects for what is no image or ends too early.
 */
export async function decodeImage(file: string): Promise<RgbImage> {
  const { space } = await open(file).metadata()
  if (space === 'cmyk') return fromCmyk(await rawPixels(open(file).pipelineColourspace('cmyk').toColourspace('cmyk')))
  return rawPixels(open(file).toColourspace('srgb').removeAlpha())
}

/** One byte a pixel of a grey image, `[row, column]`. */
export async function decodeGrey(file: string): Promise<RgbImage> {
  return rawPixels(open(file).removeAlpha().toColourspace('b-w'))
}

async function rawPixels(image: Sharp): Promise<RgbImage> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data }
}

/** Pillow's `cmyk2rgb`: each ink takes its share of what black leaves, in rounded 8-bit products. */
function fromCmyk({ width, height, data }: RgbImage): RgbImage {
  const rgb = new Uint8Array(width * height * 3)
  for (let p = 0; p < width * height; p++) {
    const light = 255 - (data[4 * p + 3] ?? 0)
    for (let c = 0; c < 3; c++) {
      const product = (data[4 * p + c] ?? 0) * light + 128
      rgb[3 * p + c] = Math.max(0, light - (((product >> 8) + product) >> 8))
    }
  }
  return { width, height, data: rgb }
}
