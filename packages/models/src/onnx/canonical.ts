import * as t from '@vitrine/tensor'
import { dim, isFixed, only, operandsOf, scalarValue, sizeOf, type Tensor } from '@vitrine/tensor'
import { byChannels } from './canonical-images.ts'
import { atSource, byRows, reshape, transpose } from './canonical-views.ts'

/*
 * Exporters write one layer in many ways. Here the pieces are put together again as the models of this project are built, since relevance
 * rules, fused kernels and the recognition of blocks look at the form: a fixed operand stands second, weights are [out, in], rows of tokens
 * are [batch, tokens, width], heads have an axis of their own, and norms and GELU are one op. No value changes but by rounding.
 */

/** Half precision rounds constants to three digits. */
const CLOSE = 5e-4
export const near = (a: number, b: number): boolean => Math.abs(a - b) <= CLOSE * Math.abs(b)

/** The number that a tensor repeats everywhere, if it is one. */
export function constantOf(x: Tensor): number | undefined {
  if (x.op === 'constant') return x.params.data.length === 1 ? x.params.data[0] : undefined
  return x.op === 'broadcast' || x.op === 'reshape' ? constantOf(only(x)) : undefined
}

/** Whether a tensor is fixed and varies along its last axis only. */
const isVector = (x: Tensor, width: number): boolean =>
  isFixed(x) && (sizeOf(x.shape) === 1 || (x.shape.at(-1) === width && sizeOf(x.shape) === width))

/** A function of each number on its own. */
export const unary =
  (f: (x: Tensor) => Tensor) =>
  (x: Tensor): Tensor =>
    atSource([x], f) ?? byRows(x, f)

/** A fixed operand stands second. */
const ordered = (a: Tensor, b: Tensor): readonly [Tensor, Tensor] => (isFixed(a) && !isFixed(b) ? [b, a] : [a, b])

/** An op on two tensors of one shape that are the same view of tensors of tokens, before they were viewed. */
function sideBySide(a: Tensor, b: Tensor, f: (a: Tensor, b: Tensor) => Tensor): Tensor | undefined {
  if (a.op !== b.op || isFixed(a) || isFixed(b) || `${a.shape}` !== `${b.shape}`) return undefined
  const made = atSource([a, b], f)
  if (made) return made
  const [x, y] = [a.inputs[0], b.inputs[0]]
  if (!x || !y || x.shape.length < 3 || `${x.shape}` !== `${y.shape}`) return undefined
  if (a.op === 'reshape' && (a.shape.length === 2 || x.shape.length === 3)) return t.reshape(f(x, y), a.shape)
  const order = a.op === 'transpose' ? a.params.permutation : undefined
  const isSame = order && b.op === 'transpose' && `${order}` === `${b.params.permutation}`
  // Heads are left where they are.
  return isSame && order.length === 3 ? t.transpose(f(x, y), order) : undefined
}

export function add(a: Tensor, b: Tensor): Tensor {
  const [x, y] = ordered(a, b)
  const width = x.shape.at(-1)
  const isBias = width !== undefined && isVector(y, width) && y.shape.length <= x.shape.length
  if (isBias) {
    const bias = sizeOf(y.shape) === 1 ? y : t.reshape(y, [width])
    return decomposedNorm(x, bias) ?? byRows(x, rows => t.add(rows, bias))
  }
  return byChannels(x, y, add) ?? sideBySide(x, y, add) ?? t.add(x, y)
}

export const sub = (a: Tensor, b: Tensor): Tensor => sideBySide(a, b, sub) ?? t.sub(a, b)

export function mul(a: Tensor, b: Tensor): Tensor {
  const [x, y] = ordered(a, b)
  const factor = y.shape.length <= x.shape.length ? constantOf(y) : undefined
  // A number goes through views: scores of attention are scaled where they are made.
  if (factor !== undefined && x.op === 'reshape' && !isFixed(x))
    return t.reshape(mul(only(x), t.scalar(factor)), x.shape)
  const known = decomposedGelu(x, y)
  if (known) return known
  if (factor !== undefined) return scaled(x, factor)
  const width = x.shape.at(-1)
  if (width !== undefined && isVector(y, width) && y.shape.length <= x.shape.length)
    return byRows(x, rows => t.mul(rows, t.reshape(y, [width])))
  // A norm that multiplies by one over a length divides by it.
  for (const [numerator, inverse] of [
    [x, y],
    [y, x],
  ] as const)
    if (inverse.op === 'div' && constantOf(operandsOf(inverse)[0]) === 1) return div(numerator, operandsOf(inverse)[1])
  return byChannels(x, y, mul) ?? byChannels(y, x, mul) ?? sideBySide(x, y, mul) ?? t.mul(x, y)
}

function scaled(x: Tensor, factor: number): Tensor {
  const before = x.op === 'mul' ? scalarValue(operandsOf(x)[1]) : undefined
  return before === undefined ? t.mul(x, factor) : t.mul(only(x), before * factor)
}

