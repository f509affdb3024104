import type { Grid } from '../architecture/config.ts'
import { cubic, filterTaps, type Tap } from '../architecture/resize.ts'

/**
 * How position embeddings are brought to another grid: `antialiased` is timm's way (bicubic with a = -0.5, as wide as the reduction),
 * `plain` that of Hugging Face's ViT and DINOv2 without registers (bicubic with a = -0.75, four points, borders repeated), `bilinear` that of SigLIP 2
 * NaFlex (as wide as the reduction).
 */
export type Interpolation = 'antialiased' | 'plain' | 'bilinear'

const TAPS: Readonly<Record<Interpolation, (from: number, to: number) => Tap[][]>> = {
  antialiased: (from, to) => filterTaps(from, to, 'bicubic'),
  plain: fourPoints,
  bilinear: (from, to) => filterTaps(from, to, 'bilinear'),
}

/**
 * Position embeddings `[1, prefix + rows * columns, width]` for another grid of patches. Those of the tokens before the patches stay.
 */
export function resizePositions(
  positions: Float32Array,
  prefix: number,
  from: Grid,
  to: Grid,
  interpolation: Interpolation,
): Float32Array<ArrayBuffer> {
  const width = positions.length / (prefix + from.rows * from.columns)
  const taps = TAPS[interpolation]
  const [down, across] = [taps(from.rows, to.rows), taps(from.columns, to.columns)]
  const out = new Float32Array((prefix + to.rows * to.columns) * width)
  out.set(positions.subarray(0, prefix * width))
  const sums = new Float64Array(width)
  down.forEach((vertical, row) => {
    across.forEach((horizontal, column) => {
      sums.fill(0)
      for (const [r, weightOfRow] of vertical)
        for (const [c, weightOfColumn] of horizontal) {
          const start = (prefix + r * from.columns + c) * width
          for (let i = 0; i < width; i++)
            sums[i] = (sums[i] ?? 0) + weightOfRow * weightOfColumn * (positions[start + i] ?? 0)
        }
      out.set(sums, (prefix + row * to.columns + column) * width)
    })
  })
  return out
}

/** Cubic convolution through the four nearest points, borders repeated, no antialiasing. */
function fourPoints(from: number, to: number): Tap[][] {
  const scale = from / to
  return Array.from({ length: to }, (_, i) => {
    const at = (i + 0.5) * scale - 0.5
    const first = Math.floor(at) - 1
    return Array.from(
      { length: 4 },
      (_, k): Tap => [Math.min(Math.max(first + k, 0), from - 1), cubic(at - (first + k), -0.75)],
    )
  })
}
