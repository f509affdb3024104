import { dim, isFixed } from '@vitrine/tensor'
import { ModelError } from '../../errors.ts'
import type { Translation, Translations } from '../operation.ts'
import { isNumbers, type Numbers, numbers } from '../values.ts'

/** Where a sample of the result lies in the source. */
const POSITIONS: Readonly<Record<string, (i: number, from: number, to: number, scale: number) => number>> = {
  half_pixel: (i, _from, _to, scale) => (i + 0.5) / scale - 0.5,
  pytorch_half_pixel: (i, _from, to, scale) => (to > 1 ? (i + 0.5) / scale - 0.5 : 0),
  align_corners: (i, from, to) => (to === 1 ? 0 : (i * (from - 1)) / (to - 1)),
  asymmetric: (i, _from, _to, scale) => i / scale,
}

/** What a source sample counts at a distance, and how far it counts. */
const KERNELS: Readonly<Record<string, { readonly reach: number; readonly weight: (x: number, a: number) => number }>> =
  {
    linear: { reach: 1, weight: x => Math.max(0, 1 - x) },
    cubic: {
      reach: 2,
      weight: (x, a) => {
        if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
      },
    },
  }

/** What each sample of the result has of each of the source, `[to][from]`: interpolation on one axis is a matrix. */
function weightsOf(mode: string, from: number, to: number, scale: number, rules: Rules): number[][] {
  const kernel = KERNELS[mode]
  const position = POSITIONS[rules.coordinates]
  if (!kernel || !position) throw new ModelError(`resizing by ${mode} with ${rules.coordinates} is not read`)
  // Antialiasing widens the kernel where the result is smaller.
  const stretch = rules.antialias ? Math.max(1, 1 / scale) : 1
  return Array.from({ length: to }, (_, i) => {
    const at = position(i, from, to, scale)
    const row = Array<number>(from).fill(0)
    for (let k = Math.floor(at - kernel.reach * stretch); k <= Math.ceil(at + kernel.reach * stretch); k++) {
      const inside = k >= 0 && k < from
      if (rules.excludesOutside && !inside) continue
      // Samples beyond the edge repeat the edge.
      const source = Math.min(Math.max(k, 0), from - 1)
      row[source] = (row[source] ?? 0) + kernel.weight(Math.abs(k - at) / stretch, rules.cubic)
    }
    const total = row.reduce((sum, x) => sum + x, 0)
    return row.map(x => x / total)
  })
}

interface Rules {
  readonly coordinates: string
  readonly cubic: number
  readonly antialias: boolean
  readonly excludesOutside: boolean
}

function resized(x: Numbers, mode: string, to: readonly number[], scales: readonly number[], rules: Rules): Numbers {
  return to.reduce<Numbers>((from, size, axis) => {
    const length = dim(from.shape, axis)
    if (size === length) return from
    const matrix = weightsOf(mode, length, size, scales[axis] ?? size / length, rules)
    const inner = from.shape.slice(axis + 1).reduce((product, n) => product * n, 1)
    const outer = from.data.length / inner / length
    const data = new Float64Array(outer * size * inner)
    for (let o = 0; o < outer; o++)
      for (const [i, row] of matrix.entries())
        for (const [k, weight] of row.entries())
          if (weight !== 0)
            for (let j = 0; j < inner; j++)
              data[(o * size + i) * inner + j] =
                (data[(o * size + i) * inner + j] ?? 0) + weight * (from.data[(o * length + k) * inner + j] ?? 0)
    return { kind: 'float', shape: from.shape.with(axis, size), data }
  }, x)
}

/** Position embeddings are brought to the size of the image when the file is opened; an image is not resized. */
const Resize: Translation = operation => {
  const x = operation.value(0)
  const scales = operation.has(2) ? Array.from(operation.numbers(2, 'scales').data) : []
  const sizes = operation.has(3) ? Array.from(operation.numbers(3, 'sizes').data) : []
  const to = sizes.length > 0 ? sizes : x.shape.map((n, axis) => Math.floor(n * (scales[axis] ?? 1)))
  if (to.every((n, axis) => n === x.shape[axis])) return x
  if (!isNumbers(x) && !isFixed(x))
    throw new ModelError(`[${x.shape.join(', ')}] of the image resized to [${to.join(', ')}] is not read`)
  const rules = {
    coordinates: operation.text('coordinate_transformation_mode', 'half_pixel'),
    cubic: operation.float('cubic_coeff_a', -0.75),
    antialias: operation.int('antialias', 0) === 1,
    excludesOutside: operation.int('exclude_outside', 0) === 1,
  }
  const mode = operation.text('mode', 'nearest')
  const exact = to.map((n, axis) => (sizes.length > 0 ? n / dim(x.shape, axis) : (scales[axis] ?? 1)))
  const { shape, data } = resized(operation.numbers(0, 'what is resized'), mode, to, exact, rules)
  return numbers(data, shape, 'float')
}

export const resizing: Translations = { Resize }