export function div(a: Tensor, b: Tensor): Tensor {
  const divisor = b.shape.length <= a.shape.length ? constantOf(b) : undefined
  if (divisor !== undefined && divisor !== 0) return mul(a, t.scalar(1 / divisor))
  return sideBySide(a, b, div) ?? t.div(a, b)
}

interface Factors {
  readonly scale: number
  readonly others: readonly Tensor[]
}

/** A product as a number and at most three other factors. */
function factorsOf(x: Tensor, depth = 3): Factors {
  const number = constantOf(x)
  if (number !== undefined) return { scale: number, others: [] }
  if (x.op !== 'mul' || depth === 0) return { scale: 1, others: [x] }
  const [a, b] = operandsOf(x).map(operand => factorsOf(operand, depth - 1))
  if (!a || !b || a.others.length + b.others.length > 3) return { scale: 1, others: [x] }
  return { scale: a.scale * b.scale, others: [...a.others, ...b.others] }
}

/** x / 2 (1 + erf(x / sqrt 2)), its factors in any order. */
function decomposedGelu(a: Tensor, b: Tensor): Tensor | undefined {
  const [fa, fb] = [factorsOf(a), factorsOf(b)]
  const others = [...fa.others, ...fb.others]
  if (others.length !== 2 || !near(fa.scale * fb.scale, 0.5)) return undefined
  for (const [x, gate] of [others, others.toReversed()]) {
    if (!x || gate?.op !== 'add') continue
    const [wave, one] = operandsOf(gate)
    if (wave.op !== 'erf' || constantOf(one) !== 1) continue
    const inside = factorsOf(only(wave))
    if (inside.others[0] === x && inside.others.length === 1 && near(inside.scale, Math.SQRT1_2)) return gelu(x)
  }
  return undefined
}

export const gelu: (x: Tensor) => Tensor = unary(t.gelu)

