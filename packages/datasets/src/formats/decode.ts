import type { Sharp } from 'sharp'
import type { RgbImage, Size } from '../dataset.ts'
import { DatasetError } from '../errors.ts'
import { problemOf } from '../printable.ts'
import { readBytes } from './file.ts'
import { goesOnAfterItsScan } from './jpeg-scans.ts'
import { isPng, type PngHead, pngHead } from './png-chunks.ts'

/** Most pixels of an image: Pillow's `Image.MAX_IMAGE_PIXELS`, above which it warns of a decompression bomb. */
export const MOST_PIXELS = 89_478_485

/** An image above this number of pixels is decoded alone, so that a batch of large ones does not fill the memory. */
const LARGE = 20_000_000

const starts = (bytes: Buffer, text: string, at = 0) => bytes.toString('latin1', at, at + text.length) === text

/** The formats that are read, as their first bytes tell them: those that Pillow reads as well. SVG, PDF and others are refused. */
const formats: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  JPEG: bytes => starts(bytes, '\xff\xd8\xff'),
  PNG: isPng,
  GIF: bytes => starts(bytes, 'GIF87a') || starts(bytes, 'GIF89a'),
  WebP: bytes => starts(bytes, 'RIFF') && starts(bytes, 'WEBP', 8),
  TIFF: bytes => ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some(magic => starts(bytes, magic)),
  AVIF: bytes => starts(bytes, 'ftyp', 4) && (starts(bytes, 'avif', 8) || starts(bytes, 'avis', 8)),
}

export const imageFormats: readonly string[] = Object.keys(formats)

/**
 * The pixels of an image file as `Image.open(file).convert('RGB')` of Pillow gives them: grey is repeated, transparency dropped, CMYK
 * converted without a profile. Rejects with a `DatasetError` that names the file for what is no image, ends too early or is too large.
 */
export async function decodeImage(file: string): Promise<RgbImage> {
  return decode(file, async ({ open, space }) => {
    if (space === 'cmyk') return fromCmyk(await rawPixels(open().pipelineColourspace('cmyk').toColourspace('cmyk')))
    return rawPixels(open().toColourspace('srgb').removeAlpha())
  })
}

/** One byte a pixel of a grey image, `[row, column]`. */
export interface GreyImage extends Size {
  readonly data: Uint8Array
}

/** The pixels of an image in grey. */
export function decodeGrey(file: string): Promise<GreyImage> {
  return decode(file, ({ open }) => rawPixels(open().removeAlpha().toColourspace('b-w')))
}

/** The pixels of a mask, with what its file says of their meaning. */
export function decodeMask(file: string): Promise<RgbImage & { readonly png: PngHead | undefined }> {
  return decode(file, async ({ open, png }) => ({
    ...(await rawPixels(open().toColourspace('srgb').removeAlpha())),
    png,
  }))
}

interface Opened {
  readonly open: () => Sharp
  readonly space: string | undefined
  readonly png: PngHead | undefined
}

async function decode<T>(file: string, read: (opened: Opened) => Promise<T>): Promise<T> {
  const bytes = await readBytes(file, 'image')
  try {
    if (!Object.values(formats).some(matches => matches(bytes)))
      throw new Error(
        `expected an image in ${imageFormats.join(', ')}, found ${bytes.length === 0 ? 'an empty file' : 'another kind of file'}`,
      )
    if (formats.JPEG?.(bytes) && goesOnAfterItsScan(bytes))
      throw new Error('expected one picture, got a JPEG that goes on behind it')
    const png = isPng(bytes) ? pngHead(bytes) : undefined
    const { default: sharp } = await import('sharp')
    // As Pillow does: warnings are no failure, EXIF orientation and colour profiles are not applied. From memory, since a file's pixels are kept by name.
    const open = () => sharp(bytes, { failOn: 'error', ignoreIcc: true, limitInputPixels: false })
    const { space, width, height } = await open().metadata()
    if (width * height > MOST_PIXELS)
      throw new Error(
        `expected at most ${MOST_PIXELS.toLocaleString('en')} pixels, got ${width} x ${height}. Make it smaller`,
      )
    const opened = { open, space, png }
    return await (width * height > LARGE ? alone(() => read(opened)) : read(opened))
  } catch (error) {
    throw error instanceof DatasetError ? error : new DatasetError(file, problemOf(error), { cause: error })
  }
}

let lastAlone: Promise<unknown> = Promise.resolve()

/** Runs the tasks that are given to it one after another. */
function alone<T>(task: () => Promise<T>): Promise<T> {
  const run = lastAlone.then(task)
  lastAlone = run.catch(() => undefined)
  return run
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
