import { erf } from './erf.ts'
import type { Op, Shape, Tensor, TensorOf } from './ops.ts'
import { dim, only, operandsOf, sizeOf } from './tensor.ts'
import { type Windows, windowPixels, windowSize } from './windows.ts'

export type Kernel<O extends Op = Op> = (node: TensorOf<O>, operands: readonly Float64Array[]) => Float64Array

const EMPTY = new Float64Array(0)
const at = (operands: readonly Float64Array[], i: number): Float64Array => operands[i] ?? EMPTY

/** Row-major strides; axes of size 1 get stride 0, which broadcasts them. */
function strides(shape: Shape): number[] {
  let step = 1
  return shape
    .toReversed()
    .map(n => {
      const stride = n === 1 ? 0 : step
      step *= n
      return stride
    })
    .reverse()
}

/** Calls f with the flat index of the result and, for each operand, `offset + sum(index * stride)`. */
function forEach(
  shape: Shape,
  operands: readonly { readonly offset?: number; readonly strides: readonly number[] }[],
  f: (out: number, at: Int32Array) => void,
): void {
  const total = sizeOf(shape)
  const index = new Int32Array(shape.length)
  const place = Int32Array.from(operands, o => o.offset ?? 0)
  for (let out = 0; out < total; out++) {
    f(out, place)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const n = shape[axis] ?? 1
      const next = (index[axis] ?? 0) + 1
      const wrapped = next === n
      index[axis] = wrapped ? 0 : next
      operands.forEach((o, k) => {
        place[k] = (place[k] ?? 0) + (o.strides[axis] ?? 0) * (wrapped ? 1 - n : 1)
      })
      if (!wrapped) break
    }
  }
}

/** Strides of an operand aligned to a result of higher rank. */
function aligned(shape: Shape, rank: number): number[] {
  return [...Array<number>(rank - shape.length).fill(0), ...strides(shape)]
}

const unary =
  (f: (x: number) => number): Kernel =>
  (_, [x = EMPTY]) =>
    x.map(f)

const broadcasting =
  (f: (a: number, b: number, c: number) => number): Kernel =>
  (node, operands) => {
    const [a, b, c] = [at(operands, 0), at(operands, 1), at(operands, 2)]
    const out = new Float64Array(sizeOf(node.shape))
    const shapes = node.inputs.map(t => ({ strides: aligned(t.shape, node.shape.length) }))
    forEach(node.shape, shapes, (i, p) => {
      out[i] = f(a[p[0] ?? 0] ?? 0, b[p[1] ?? 0] ?? 0, c[p[2] ?? 0] ?? 0)
    })
    return out
  }

/** Copies with arbitrary strides: out[i] = x[offset + i . strides]. */
function move(shape: Shape, x: Float64Array, from: readonly number[], offset = 0): Float64Array {
  const out = new Float64Array(sizeOf(shape))
  forEach(shape, [{ strides: from, offset }], (i, p) => {
    out[i] = x[p[0] ?? 0] ?? 0
  })
  return out
}

const reduction =
  (start: number, f: (total: number, x: number) => number): Kernel<'sum' | 'max'> =>
  (node, [x = EMPTY]) => {
    const out = new Float64Array(sizeOf(node.shape)).fill(start)
    const source = only(node as Tensor).shape
    const full = strides(node.shape)
    forEach(source, [{ strides: full }], (i, p) => {
      const o = p[0] ?? 0
      out[o] = f(out[o] ?? start, x[i] ?? 0)
    })
    return out
  }

/** Calls f for each pixel of `[…, channels, height, width]` that a window sees with its place in the rows of windows. */
function windowed(shape: Shape, windows: Windows, f: (pixel: number, place: number) => void): void {
  const [channels, height, width] = [dim(shape, -3), dim(shape, -2), dim(shape, -1)]
  const pixels = windowPixels([height, width], windows)
  const size = windowSize(windows)
  const count = pixels.length / size
  const images = sizeOf(shape.slice(0, -2))
  for (let image = 0; image < images; image++) {
    const channel = image % channels
    const start = ((image - channel) * count + channel) * size
    for (let window = 0; window < count; window++)
      for (let i = 0; i < size; i++)
        f(image * height * width + (pixels[window * size + i] ?? 0), start + window * channels * size + i)
  }
}

