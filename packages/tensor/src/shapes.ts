import type { DType, Op, OpParams, Shape, Tensor, TensorOf } from './ops.ts'
import {
  dim,
  operandOf,
  operandsOf,
  requireOperands,
  ShapeError,
  sameNumbers,
  show,
  sizeOf,
  threeOperandsOf,
} from './tensor.ts'
import { type Pair, windowCounts, windowSize } from './windows.ts'

/** What an operation results in. */
export interface Result {
  readonly shape: Shape
  readonly dtype: DType
}

/** An operation on its operands. */
type Applied<O extends Op> = Omit<TensorOf<O>, 'id'>

/**
 * What an op makes of its operands; throws a ShapeError where they do not fit. An op whose shape is an argument (leaves, `reshape`,
 * `broadcast`) finds it as the shape of `t`.
 */
type ShapeRule<O extends Op> = (t: Applied<O>) => Result

/**
 * The result of an operation.
 *
 * @param declared the result of an op that takes it as an argument
 * @throws ShapeError where the operands do not fit the op
 */
export function resultOf<O extends Op>(
  op: O,
  inputs: readonly Tensor[],
  params: OpParams[O],
  declared: Result = { shape: [], dtype: 'float' },
): Result {
  const rule: ShapeRule<O> = shapeRules[op]
  return rule({ op, inputs, params, ...declared })
}

const float = (shape: Shape): Result => ({ shape, dtype: 'float' })

function requireDType(op: Op, t: Tensor, dtype: DType): void {
  const what = dtype === 'float' ? 'a float tensor' : 'int indices'
  if (t.dtype !== dtype) throw new ShapeError(op, `expected ${what}, got ${t.dtype} ${show(t.shape)}`)
}

function requireFloats({ op, inputs }: Pick<Tensor, 'op' | 'inputs'>): void {
  for (const t of inputs) requireDType(op, t, 'float')
}

/** The shape to which two shapes broadcast by NumPy's rule. */
export function broadcastShapes(op: Op, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const m = a[i - rank + a.length] ?? 1
    const n = b[i - rank + b.length] ?? 1
    if (m !== n && m !== 1 && n !== 1) throw new ShapeError(op, `cannot broadcast ${show(a)} with ${show(b)}`)
    return m === 1 ? n : m
  })
}

function leaf(t: Applied<'input' | 'parameter' | 'constant'>): Result {
  requireOperands(t, 0)
  return { shape: t.shape, dtype: t.dtype }
}

const unary = (t: Applied<Op>): Result => {
  requireFloats(t)
  return float(operandOf(t).shape)
}

const binary = (t: Applied<Op>): Result => {
  const [a, b] = operandsOf(t)
  requireFloats(t)
  return float(broadcastShapes(t.op, a.shape, b.shape))
}

const reduction = (t: Applied<'sum' | 'max'>): Result => {
  requireFloats(t)
  const { shape } = operandOf(t)
  const { axes } = t.params
  if (axes.some(axis => axis < 0 || axis >= shape.length))
    throw new ShapeError(t.op, `axes ${show(axes)} do not exist in ${show(shape)}`)
  return float(shape.map((n, i) => (axes.includes(i) ? 1 : n)))
}

/** How many windows fit, at least one on each axis. */
function countsOf({ op, params }: Applied<'unfold'> | Applied<'fold'>, size: Pair): Pair {
  const { kernel, strides, dilations } = params
  if (![...kernel, ...strides, ...dilations, ...size].every(n => Number.isInteger(n) && n > 0))
    throw new ShapeError(op, `expected whole numbers above 0, got ${JSON.stringify(params)}`)
  const counts = windowCounts(size, params)
  if (counts.some(n => n < 1))
    throw new ShapeError(op, `no window of ${show(kernel)}, ${show(dilations)} apart, fits into ${show(size)} pixels`)
  return counts
}

const range = (end: number): number[] => Array.from({ length: end }, (_, i) => i)