/** x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), the approximation of Hendrycks and Gimpel (2016). */
export const geluByTanh: (x: Tensor) => Tensor = unary(x => {
  const inside = t.mul(t.add(x, t.mul(t.mul(t.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))
  return t.mul(t.mul(x, t.add(t.tanh(inside), 1)), 0.5)
})

/** Of which tensor another one is the mean over the last axis. */
function meanOf(x: Tensor): Tensor | undefined {
  const { scale, others } = factorsOf(x)
  const [total] = others
  if (others.length !== 1 || total?.op !== 'sum' || `${total.params.axes}` !== `${total.shape.length - 1}`)
    return undefined
  const source = only(total)
  return near(scale, 1 / dim(source.shape, -1)) ? source : undefined
}

interface Quotient {
  readonly above: readonly Tensor[]
  readonly below: readonly Tensor[]
}

/** A product of few factors, some of which divide. */
function quotientOf(x: Tensor, depth = 3): Quotient {
  if (constantOf(x) === 1) return { above: [], below: [] }
  if (depth === 0 || (x.op !== 'mul' && x.op !== 'div')) return { above: [x], below: [] }
  const [a, b] = operandsOf(x)
  const [first, second] = [quotientOf(a, depth - 1), quotientOf(b, depth - 1)]
  const { above, below } = x.op === 'mul' ? second : { above: second.below, below: second.above }
  return { above: [...first.above, ...above], below: [...first.below, ...below] }
}

/** (x - mean) / sqrt(variance + epsilon) * scale + bias, in the ways in which it is written where there is no op for it. */
function decomposedNorm(x: Tensor, bias: Tensor): Tensor | undefined {
  if ((x.op !== 'mul' && x.op !== 'div') || !isFixed(bias)) return undefined
  const { above, below } = quotientOf(x)
  const [centred, ...more] = above.filter(factor => !isFixed(factor))
  const [scale, ...scales] = above.filter(isFixed)
  const [deviation, ...others] = below
  if (centred?.op !== 'sub' || deviation?.op !== 'sqrt' || more.length + scales.length + others.length > 0)
    return undefined
  const [source, mean] = operandsOf(centred)
  const sum = only(deviation)
  if (meanOf(mean) !== source || sum.op !== 'add') return undefined
  const [variance, epsilon] = [operandsOf(sum)[0], constantOf(operandsOf(sum)[1])]
  if (epsilon === undefined || !isVarianceOf(variance, source, centred, mean)) return undefined
  return layerNorm(source, scale ?? t.scalar(1), bias, epsilon)
}

/** The mean of squares of what is centred, or of all squares without that of the mean, which JAX keeps from falling below 0. */
function isVarianceOf(variance: Tensor, source: Tensor, centred: Tensor, mean: Tensor): boolean {
  const isSquareOf = (x: Tensor | undefined, of: Tensor) => x?.op === 'mul' && x.inputs.every(factor => factor === of)
  if (isSquareOf(meanOf(variance), centred)) return true
  const difference = variance.op === 'maximum' && constantOf(operandsOf(variance)[1]) === 0 ? only(variance) : variance
  if (difference.op !== 'sub') return false
  const [squares, square] = operandsOf(difference)
  return isSquareOf(meanOf(squares), source) && isSquareOf(square, mean)
}

/** Over `[batch, tokens, width]`, whatever axes the tokens have: what a norm gives is a tensor of tokens through which everything goes. */
export function layerNorm(x: Tensor, scale: Tensor, bias: Tensor, epsilon: number): Tensor {
  const width = dim(x.shape, -1)
  const vector = (y: Tensor) => t.reshape(sizeOf(y.shape) === 1 ? t.broadcast(t.reshape(y, [1]), [width]) : y, [width])
  const norm = (rows: Tensor) => t.layerNorm(rows, vector(scale), vector(bias), shortest(epsilon))
  if (x.shape.length > 3) return t.reshape(norm(t.reshape(x, [dim(x.shape, 0), -1, width])), x.shape)
  return byRows(x, norm)
}

/** The decimal that a float32 was made of: 1e-6 and not 9.99999997e-7. */
const shortest = (x: number): number => Number(x.toPrecision(6))

/** The softmax of the last axis. Heads that a product gave an axis keep it. */
export function softmax(x: Tensor): Tensor {
  const source = x.op === 'reshape' ? only(x) : x
  const seen =
    source.shape.length === 4 && source.shape.at(-1) === x.shape.at(-1) && source.shape.at(-2) === x.shape.at(-2)
  return seen ? t.reshape(t.softmax(source), x.shape) : t.softmax(x)
}

const lastTwoTurned = (rank: number): number[] => {
  const axes = Array.from({ length: rank }, (_, i) => i)
  return [...axes.slice(0, -2), rank - 1, rank - 2]
}

/** A product of matrices: a linear layer where the second is fixed, else one of activations, in which heads have an axis of their own. */
export function matmul(a: Tensor, b: Tensor, batch: number, transposeA = false, transposeB = false): Tensor {
  if (isFixed(b) && b.shape.length === 2 && !isFixed(a) && !transposeA)
    return byRows(a, rows => t.linear(rows, transposeB ? b : t.transpose(b, [1, 0])))
  const isStacked = a.shape.length === 3 && b.shape.length === 3
  if (!isStacked && (isFixed(a) || isFixed(b))) return t.matmul(a, b, transposeA, transposeB)
  const [x, y] = [unscaled(transposeA ? turned(a) : a), unscaled(transposeB ? turned(b) : b)]
  const scale = x.scale * y.scale
  const [p, q] = isStacked ? apart(x.tensor, y.tensor, batch) : [x.tensor, y.tensor]
  const upright = unturned(q)
  const product = upright ? t.matmul(p, upright, false, true) : t.matmul(p, q)
  const made = scale === 1 ? product : t.mul(product, scale)
  return isStacked ? t.reshape(made, [-1, dim(made.shape, -2), dim(made.shape, -1)]) : made
}

/** `[batch * heads, rows, columns]` of both with an axis for the heads, unless one is of a single matrix. */
function apart(a: Tensor, b: Tensor, batch: number): readonly [Tensor, Tensor] {
  const [p, q] = [headed(a, batch), headed(b, batch)]
  return p.shape.length === q.shape.length ? [p, q] : [a, b]
}

const turned = (x: Tensor): Tensor => transpose(x, lastTwoTurned(x.shape.length))

/** The matrices before they were transposed, if that was the last thing done to them. */
function unturned(x: Tensor): Tensor | undefined {
  if (x.op !== 'transpose') return undefined
  const { permutation } = x.params
  return dim(permutation, -1) < dim(permutation, -2) ? turned(x) : undefined
}

/** `[batch * heads, rows, columns]` as `[batch, heads, rows, columns]`. */
function headed(x: Tensor, batch: number): Tensor {
  const [n = 1, rows = 1, columns = 1] = x.shape
  return x.shape.length === 3 && n % batch === 0 ? reshape(x, [batch, n / batch, rows, columns]) : x
}

/** A tensor without the constant factors that were multiplied to it before it was viewed otherwise. */
function unscaled(x: Tensor, depth = 8): { readonly tensor: Tensor; readonly scale: number } {
  if (depth === 0 || (x.op !== 'mul' && x.op !== 'reshape' && x.op !== 'transpose')) return { tensor: x, scale: 1 }
  const own = x.op === 'mul' ? scalarValue(operandsOf(x)[1]) : 1
  if (own === undefined) return { tensor: x, scale: 1 }
  const { tensor, scale } = unscaled(only(x), depth - 1)
  if (x.op === 'mul') return { tensor, scale: scale * own }
  if (scale === 1) return { tensor: x, scale }
  const view = x.op === 'reshape' ? t.reshape(tensor, x.shape) : t.transpose(tensor, x.params.permutation)
  return { tensor: view, scale }
}