/** Applies f to each row of the last axis. */
function rows(x: Float64Array, width: number, f: (row: Float64Array, start: number) => void): void {
  for (let start = 0; start < x.length; start += width) f(x.subarray(start, start + width), start)
}

/** Indices of a row, largest value first, equal values in index order. */
const ranking = (row: Float64Array): number[] => [...row.keys()].sort((i, j) => (row[j] ?? 0) - (row[i] ?? 0) || i - j)

/** The definition of every op: float64, plain loops, row-major operands. */
export const kernels: { readonly [O in Op]: Kernel<O> } = {
  input: () => EMPTY,
  parameter: () => EMPTY,
  constant: node => node.params.data,
  neg: unary(x => -x),
  abs: unary(Math.abs),
  sign: unary(Math.sign),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  relu: unary(x => Math.max(x, 0)),
  sigmoid: unary(x => 1 / (1 + Math.exp(-x))),
  tanh: unary(Math.tanh),
  erf: unary(erf),
  gelu: unary(x => 0.5 * x * (1 + erf(x * Math.SQRT1_2))),
  add: broadcasting((a, b) => a + b),
  sub: broadcasting((a, b) => a - b),
  mul: broadcasting((a, b) => a * b),
  div: broadcasting((a, b) => a / b),
  maximum: broadcasting((a, b) => Math.max(a, b)),
  minimum: broadcasting((a, b) => Math.min(a, b)),
  greater: broadcasting((a, b) => (a > b ? 1 : 0)),
  equal: broadcasting((a, b) => (a === b ? 1 : 0)),
  where: broadcasting((condition, a, b) => (condition !== 0 ? a : b)),
  matmul: (node, operands) => {
    const [a, b] = [at(operands, 0), at(operands, 1)]
    const [ta, tb] = operandsOf(node).map(t => t.shape)
    const { transposeA, transposeB } = node.params
    const [m, n] = [dim(node.shape, -2), dim(node.shape, -1)]
    const inner = dim(ta ?? [], transposeA ? -2 : -1)
    const [rowA, stepA] = transposeA ? [1, m] : [inner, 1]
    const [columnB, stepB] = transposeB ? [inner, 1] : [1, n]
    const out = new Float64Array(sizeOf(node.shape))
    const batch = node.shape.slice(0, -2)
    const lead = (shape: Shape) =>
      aligned(shape.slice(0, -2), batch.length).map(s => s * dim(shape, -1) * dim(shape, -2))
    forEach(batch, [{ strides: lead(ta ?? []) }, { strides: lead(tb ?? []) }], (i, p) => {
      const [startA, startB] = [p[0] ?? 0, p[1] ?? 0]
      for (let r = 0; r < m; r++) {
        for (let c = 0; c < n; c++) {
          let total = 0
          let [ia, ib] = [startA + r * rowA, startB + c * columnB]
          for (let k = 0; k < inner; k++, ia += stepA, ib += stepB) total += (a[ia] as number) * (b[ib] as number)
          out[(i * m + r) * n + c] = total
        }
      }
    })
    return out
  },
  sum: reduction(0, (total, x) => total + x),
  max: reduction(Number.NEGATIVE_INFINITY, Math.max),
  softmax: (node, [x = EMPTY]) => {
    const out = new Float64Array(x.length)
    rows(x, dim(node.shape, -1), (row, start) => {
      const top = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
      const powers = row.map(v => Math.exp(v - top))
      const total = powers.reduce((a, b) => a + b, 0)
      out.set(
        powers.map(v => v / total),
        start,
      )
    })
    return out
  },
  layerNorm: (node, [x = EMPTY, scale = EMPTY, bias = EMPTY]) => {
    const width = dim(node.shape, -1)
    const out = new Float64Array(x.length)
    rows(x, width, (row, start) => {
      const mean = row.reduce((a, b) => a + b, 0) / width
      const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / width
      const deviation = Math.sqrt(variance + node.params.epsilon)
      row.forEach((v, i) => {
        out[start + i] = ((v - mean) / deviation) * (scale[i] ?? 0) + (bias[i] ?? 0)
      })
    })
    return out
  },
  reshape: (_, [x = EMPTY]) => x,
  transpose: (node, [x = EMPTY]) => {
    const from = strides(only(node).shape)
    return move(
      node.shape,
      x,
      node.params.permutation.map(axis => from[axis] ?? 0),
    )
  },
  slice: (node, [x = EMPTY]) => {
    const from = strides(only(node).shape)
    const offset = node.params.starts.reduce((sum, s, axis) => sum + s * (from[axis] ?? 0), 0)
    return move(node.shape, x, from, offset)
  },
  pad: (node, [x = EMPTY]) => {
    const to = strides(node.shape)
    const out = new Float64Array(sizeOf(node.shape))
    const offset = node.params.before.reduce((sum, n, axis) => sum + n * (to[axis] ?? 0), 0)
    forEach(only(node).shape, [{ strides: to, offset }], (i, p) => {
      out[p[0] ?? 0] = x[i] ?? 0
    })
    return out
  },
  concat: (node, operands) => {
    const to = strides(node.shape)
    const out = new Float64Array(sizeOf(node.shape))
    let offset = 0
    node.inputs.forEach((part, k) => {
      const x = at(operands, k)
      forEach(part.shape, [{ strides: to, offset }], (i, p) => {
        out[p[0] ?? 0] = x[i] ?? 0
      })
      offset += dim(part.shape, node.params.axis) * (to[node.params.axis] ?? 0)
    })
    return out
  },
  broadcast: (node, [x = EMPTY]) => move(node.shape, x, aligned(only(node).shape, node.shape.length)),
  gather: (node, [x = EMPTY, indices = EMPTY]) => {
    const { axis } = node.params
    const shape = only(node).shape
    const inner = sizeOf(shape.slice(axis + 1))
    const outer = sizeOf(shape.slice(0, axis))
    const n = dim(shape, axis)
    const out = new Float64Array(sizeOf(node.shape))
    for (let o = 0; o < outer; o++)
      indices.forEach((index, i) => {
        const start = (o * n + index) * inner
        out.set(x.subarray(start, start + inner), (o * indices.length + i) * inner)
      })
    return out
  },
  unfold: (node, [x = EMPTY]) => {
    const out = new Float64Array(sizeOf(node.shape))
    windowed(only(node).shape, node.params, (pixel, place) => {
      out[place] = x[pixel] ?? 0
    })
    return out
  },
  fold: (node, [y = EMPTY]) => {
    const out = new Float64Array(sizeOf(node.shape))
    windowed(node.shape, node.params, (pixel, place) => {
      out[pixel] = (out[pixel] ?? 0) + (y[place] ?? 0)
    })
    return out
  },
  topK: (node, [x = EMPTY]) => {
    const { k, output } = node.params
    const out = new Float64Array(sizeOf(node.shape))
    const width = dim(only(node).shape, -1)
    rows(x, width, (row, start) => {
      ranking(row)
        .slice(0, k)
        .forEach((index, i) => {
          out[(start / width) * k + i] = output === 'indices' ? index : (row[index] ?? 0)
        })
    })
    return out
  },
  oneHot: (node, [indices = EMPTY]) => {
    const { depth } = node.params
    const out = new Float64Array(sizeOf(node.shape))
    indices.forEach((index, i) => {
      out[i * depth + index] = 1
    })
    return out
  },
}