const shapeRules: { readonly [O in Op]: ShapeRule<O> } = {
  input: leaf,
  parameter: t => float(leaf(t).shape),
  constant: t => {
    const { shape, dtype } = leaf(t)
    const { data } = t.params
    if (data.length !== sizeOf(shape))
      throw new ShapeError('constant', `${data.length} numbers do not fill ${show(shape)}`)
    if (dtype === 'int' && !data.every(Number.isSafeInteger))
      throw new ShapeError('constant', 'expected whole numbers as indices')
    return { shape, dtype }
  },
  neg: unary,
  abs: unary,
  sign: unary,
  exp: unary,
  log: unary,
  sqrt: unary,
  relu: unary,
  sigmoid: unary,
  tanh: unary,
  erf: unary,
  gelu: unary,
  add: binary,
  sub: binary,
  mul: binary,
  div: binary,
  maximum: binary,
  minimum: binary,
  greater: binary,
  equal: binary,
  where: t => {
    const [condition, a, b] = threeOperandsOf(t)
    requireFloats(t)
    return float(broadcastShapes('where', condition.shape, broadcastShapes('where', a.shape, b.shape)))
  },
  matmul: t => {
    const [a, b] = operandsOf(t)
    requireFloats(t)
    const { transposeA, transposeB } = t.params
    const [rows, inner] = transposeA ? [-1, -2] : [-2, -1]
    const [inner2, columns] = transposeB ? [-1, -2] : [-2, -1]
    if (a.shape.length < 2 || b.shape.length < 2 || dim(a.shape, inner) !== dim(b.shape, inner2)) {
      const turned = (x: Tensor, transposed: boolean) => `${show(x.shape)}${transposed ? ' transposed' : ''}`
      throw new ShapeError('matmul', `cannot multiply ${turned(a, transposeA)} by ${turned(b, transposeB)}`)
    }
    const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2))
    return float([...batch, dim(a.shape, rows), dim(b.shape, columns)])
  },
  sum: reduction,
  max: reduction,
  softmax: t => {
    const { shape } = unary(t)
    if (shape.length === 0) throw new ShapeError('softmax', 'expected at least one axis, got []')
    return float(shape)
  },
  layerNorm: t => {
    const [x, scale, bias] = threeOperandsOf(t)
    requireFloats(t)
    const width = x.shape.at(-1)
    for (const [name, { shape }] of Object.entries({ scale, bias }))
      if (shape.length !== 1 || shape[0] !== width)
        throw new ShapeError('layerNorm', `expected ${name} of [${width}] for ${show(x.shape)}, got ${show(shape)}`)
    return float(x.shape)
  },
  reshape: t => {
    const x = operandOf(t)
    if (sizeOf(t.shape) !== sizeOf(x.shape) || t.shape.some(n => !Number.isInteger(n)))
      throw new ShapeError('reshape', `cannot view ${show(x.shape)} as ${show(t.shape)}`)
    return { shape: t.shape, dtype: x.dtype }
  },
  transpose: t => {
    const x = operandOf(t)
    const { permutation } = t.params
    const sorted = permutation.toSorted((a, b) => a - b)
    if (!sameNumbers(sorted, range(x.shape.length)))
      throw new ShapeError('transpose', `${show(permutation)} does not order the axes of ${show(x.shape)}`)
    return { shape: permutation.map(axis => dim(x.shape, axis)), dtype: x.dtype }
  },
  slice: t => {
    const { shape, dtype } = operandOf(t)
    const { starts, ends } = t.params
    const window = starts.map((start, i) => [start, ends[i] ?? Number.NaN] as const)
    const fits = window.every(([start, end], i) => start >= 0 && end > start && end <= (shape[i] ?? 0))
    if (window.length !== shape.length || ends.length !== shape.length || !fits)
      throw new ShapeError('slice', `${window.map(r => r.join(':')).join(', ')} is not inside ${show(shape)}`)
    return { shape: window.map(([start, end]) => end - start), dtype }
  },
  pad: t => {
    requireFloats(t)
    const { shape } = operandOf(t)
    const { before, after } = t.params
    if (before.length !== shape.length || after.length !== shape.length || [...before, ...after].some(n => n < 0))
      throw new ShapeError('pad', `cannot add ${show(before)} and ${show(after)} around ${show(shape)}`)
    return float(shape.map((n, i) => n + dim(before, i) + dim(after, i)))
  },
  concat: ({ inputs, params: { axis } }) => {
    const [first] = inputs
    if (!first) throw new ShapeError('concat', 'expected at least one tensor')
    const fits = (t: Tensor) => t.dtype === first.dtype && sameNumbers(t.shape.with(axis, 0), first.shape.with(axis, 0))
    if (axis < 0 || axis >= first.shape.length || inputs.some(t => t.shape.length <= axis || !fits(t)))
      throw new ShapeError('concat', `${inputs.map(t => show(t.shape)).join(', ')} do not agree off axis ${axis}`)
    const total = inputs.reduce((sum, t) => sum + dim(t.shape, axis), 0)
    return { shape: first.shape.with(axis, total), dtype: first.dtype }
  },
  broadcast: t => {
    const x = operandOf(t)
    const lead = t.shape.length - x.shape.length
    if (lead < 0 || x.shape.some((n, i) => n !== 1 && n !== t.shape[i + lead]))
      throw new ShapeError('broadcast', `cannot repeat ${show(x.shape)} to ${show(t.shape)}`)
    return { shape: t.shape, dtype: x.dtype }
  },
  gather: t => {
    const [x, indices] = operandsOf(t)
    requireDType('gather', indices, 'int')
    const { axis } = t.params
    const [n] = indices.shape
    if (indices.shape.length !== 1 || n === undefined || axis < 0 || axis >= x.shape.length)
      throw new ShapeError('gather', `cannot take ${show(indices.shape)} along axis ${axis} of ${show(x.shape)}`)
    return { shape: x.shape.with(axis, n), dtype: x.dtype }
  },
  unfold: t => {
    requireFloats(t)
    const { shape } = operandOf(t)
    if (shape.length < 3) throw new ShapeError('unfold', `expected […, channels, height, width], got ${show(shape)}`)
    const [down, across] = countsOf(t, [dim(shape, -2), dim(shape, -1)])
    return float([...shape.slice(0, -3), down * across, dim(shape, -3) * windowSize(t.params)])
  },
  fold: t => {
    requireFloats(t)
    const { shape } = operandOf(t)
    const [height, width] = t.params.size
    const [down, across] = countsOf(t, t.params.size)
    const channels = dim(shape, -1) / windowSize(t.params)
    if (shape.length < 2 || dim(shape, -2) !== down * across || !Number.isInteger(channels))
      throw new ShapeError(
        'fold',
        `expected […, ${down * across}, a multiple of ${windowSize(t.params)}] for ${height} x ${width} pixels, got ${show(shape)}`,
      )
    return float([...shape.slice(0, -2), channels, height, width])
  },
  topK: t => {
    requireFloats(t)
    const { shape } = operandOf(t)
    const { k, output } = t.params
    const n = shape.at(-1) ?? 0
    if (!Number.isInteger(k) || k < 1 || k > n)
      throw new ShapeError('topK', `expected 1 to ${n} of ${show(shape)}, got ${k}`)
    return { shape: shape.with(-1, k), dtype: output === 'indices' ? 'int' : 'float' }
  },
  oneHot: t => {
    const indices = operandOf(t)
    requireDType('oneHot', indices, 'int')
    return float([...indices.shape, t.params.depth])
  },
}
