import type { Op, Shape, Tensor } from '@vitrine/tensor'
import * as t from '@vitrine/tensor'
import { type Case, difference, expected, type Leaves, leavesFrom, read } from './case.ts'
import { type Random, random } from './random.ts'

/** What the next op of a random program can be made of. */
interface Draw extends Leaves, Random {
  /** Any float tensor so far. */
  any(): Tensor
  /** One with at least this many axes. */
  ranked(rank: number): Tensor
  /** A tensor that broadcasts with x. */
  beside(x: Tensor): Tensor
  /** A leaf of this shape. */
  leaf(shape: Shape): Tensor
  /** Indices below a bound. */
  indices(bound: number, shape: Shape): Tensor
  axis(x: Tensor): number
}

type Drawing = (d: Draw) => Tensor

const unary =
  (f: (x: Tensor) => Tensor): Drawing =>
  d =>
    f(d.any())

const binary =
  (f: (a: Tensor, b: Tensor) => Tensor): Drawing =>
  d => {
    const a = d.any()
    const b = d.beside(a)
    return d.next() < 0.5 ? f(a, b) : f(b, a)
  }

const reduction =
  (f: (x: Tensor, axes: readonly number[]) => Tensor): Drawing =>
  d => {
    const x = d.ranked(1)
    return f(
      x,
      x.shape.map((_, i) => i).filter(i => i === 0 || d.next() < 0.5),
    )
  }

/** How each op is drawn. Operands are limited to where the op is well conditioned. */
const drawings: { readonly [O in Op]: Drawing } = {
  input: d => d.float(shape(d)),
  parameter: d => d.weight(shape(d)),
  constant: d => t.constant([d.normal(), d.normal()], [2, 1]),
  neg: unary(t.neg),
  abs: unary(t.abs),
  sign: unary(t.sign),
  exp: unary(x => t.exp(t.minimum(x, 2))),
  log: unary(x => t.log(t.add(t.abs(x), 0.5))),
  sqrt: unary(x => t.sqrt(t.add(t.abs(x), 0.25))),
  relu: unary(t.relu),
  sigmoid: unary(t.sigmoid),
  tanh: unary(t.tanh),
  erf: unary(t.erf),
  gelu: unary(t.gelu),
  add: binary(t.add),
  sub: binary(t.sub),
  mul: binary(t.mul),
  div: binary((a, b) => t.div(a, t.add(t.abs(b), 1))),
  maximum: binary(t.maximum),
  minimum: binary(t.minimum),
  greater: binary(t.greater),
  equal: binary(t.equal),
  where: d => {
    const x = d.any()
    return t.where(t.greater(d.beside(x), 0.1), x, d.beside(x))
  },
  matmul: d => {
    const x = d.ranked(2)
    const [rows, columns] = [t.dim(x.shape, -2), t.dim(x.shape, -1)]
    const transposeA = d.next() < 0.3
    const transposeB = d.next() < 0.5
    const inner = transposeA ? rows : columns
    const n = 1 + d.below(4)
    const lead = d.next() < 0.4 ? [] : x.shape.slice(0, -2).map(size => (d.next() < 0.3 ? 1 : size))
    const other = d.leaf([...lead, ...(transposeB ? [n, inner] : [inner, n])])
    const y = t.mul(t.matmul(x, other, transposeA, transposeB), 1 / inner)
    return d.next() < 0.5 ? t.add(t.matmul(x, other, transposeA, transposeB), d.weight([n])) : y
  },
  sum: reduction(t.mean),
  max: reduction(t.max),
  softmax: d => t.softmax(d.ranked(1)),
  layerNorm: d => {
    const x = d.ranked(1)
    const width = t.dim(x.shape, -1)
    return t.layerNorm(x, d.leaf([width]), d.leaf([width]), 0.1)
  },
  reshape: d => {
    const x = d.ranked(1)
    const at = d.axis(x)
    const merged = [...x.shape.slice(0, at), -1, ...x.shape.slice(at + 2)]
    return t.reshape(x, d.next() < 0.5 ? merged : [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])
  },
  transpose: d => {
    const x = d.ranked(2)
    const turn = 1 + d.below(x.shape.length - 1)
    return t.transpose(
      x,
      x.shape.map((_, i) => (i + turn) % x.shape.length),
    )
  },
  slice: d => {
    const x = d.ranked(1)
    const axis = d.axis(x)
    const n = t.dim(x.shape, axis)
    const start = d.below(n)
    return t.sliceAxis(x, axis, start, start + 1 + d.below(n - start))
  },
  pad: d => {
    const x = d.ranked(1)
    return t.pad(
      x,
      x.shape.map(() => d.below(2)),
      x.shape.map(() => d.below(2)),
    )
  },
  concat: d => {
    const x = d.ranked(1)
    const axis = d.axis(x)
    return t.concat([x, d.leaf(x.shape), x].slice(0, 2 + d.below(2)), axis)
  },
  broadcast: d => {
    const x = d.any()
    return t.broadcast(x, [2, ...x.shape.map(n => (n === 1 ? 3 : n))])
  },
  gather: d => {
    const x = d.ranked(1)
    const axis = d.axis(x)
    return t.gather(x, d.indices(t.dim(x.shape, axis), [1 + d.below(3)]), axis)
  },
  unfold: d => {
    const x = d.ranked(3)
    return t.unfold(x, drawnWindows(d, [t.dim(x.shape, -2), t.dim(x.shape, -1)]))
  },
  fold: d => {
    const size = [2 + d.below(3), 2 + d.below(3)] as const
    const windows = drawnWindows(d, size)
    const [down, across] = t.windowCounts(size, windows)
    return t.fold(d.leaf([1 + d.below(2), down * across, 2 * t.windowSize(windows)]), { ...windows, size })
  },
  topK: d => {
    const x = d.ranked(1)
    return t.topK(x, 1 + d.below(t.dim(x.shape, -1))).values
  },
  oneHot: d => t.oneHot(d.indices(3, [1 + d.below(3)]), 3),
}

