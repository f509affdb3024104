import { ModelError } from './errors.ts'

/** 8-bit RGB pixels `[row, column, channel]`. */
export interface RgbPixels {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** Weights of the input pixels behind one output pixel, in 22-bit fixed point. */
interface Taps {
  readonly start: number
  readonly weights: Int32Array
}

const BITS = 22

/**
 * Resizes as Pillow's `Image.resize(size, BILINEAR)` does: a triangle filter as wide as the reduction (so it is antialiased), columns
 * first, 8 bits between the passes, fixed-point weights. Pixels decide the numbers, so the rounding is Pillow's too.
 */
export function resizeBilinearAntialiased(image: RgbPixels, width: number, height: number): RgbPixels {
  if (image.data.length !== image.width * image.height * 3)
    throw new ModelError(`expected ${image.width} x ${image.height} RGB pixels, got ${image.data.length} bytes`)
  const across =
    image.width === width ? image.data : pass(image.data, image.height, taps(image.width, width), image.width, 'rows')
  const data = image.height === height ? across : pass(across, width, taps(image.height, height), width, 'columns')
  return { width, height, data }
}

function taps(from: number, to: number): Taps[] {
  const scale = from / to
  const support = Math.max(scale, 1)
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale
    const start = Math.max(0, Math.trunc(centre - support + 0.5))
    const end = Math.min(from, Math.trunc(centre + support + 0.5))
    const raw = Array.from({ length: end - start }, (_, k) =>
      Math.max(0, 1 - Math.abs((start + k - centre + 0.5) / support)),
    )
    const total = raw.reduce((a, b) => a + b, 0)
    return { start, weights: Int32Array.from(raw, w => Math.trunc((w / total) * 2 ** BITS + 0.5)) }
  })
}

/** Filters the rows (`lines` of them, `stride` pixels long) or the columns (`lines` of them, pixels `stride` apart). */
function pass(
  source: Uint8Array,
  lines: number,
  list: readonly Taps[],
  stride: number,
  along: 'rows' | 'columns',
): Uint8Array {
  const out = new Uint8Array(lines * list.length * 3)
  const [lineStep, pixelStep] = along === 'rows' ? [3 * stride, 3] : [3, 3 * stride]
  const [outLine, outPixel] = along === 'rows' ? [3 * list.length, 3] : [3, 3 * lines]
  for (let line = 0; line < lines; line++) {
    list.forEach(({ start, weights }, i) => {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 2 ** (BITS - 1)
        let at = line * lineStep + start * pixelStep + channel
        for (let k = 0; k < weights.length; k++, at += pixelStep) sum += (source[at] as number) * (weights[k] as number)
        out[line * outLine + i * outPixel + channel] = Math.min(255, Math.max(0, sum >> BITS))
      }
    })
  }
  return out
}
