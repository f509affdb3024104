import { cosine, type Random, sine } from './random.ts'

const octaves = [2, 4, 8, 16, 32] as const

/** Side of the image, in pixels, in which the frequencies of gratings are given. */
const gratingSide = 224

/**
 * A background without meaning: one colour, five octaves of smooth noise and sometimes a sine grating.
 *
 * Takes the same random numbers for every `side`, so the same stream gives the same picture in another resolution.
 *
 * @param side pixels
 * @returns `[row, column, rgb]`, 0 to 255
 */
export function paintBackground(random: Random, side: number): Float32Array {
  const canvas = new Float32Array(side * side * 3)
  const colour = [0, 1, 2].map(() => random.uniform(0, 255))
  for (let i = 0; i < canvas.length; i++) canvas[i] = colour[i % 3] ?? 0
  for (const cells of octaves) addNoise(canvas, side, cells, random)
  if (random.chance(0.3)) addGrating(canvas, side, random)
  for (let i = 0; i < canvas.length; i++) canvas[i] = Math.min(255, Math.max(0, canvas[i] ?? 0))
  return canvas
}

/** Adds normal noise given at the corners of `cells x cells` cells, smooth between them, coloured or grey. */
function addNoise(canvas: Float32Array, side: number, cells: number, random: Random): void {
  const knots = cells + 1
  const grey = random.chance(0.5)
  const amplitude = random.uniform(0, 120) / Math.sqrt(cells)
  const grid = new Float64Array(knots * knots * 3)
  for (let knot = 0; knot < grid.length; knot += 3) {
    const first = random.normal() * amplitude
    grid.set(grey ? [first, first, first] : [first, random.normal() * amplitude, random.normal() * amplitude], knot)
  }

  const taps = cubicTaps(cells, side)
  const stride = side * 3
  const rows = new Float64Array(knots * stride)
  for (let row = 0; row < knots; row++) {
    taps.forEach(({ from, weights }, column) => {
      for (let c = 0; c < 3; c++) {
        let sum = 0
        for (let k = 0; k < 4; k++) sum += (weights[k] ?? 0) * (grid[(row * knots + (from[k] ?? 0)) * 3 + c] ?? 0)
        rows[row * stride + column * 3 + c] = sum
      }
    })
  }
  taps.forEach(({ from: [a, b, c, d], weights: [wa, wb, wc, wd] }, row) => {
    const line = canvas.subarray(row * stride, (row + 1) * stride)
    const [ra, rb, rc, rd] = [a * stride, b * stride, c * stride, d * stride]
    for (let i = 0; i < stride; i++) {
      line[i] =
        (line[i] ?? 0) +
        wa * (rows[ra + i] ?? 0) +
        wb * (rows[rb + i] ?? 0) +
        wc * (rows[rc + i] ?? 0) +
        wd * (rows[rd + i] ?? 0)
    }
  })
}

type Four = [number, number, number, number]

/** For each of `side` pixels, which four of `cells + 1` knots it is interpolated from; the first and last pixel are knots. */
function cubicTaps(cells: number, side: number): { from: Four; weights: Four }[] {
  return Array.from({ length: side }, (_, pixel) => {
    const at = (pixel * cells) / (side - 1)
    const left = Math.min(Math.floor(at), cells - 1)
    const knot = (k: number) => Math.min(cells, Math.max(0, left + k))
    const weight = (k: number) => cubicKernel(Math.abs(at - left - k))
    return { from: [knot(-1), knot(0), knot(1), knot(2)], weights: [weight(-1), weight(0), weight(1), weight(2)] }
  })
}

/** Keys' cubic convolution with a = -0.75, at a distance of 0 to 2 knots. */
function cubicKernel(d: number): number {
  const a = -0.75
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1
  if (d < 2) return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
  return 0
}

function addGrating(canvas: Float32Array, side: number, random: Random): void {
  const angle = random.uniform(0, Math.PI)
  const frequency = (random.uniform(0.05, 0.5) * gratingSide) / side
  const amplitude = random.uniform(10, 50)
  const colour = [0, 1, 2].map(() => amplitude * random.uniform(-1, 1))
  // sin(x + y) = sin x cos y + cos x sin y: two tables instead of a sine per pixel
  const waves = (step: number) =>
    Array.from({ length: side }, (_, pixel) => ({ sin: sine(pixel * step), cos: cosine(pixel * step) }))
  const columns = waves(frequency * cosine(angle))
  let i = 0
  for (const y of waves(frequency * sine(angle))) {
    for (const x of columns) {
      const wave = x.sin * y.cos + x.cos * y.sin
      for (const c of colour) {
        canvas[i] = (canvas[i] ?? 0) + wave * c
        i++
      }
    }
  }
}