/** Windows that fit into an image. */
function drawnWindows(d: Random, size: t.Pair): t.Windows {
  const pair = (of: (axis: 0 | 1) => number): t.Pair => [of(0), of(1)]
  const kernel = pair(axis => 1 + d.below(Math.min(3, size[axis])))
  const dilations = pair(axis => (2 * (kernel[axis] - 1) < size[axis] ? 1 + d.below(2) : 1))
  return { kernel, dilations, strides: pair(() => 1 + d.below(2)) }
}

const shape = (d: Random): number[] => Array.from({ length: d.below(4) }, () => 1 + d.below(4))

/** No tensor of a random program has more elements. */
const LARGEST = 2000

/**
 * A program of 3 to 14 random ops and, every other time, gradients of its last tensor. Ill-conditioned programs are drawn again, because
 * their errors say nothing about an engine.
 */
export function randomCase(seed: number): Case {
  for (let attempt = 0; attempt < 50; attempt++) {
    const drawn = draw(random(seed * 1000 + attempt))
    if (sensitivity(drawn) < 2e-6) return drawn
  }
  throw new Error(`[vitrine] [conformance] seed ${seed} gives no well-conditioned program`)
}

function draw(numbers: Random): Case {
  const leaves = leavesFrom(numbers)
  const pool: Tensor[] = [leaves.float([2, 3, 4])]
  const leaf = (shape: Shape): Tensor => (numbers.next() < 0.5 ? leaves.float(shape) : leaves.weight(shape))
  const d: Draw = {
    ...numbers,
    ...leaves,
    leaf,
    any: () => numbers.pick(pool),
    ranked(rank) {
      const fit = pool.filter(x => x.shape.length >= rank)
      return numbers.pick(fit)
    },
    beside(x) {
      const fit = pool.filter(y => y !== x && broadcasts(x.shape, y.shape))
      if (fit.length > 0 && numbers.next() < 0.6) return numbers.pick(fit)
      const from = numbers.below(x.shape.length + 1)
      return leaf(x.shape.slice(from).map(n => (numbers.next() < 0.3 ? 1 : n)))
    },
    indices: (bound, shape) => leaves.int(shape, bound),
    axis: x => numbers.below(x.shape.length),
  }
  const ops = Object.values(drawings)
  const count = 3 + numbers.below(12)
  while (pool.length <= count) {
    const next = numbers.pick(ops)(d)
    if (t.sizeOf(next.shape) <= LARGEST && next.shape.length <= 5) pool.push(next)
  }
  const outputs: Record<string, Tensor> = { last: pool.at(-1) ?? d.any(), other: d.any() }
  if (numbers.next() < 0.5) {
    const roots = pool.filter(x => x.op === 'input' || x.op === 'parameter').slice(0, 2)
    const y = t.mul(pool.at(-1) ?? d.any(), 0.5)
    t.grad(y, roots, { allowUnused: true }).forEach((gradient, i) => {
      outputs[`gradient ${i}`] = gradient
    })
  }
  const program = t.program(outputs)
  return { program, inputs: read(program, leaves.inputs), weights: leaves.weights }
}

const broadcasts = (a: Shape, b: Shape): boolean =>
  a.every((n, i) => {
    const m = b[i - a.length + b.length] ?? 1
    return n === m || n === 1 || m === 1
  })

/** How far the result moves, relative to its largest number, when every input moves by one rounding of float32. */
function sensitivity(drawn: Case): number {
  const nudge = (values: Case['inputs']): Case['inputs'] =>
    Object.fromEntries(
      Object.entries(values).map(([name, { shape, data }]) => [
        name,
        {
          shape,
          data:
            data instanceof Int32Array ? data : Float64Array.from(data, (v, i) => v * (1 + (i % 2 ? 1 : -1) * 1e-7)),
        },
      ]),
    )
  const moved = { ...drawn, inputs: nudge(drawn.inputs), weights: nudge(drawn.weights) }
  return difference(expected(moved), expected(drawn), 'relative')
}
