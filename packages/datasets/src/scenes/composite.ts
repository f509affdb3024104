import { type Icon, iconSide, iconStride } from './icon.ts'
import type { Placement } from './layout.ts'
import { cosine, sine } from './random.ts'

/** A picture being painted. */
export interface Canvas {
  /** Pixels. */
  readonly side: number
  /** `[row, column, rgb]`, 0 to 255. */
  readonly colours: Float32Array
  /** `[row, column]`, which icon is seen there: the number of the last one with alpha above one half, or `nobody`. */
  readonly owners: Uint8Array
}

/** The owner of pixels that show the background. */
export const nobody = 255

/**
 * Paints an icon over the canvas and makes it the owner of the pixels where its alpha is above one half.
 *
 * A pixel is the mean of up to 3 x 3 bilinear samples (enough for one sample per texel at the smallest icon), taken with
 * premultiplied alpha.
 *
 * @param owner number of the icon, below `nobody`
 */
export function blend(canvas: Canvas, icon: Icon, placement: Placement, owner: number): void {
  const { side, colours, owners } = canvas
  const { x, y, rotation, mirrored, contrast, shift } = placement
  const [cos, sin] = [cosine(rotation), sine(rotation)]
  const size = placement.size * side
  const texels = iconSide / size
  const samples = Math.ceil(texels)
  const reach = (size / 2) * (Math.abs(cos) + Math.abs(sin)) + 1
  const within = (pixel: number) => Math.min(side, Math.max(0, Math.floor(pixel)))
  const [left, right] = [within(x * side - reach), within(x * side + reach + 1)]
  const [top, bottom] = [within(y * side - reach), within(y * side + reach + 1)]
  const sum = new Float64Array(4)

  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      sum.fill(0)
      for (let i = 0; i < samples; i++) {
        const dy = row + (i + 0.5) / samples - y * side
        for (let j = 0; j < samples; j++) {
          const dx = column + (j + 0.5) / samples - x * side
          const u = (cos * dx + sin * dy) * texels
          const v = (cos * dy - sin * dx) * texels
          addSample(sum, icon, mirrored ? -u : u, v)
        }
      }
      const weight = sum[3] ?? 0
      if (weight === 0) continue
      const pixel = row * side + column
      const alpha = weight / (255 * samples * samples)
      for (let c = 0; c < 3; c++) {
        const colour = ((sum[c] ?? 0) / weight - 128) * contrast + 128 + (shift[c] ?? 0)
        const under = colours[pixel * 3 + c] ?? 0
        colours[pixel * 3 + c] = under + alpha * (Math.min(255, Math.max(0, colour)) - under)
      }
      if (alpha > 0.5) owners[pixel] = owner
    }
  }
}

/** Adds the icon at `(u, v)` texels from its centre, colours times alpha; beyond its edge it is transparent. */
function addSample(sum: Float64Array, icon: Icon, u: number, v: number): void {
  const x = u + iconStride / 2 - 0.5
  const y = v + iconStride / 2 - 0.5
  if (x < 0 || y < 0 || x >= iconStride - 1 || y >= iconStride - 1) return
  const column = Math.floor(x)
  const row = Math.floor(y)
  const right = x - column
  const bottom = y - row
  const texel = (row * iconStride + column) * 4
  addTexel(sum, icon, texel, (1 - right) * (1 - bottom))
  addTexel(sum, icon, texel + 4, right * (1 - bottom))
  addTexel(sum, icon, texel + iconStride * 4, (1 - right) * bottom)
  addTexel(sum, icon, texel + iconStride * 4 + 4, right * bottom)
}

function addTexel(sum: Float64Array, icon: Icon, texel: number, weight: number): void {
  const alpha = weight * (icon[texel + 3] ?? 0)
  for (let c = 0; c < 3; c++) sum[c] = (sum[c] ?? 0) + alpha * (icon[texel + c] ?? 0)
  sum[3] = (sum[3] ?? 0) + alpha
}
