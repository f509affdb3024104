import { imageSize } from 'image-size'
import type { Pixels } from './messages.ts'

// Pictures of the visitor's own: read in the browser, sent nowhere.

const MOST_BYTES = 64e6
const MOST_PIXELS = 50e6

/** Why a file cannot be explained, in a sentence for the visitor. */
export class PictureError extends Error {}

/**
 * The pixels of a picture file, upright, colours as they are stored.
 *
 * @throws {PictureError} before it is decoded where it is no picture or a very large one
 */
export async function pixelsOf(file: Blob, name: string): Promise<Pixels> {
  if (file.size > MOST_BYTES)
    throw new PictureError(
      `${name} has ${megabytes(file.size)}; expected a picture of at most ${megabytes(MOST_BYTES)}.`,
    )
  const { width, height } = sizeOf(new Uint8Array(await file.slice(0, 512 * 1024).arrayBuffer()), name)
  if (width * height > MOST_PIXELS)
    throw new PictureError(
      `${name} is ${width} x ${height} pixels; expected at most ${MOST_PIXELS / 1e6} million. Make it smaller and try again.`,
    )
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' }).catch(() => {
    throw new PictureError(`${name} cannot be decoded: it is damaged, or of a kind that this browser does not know.`)
  })
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
  const context = canvas.getContext('2d')
  if (!context) throw new PictureError('This browser gives no canvas to read pictures with.')
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  return rgbOf(context.getImageData(0, 0, canvas.width, canvas.height))
}

function sizeOf(start: Uint8Array, name: string): { readonly width: number; readonly height: number } {
  try {
    return imageSize(start)
  } catch {
    throw new PictureError(`${name} is not a picture; expected a JPEG, PNG, WebP, GIF or AVIF file.`)
  }
}

function rgbOf({ width, height, data }: ImageData): Pixels {
  const rgb = new Uint8Array(width * height * 3)
  for (let p = 0; p < width * height; p++)
    for (let channel = 0; channel < 3; channel++) rgb[3 * p + channel] = data[4 * p + channel] ?? 0
  return { width, height, data: rgb }
}

/** A picture for a canvas. */
export function imageDataOf({ width, height, data }: Pixels): ImageData {
  const image = new ImageData(width, height)
  for (let p = 0; p < width * height; p++) {
    for (let channel = 0; channel < 3; channel++) image.data[4 * p + channel] = data[3 * p + channel] ?? 0
    image.data[4 * p + 3] = 255
  }
  return image
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
