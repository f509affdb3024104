import * as t from '@vitrine/tensor'
import { only, type Shape, sizeOf, type Tensor } from '@vitrine/tensor'
import { ModelError } from '../../errors.ts'
import { add, div, gelu, geluByTanh, mul, sub, unary } from '../canonical.ts'
import type { Kind } from '../elements.ts'
import { alike, kindOf, type Operation, type Translation, type Translations } from '../operation.ts'
import { asTensor, combined, evaluated, isNumbers, mapped, numbers, type Value } from '../values.ts'

/** A function of one number; without one for tensors it is computed once, of what no image changes. */
const of =
  (ofNumber: (x: number) => number, ofTensor?: (x: Tensor) => Tensor): Translation =>
  operation => {
    const x = operation.value(0)
    if (!isNumbers(x) && ofTensor) return ofTensor(x)
    return mapped(operation.numbers(0, `${operation.op}: what it is computed of`), ofNumber)
  }

type OfNumbers = (a: number, b: number) => number

/** A function of two numbers after broadcasting, folded over more operands where there are more. */
const ofTwo =
  (ofNumbers: OfNumbers, ofTensors: (a: Tensor, b: Tensor) => Tensor, kind?: Kind): Translation =>
  operation => {
    const step = (a: Value, b: Value): Value =>
      isNumbers(a) && isNumbers(b)
        ? combined([a, b], ofNumbers, kind ?? a.kind)
        : ofTensors(...alike(operation.graph, asTensor(a), asTensor(b)))
    return valuesOf(operation).reduce(step)
  }

/** Exporters add masks that mask nothing, which would hide from kernels that scores are a plain product. */
const Add: Translation = operation => {
  const [a, b] = [operation.value(0), operation.value(1)]
  for (const [x, mask] of [
    [a, b],
    [b, a],
  ] as const)
    if (!isNumbers(x) && isNothing(operation, mask, x.shape)) return x
  return ofTwo((p, q) => p + q, add)(operation)
}

/** Whether a term is zero everywhere: a constant, or stored numbers in the form of what is added to all scores `[…, tokens, tokens]` alike. */
function isNothing({ graph }: Operation, term: Value, scores: Shape): boolean {
  const isZero = (n: number) => n === 0
  const lead = scores.length - term.shape.length
  if (lead < 0 || term.shape.some((n, i) => n !== 1 && n !== scores[i + lead])) return false
  if (isNumbers(term)) return term.data.every(isZero)
  const source = term.op === 'broadcast' ? only(term) : term
  const square = scores.slice(-2)
  const isMask =
    scores.length > 2 && `${source.shape.slice(-2)}` === `${square}` && sizeOf(source.shape) === sizeOf(square)
  return source.op === 'parameter' && source.shape.length > 2 && isMask && graph.numbersOf(source).data.every(isZero)
}

const valuesOf = (operation: Operation): Value[] =>
  Array.from({ length: operation.operands }, (_, i) => operation.value(i))

/** Division of whole numbers drops the remainder. */
const Div: Translation = operation => {
  const [a, b] = [operation.value(0), operation.value(1)]
  if (!isNumbers(a) || !isNumbers(b)) return div(asTensor(a), asTensor(b))
  return combined([a, b], a.kind === 'int' ? (p, q) => Math.trunc(p / q) : (p, q) => p / q, a.kind)
}

const Mod: Translation = operation =>
  combined(
    [operation.numbers(0, 'Mod: what it is computed of'), operation.numbers(1, 'a divisor')],
    operation.int('fmod', 0) === 1 ? (a, b) => a % b : (a, b) => ((a % b) + b) % b,
    operation.value(0) && kindOfValue(operation.value(0)),
  )

const kindOfValue = (value: Value): Kind => (isNumbers(value) ? value.kind : 'float')

const POWERS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  '1': x => x,
  '2': x => mul(x, x),
  '3': x => mul(mul(x, x), x),
  '0.5': unary(t.sqrt),
  '-0.5': x => t.div(1, t.sqrt(x)),
  '-1': x => t.div(1, x),
}

const Pow: Translation = operation => {
  const [base, exponent] = [operation.value(0), operation.numbers(1, 'an exponent')]
  if (isNumbers(base)) return combined([base, exponent], (a, b) => a ** b, base.kind)
  const [power] = exponent.data
  const f = exponent.data.length === 1 ? POWERS[String(power)] : undefined
  if (!f) throw new ModelError(`the power ${exponent.data.length === 1 ? power : 'of several numbers'} is not read`)
  return f(base)
}

const Clip: Translation = operation => {
  const bound = (operand: number, name: string, otherwise: number): number =>
    operation.has(operand)
      ? (operation.numbers(operand, 'a bound').data[0] ?? otherwise)
      : operation.float(name, otherwise)
  const [low, high] = [bound(1, 'min', Number.NEGATIVE_INFINITY), bound(2, 'max', Number.POSITIVE_INFINITY)]
  const x = operation.value(0)
  if (isNumbers(x)) return mapped(x, v => Math.min(Math.max(v, low), high))
  // Exporters write the ends of float32 where there is no bound.
  const above = low > -3e38 ? t.maximum(x, low) : x
  return high < 3e38 ? t.minimum(above, high) : above
}

const Cast: Translation = operation => cast(operation.value(0), kindOf(operation.int('to')))
const CastLike: Translation = operation => cast(operation.value(0), kindOfValue(operation.value(1)))

