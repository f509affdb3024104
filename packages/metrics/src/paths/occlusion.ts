import { boxAround } from '../box.ts'
import { resizeBilinear } from '../map/resize.ts'
import type { Box, InputImage } from '../types.ts'
import type { Walk } from './walk.ts'

/** What hides an object: which pixels it covers, in the order in which they go, and the image that they show then. */
interface Cover {
  readonly pixels: readonly number[]
  readonly values: Float32Array
}

/** Pixels of a box from left to right, in each column downwards. */
function sweepOf([left, top, right, bottom]: Box, width: number): number[] {
  const pixels: number[] = []
  for (let x = left; x < right; x++) for (let y = top; y < bottom; y++) pixels.push(y * width + x)
  return pixels
}

/** The picture of the distractor, stretched over the object's box. */
function coverByDistractor({ values, width, height }: InputImage, place: Box, [x0, y0, x1, y1]: Box): Cover {
  const pixels = sweepOf(place, width)
  const [across, down] = [place[2] - place[0], place[3] - place[1]]
  const area = width * height
  const out = values.slice()
  for (let channel = 0; channel < values.length; channel += area) {
    const picture = Float32Array.from({ length: (x1 - x0) * (y1 - y0) }, (_, i) => {
      const [x, y] = [x0 + (i % (x1 - x0)), y0 + Math.floor(i / (x1 - x0))]
      return values[channel + y * width + x]!
    })
    const stretched = resizeBilinear(picture, y1 - y0, x1 - x0, down, across)
    for (const [i, pixel] of pixels.entries())
      out[channel + pixel] = stretched[(i % down) * across + Math.floor(i / down)]!
  }
  return { pixels, values: out }
}

/** What the image shows half a picture away, in the object's shape. */
function coverFromElsewhere({ image, object }: Walk, place: Box): Cover {
  const { values, width, height } = image
  const pixels = sweepOf(place, width).filter(pixel => object[pixel] === 1)
  const area = width * height
  const out = values.slice()
  for (const pixel of pixels) {
    const [x, y] = [pixel % width, Math.floor(pixel / width)]
    const opposite = ((y + (height >> 1)) % height) * width + ((x + (width >> 1)) % width)
    for (let channel = 0; channel < values.length; channel += area) out[channel + pixel] = values[channel + opposite]!
  }
  return { pixels, values: out }
}

/** The image with a share of the object covered, from left to right; steps are shares of the object's pixels. */
export function occlusionSteps(walk: Walk, steps: readonly number[]): Float32Array[] {
  const { image, object, distractor } = walk
  const place = boxAround(object, image)
  const cover = distractor ? coverByDistractor(image, place, distractor) : coverFromElsewhere(walk, place)
  // A step ends before the first pixel of the object that it leaves.
  const ends = cover.pixels.flatMap((pixel, i) => (object[pixel] === 1 ? [i] : []))
  return steps.map(share => {
    const out = image.values.slice()
    for (const pixel of cover.pixels.slice(0, ends[Math.round(share * ends.length)])) {
      for (let at = pixel; at < out.length; at += image.width * image.height) out[at] = cover.values[at]!
    }
    return out
  })
}
