import { ModelError } from '../errors.ts'

/** 8-bit RGB pixels `[row, column, channel]`. */
export interface RgbPixels {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** An index of the input and its weight in one point of the output. */
export type Tap = readonly [index: number, weight: number]

export type Filter = 'bilinear' | 'bicubic' | 'lanczos'

/** Cubic convolution (Keys 1981), 0 beyond a distance of 2. */
export function cubic(distance: number, a: number): number {
  const x = Math.abs(distance)
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

/** The filters of Pillow, over distances in output pixels, and how far each reaches. */
const FILTERS: Readonly<Record<Filter, { readonly reach: number; readonly weight: (x: number) => number }>> = {
  bilinear: { reach: 1, weight: x => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { reach: 2, weight: x => cubic(x, -0.5) },
  lanczos: { reach: 3, weight: x => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
}

/** For each of `to` points, the points of `from` that it is made of: a filter as wide as the reduction, its weights summing to 1. */
export function filterTaps(from: number, to: number, filter: Filter): Tap[][] {
  const { reach, weight } = FILTERS[filter]
  const scale = from / to
  const stretch = Math.max(scale, 1)
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale
    const start = Math.max(0, Math.trunc(centre - reach * stretch + 0.5))
    const end = Math.min(from, Math.trunc(centre + reach * stretch + 0.5))
    const raw = Array.from({ length: end - start }, (_, k) => weight((start + k - centre + 0.5) * (1 / stretch)))
    const total = raw.reduce((a, b) => a + b, 0)
    return raw.map((w, k): Tap => [start + k, w / total])
  })
}

/** Resizes as Pillow's `Image.resize(size, BILINEAR)` does. */
export const resizeBilinearAntialiased = (image: RgbPixels, width: number, height: number): RgbPixels =>
  resizeAntialiased(image, width, height, 'bilinear')

/**
 * Resizes as `Image.resize` of Pillow 13 does: antialiased, 8 bits between the passes, fixed-point weights. Pixels decide the numbers, so
 * the rounding is Pillow's too, and with it the order of the passes, which Pillow up to version 12 did not turn round: columns go first
 * where they lose more than twice the pixels that rows do.
 */
export function resizeAntialiased(image: RgbPixels, width: number, height: number, filter: Filter): RgbPixels {
  if (image.data.length !== image.width * image.height * 3)
    throw new ModelError(`expected ${image.width} x ${image.height} RGB pixels, got ${image.data.length} bytes`)
  const taps = (from: number, to: number): FixedTaps[] => filterTaps(from, to, filter).map(fixed)
  const across = (from: RgbPixels): RgbPixels =>
    from.width === width
      ? from
      : { ...from, width, data: pass(from.data, from.height, taps(from.width, width), from.width, 'rows') }
  const down = (from: RgbPixels): RgbPixels =>
    from.height === height
      ? from
      : { ...from, height, data: pass(from.data, from.width, taps(from.height, height), from.width, 'columns') }
  const columnsFirst = image.height - height > 2 * Math.max(0, image.width - width)
  const { data } = columnsFirst ? across(down(image)) : down(across(image))
  return { width, height, data }
}

/** Weights of the input pixels behind one output pixel, in 22-bit fixed point. */
interface FixedTaps {
  readonly start: number
  readonly weights: Int32Array
}

const BITS = 22

function fixed(taps: readonly Tap[]): FixedTaps {
  const round = (w: number): number => Math.trunc(w * 2 ** BITS + (w < 0 ? -0.5 : 0.5))
  return { start: taps[0]?.[0] ?? 0, weights: Int32Array.from(taps, ([, w]) => round(w)) }
}

/** Filters the rows (`lines` of them, `stride` pixels long) or the columns (`lines` of them, pixels `stride` apart). */
function pass(
  source: Uint8Array,
  lines: number,
  list: readonly FixedTaps[],
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