const CASTS: Readonly<Record<Kind, (x: number) => number>> = {
  float: x => x,
  int: Math.trunc,
  bool: x => Number(x !== 0),
}

function cast(x: Value, kind: Kind): Value {
  if (isNumbers(x)) return mapped(x, CASTS[kind], kind)
  if (kind !== 'float') throw new ModelError('floats that depend on the image are cast to whole numbers: not read')
  return x
}

const Where: Translation = operation => {
  const condition = operation.value(0)
  const [a, b] = [operation.value(1), operation.value(2)]
  if (!isNumbers(condition)) return t.where(condition, asTensor(a), asTensor(b))
  if (isNumbers(a) && isNumbers(b)) return combined([condition, a, b], (c, p, q) => (c !== 0 ? p : q), a.kind)
  const everywhere = condition.data.every(c => (c !== 0) === (condition.data[0] !== 0))
  const [kept, shape] = [condition.data[0] !== 0 ? a : b, t.broadcastShapes('where', sizes(a), sizes(b))]
  // A guard that never strikes leaves no trace, as long as nothing is repeated by it.
  if (everywhere && `${sizes(kept)}` === `${t.broadcastShapes('where', condition.shape, shape)}`) return kept
  return t.where(asTensor(condition), asTensor(a), asTensor(b))
}

const sizes = (value: Value) => value.shape

/** Torch guards attention against rows that are masked whole, whose softmax is no number. Scores of an image are numbers. */
const IsNaN: Translation = operation => {
  const x = operation.value(0)
  return isNumbers(x)
    ? mapped(x, v => Number(Number.isNaN(v)), 'bool')
    : numbers(
        [0],
        x.shape.map(() => 1),
        'bool',
      )
}

const Gelu: Translation = operation =>
  (operation.text('approximate', 'none') === 'none' ? gelu : geluByTanh)(operation.tensor(0))

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const clipped = (x: Tensor, alpha: number, beta: number): Tensor =>
  t.minimum(t.maximum(t.add(t.mul(x, alpha), beta), 0), 1)

const HardSigmoid: Translation = operation =>
  clipped(operation.tensor(0), operation.float('alpha', 0.2), operation.float('beta', 0.5))

const less = (a: Tensor, b: Tensor): Tensor => t.greater(b, a)
const not = (x: Tensor): Tensor => t.sub(1, x)

/** Ops that work number by number. */
export const elementwise: Translations = {
  Abs: of(Math.abs, unary(t.abs)),
  Add,
  And: ofTwo((a, b) => a & b, t.mul, 'bool'),
  Cast,
  CastLike,
  Ceil: of(Math.ceil),
  Clip,
  Cos: of(Math.cos),
  Div,
  Equal: ofTwo((a, b) => Number(a === b), t.equal, 'bool'),
  Erf: of(x => evaluated(t.erf(t.scalar(x)))[0] ?? 0, unary(t.erf)),
  Exp: of(Math.exp, unary(t.exp)),
  Floor: of(Math.floor),
  Gelu,
  Greater: ofTwo((a, b) => Number(a > b), t.greater, 'bool'),
  GreaterOrEqual: ofTwo(
    (a, b) => Number(a >= b),
    (a, b) => not(less(a, b)),
    'bool',
  ),
  HardSigmoid,
  HardSwish: operation => t.mul(operation.tensor(0), clipped(operation.tensor(0), 1 / 6, 0.5)),
  IsNaN,
  Less: ofTwo((a, b) => Number(a < b), less, 'bool'),
  LessOrEqual: ofTwo(
    (a, b) => Number(a <= b),
    (a, b) => not(t.greater(a, b)),
    'bool',
  ),
  Log: of(Math.log, unary(t.log)),
  Max: ofTwo(Math.max, t.maximum),
  Min: ofTwo(Math.min, t.minimum),
  Mod,
  Mul: ofTwo((a, b) => a * b, mul),
  Neg: of(x => -x, unary(t.neg)),
  Not: of(x => Number(x === 0), not),
  Or: ofTwo((a, b) => a | b, t.maximum, 'bool'),
  Pow,
  Reciprocal: of(
    x => 1 / x,
    x => t.div(1, x),
  ),
  Relu: of(x => Math.max(x, 0), unary(t.relu)),
  Round: of(x => (Math.abs(x) % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))),
  Sigmoid: of(sigmoid, unary(t.sigmoid)),
  Sign: of(Math.sign, unary(t.sign)),
  Sin: of(Math.sin),
  Sqrt: of(Math.sqrt, unary(t.sqrt)),
  Sub: ofTwo((a, b) => a - b, sub),
  Swish: operation => mul(operation.tensor(0), t.sigmoid(t.mul(operation.tensor(0), operation.float('alpha', 1)))),
  Tanh: of(Math.tanh, unary(t.tanh)),
  Where,
  'com.microsoft.BiasGelu': operation => gelu(add(operation.tensor(0), operation.tensor(1))),
  'com.microsoft.FastGelu': operation =>
    geluByTanh(operation.has(1) ? add(operation.tensor(0), operation.tensor(1)) : operation.tensor(0)),
  'com.microsoft.Gelu': Gelu,
  'com.microsoft.QuickGelu': operation =>
    mul(operation.tensor(0), t.sigmoid(t.mul(operation.tensor(0), operation.float('alpha', 1.702)))),
}
