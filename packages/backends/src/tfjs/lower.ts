import {
  dim,
  type Op,
  only,
  operandsOf,
  pixelPlaces,
  sizeOf,
  type Tensor,
  type TensorOf,
  transpose,
  windowPixels,
  windowSize,
} from '@vitrine/tensor'
import { broadcastTo, isWeightMatrix, unrepeated } from '../facts.ts'
import { transpositions, viewOf } from './axes.ts'
import { broadcasting, padded, reduced, repeated, transposed } from './movement.ts'
import type { Arithmetic } from './portable.ts'
import { binary, ints, kernel, kernels, matrixOf, number, shaped, sideBySide, unary, type Value } from './values.ts'

/** How one op becomes kernels: the tensors that it reads (not always its operands) and what it runs. */
export interface Step {
  readonly reads: readonly Tensor[]
  /** Returns the result under any shape with as many numbers. The caller frees everything else that it allocates. */
  run(operands: readonly Value[], leaves: Leaves): Value
}

/** How the leaves of a program reach the engine. */
export interface Leaves {
  input(node: TensorOf<'input'>): Value
  parameter(node: TensorOf<'parameter'>): Value
  constant(node: TensorOf<'constant'>): Value
}

export type Lowering<O extends Op = Op> = (node: TensorOf<O>, arithmetic: Arithmetic) => Step

/** A step with one operand. */
const of = (node: TensorOf<Op>, run: (x: Value) => Value): Step => ({
  reads: node.inputs,
  run: operands => run(first(operands)),
})

function first([x]: readonly Value[]): Value {
  if (!x) throw new RangeError('[vitrine] [tfjs] expected an operand')
  return x
}

function pair([a, b]: readonly Value[]): readonly [Value, Value] {
  if (!a || !b) throw new RangeError('[vitrine] [tfjs] expected two operands')
  return [a, b]
}

const elementwise =
  (name: string): Lowering =>
  node =>
    of(node, x => unary(name, x))

/** A binary op. The kernels broadcast by themselves, so repeated operands are read without their repeats. */
const binaryWith =
  (f: (a: Value, b: Value) => Value): Lowering =>
  node => {
    const reads = unrepeated(node.inputs, shapes => broadcastTo(shapes, node.shape))
    const [a, b] = reads.map(t => t.shape)
    const apply = broadcasting([a ?? [], b ?? []], node.shape)(f)
    return { reads, run: operands => apply(...pair(operands)) }
  }

const arithmetic = (name: string): Lowering => binaryWith((a, b) => binary(name, a, b))

const comparison = (name: string): Lowering =>
  binaryWith((a, b) => kernel('Cast', { x: binary(name, a, b) }, { dtype: 'float32' }))

/** The kernels of every op. */
export const lowerings: { readonly [O in Op]: Lowering<O> } = {
  input: node => ({ reads: [], run: (_, leaves) => leaves.input(node) }),
  parameter: node => ({ reads: [], run: (_, leaves) => leaves.parameter(node) }),
  constant: node => ({ reads: [], run: (_, leaves) => leaves.constant(node) }),
  neg: elementwise('Neg'),
  abs: elementwise('Abs'),
  sign: elementwise('Sign'),
  exp: elementwise('Exp'),
  log: elementwise('Log'),
  sqrt: elementwise('Sqrt'),
  relu: elementwise('Relu'),
  sigmoid: elementwise('Sigmoid'),
  tanh: elementwise('Tanh'),
  erf: (node, { erf }) => of(node, erf),
  gelu: (node, { gelu }) => of(node, gelu),
  add: arithmetic('Add'),
  sub: arithmetic('Sub'),
  mul: arithmetic('Multiply'),
  div: arithmetic('RealDiv'),
  maximum: arithmetic('Maximum'),
  minimum: arithmetic('Minimum'),
  greater: comparison('Greater'),
  equal: comparison('Equal'),
  where: node => ({
    reads: node.inputs,
    run: operands => {
      // The kernel does not broadcast.
      const flat = (x: Value) => shaped(repeated(x, node.shape), [sizeOf(node.shape)])
      const [t, e] = pair(operands.slice(1))
      return kernel('Select', {
        condition: binary('NotEqual', flat(first(operands)), number(0)),
        t: flat(t),
        e: flat(e),
      })
    },
  }),
  matmul: (node, { product }) => {
    const { transposeA, transposeB } = node.params
    const [a, b] = operandsOf(node)
    // A transposed weight is a fixed tensor, computed once, so that no run has to transpose it.
    const turn = transposeB && isWeightMatrix(b)
    const batch = node.shape.slice(0, -2)
    return {
      reads: [a, turn ? transpose(b, [1, 0]) : b],
      run: operands => {
        const [x, y] = pair(operands)
        return product({ a: x, b: y, transposeA, transposeB: transposeB && !turn, batch })
      },
    }
  },
  sum: node => {
    const run = reduced(only(node).shape, node.params.axes)((x, axis) => kernel('Sum', { x }, { axis, keepDims: true }))
    return of(node, run)
  },
  max: node => {
    const run = reduced(
      only(node).shape,
      node.params.axes,
    )((x, reductionIndices) => kernel('Max', { x }, { reductionIndices, keepDims: true }))
    return of(node, run)
  },
  softmax: node => of(node, x => kernel('Softmax', { logits: x }, { dim: x.shape.length - 1 })),
  layerNorm: node => ({
    reads: node.inputs,
    // (x - mean) / sqrt(mean((x - mean)^2) + epsilon) * scale + bias
    run: operands => {
      const x = first(operands)
      const rows = x.shape.length <= 4 ? x : matrixOf(x)
      const [scale, bias] = pair(operands.slice(1))
      const count = number(dim(node.shape, -1))
      const mean = (v: Value) =>
        binary('RealDiv', kernel('Sum', { x: v }, { axis: [rows.shape.length - 1], keepDims: true }), count)
      const centred = binary('Sub', rows, mean(rows))
      const variance = mean(binary('Multiply', centred, centred))
      const deviation = unary('Sqrt', binary('Add', variance, number(node.params.epsilon)))
      return binary('Add', binary('Multiply', binary('RealDiv', centred, deviation), scale), bias)
    },
  }),
  reshape: node => of(node, x => x),
  transpose: node => {
    const steps = transpositions({ shape: only(node).shape, permutation: node.params.permutation })
    return of(node, x => transposed(x, steps))
  },
  slice: (node, { slice }) => of(node, x => slice(x, node.params.starts, node.params.ends)),
  pad: node => of(node, x => padded(x, node.params.before, node.params.after)),
  concat: node => ({
    reads: node.inputs,
    run: operands => {
      const parts = operands.map((x, i) => {
        const { outer, size, inner } = viewOf(node.inputs[i]?.shape ?? [], node.params.axis)
        return shaped(x, [outer, size * inner])
      })
      return sideBySide(parts)
    },
  }),
  broadcast: node => of(node, x => repeated(x, node.shape)),
  gather: (node, { gather }) => ({
    reads: node.inputs,
    run: operands => {
      const [x, indices] = pair(operands)
      return gather(x, viewOf(only(node).shape, node.params.axis), indices)
    },
  }),
  unfold: (node, { gather }) => {
    const { shape } = only(node)
    const [channels, size] = [dim(shape, -3), [dim(shape, -2), dim(shape, -1)] as const]
    const images = sizeOf(shape.slice(0, -3))
    const pixels = windowPixels(size, node.params)
    const each = windowSize(node.params)
    return of(node, x => {
      const view = { outer: images * channels, size: size[0] * size[1], inner: 1 }
      const seen = gather(x, view, ints(pixels, [pixels.length]))
      return kernel(
        'Transpose',
        { x: shaped(seen, [images, channels, pixels.length / each, each]) },
        { perm: [0, 2, 1, 3] },
      )
    })
  },
  fold: (node, { gather }) => {
    const { shape } = node
    const [channels, size] = [dim(shape, -3), node.params.size]
    const images = sizeOf(shape.slice(0, -3))
    const { most, places } = pixelPlaces(size, node.params)
    const each = windowSize(node.params)
    const count = dim(only(node).shape, -2)
    return of(node, y => {
      const rows = kernel('Transpose', { x: shaped(y, [images, count, channels, each]) }, { perm: [0, 2, 1, 3] })
      const ended = kernel(
        'PadV2',
        { x: shaped(rows, [images * channels, count * each]) },
        {
          paddings: [
            [0, 0],
            [0, 1],
          ],
          constantValue: 0,
        },
      )
      const view = { outer: images * channels, size: count * each + 1, inner: 1 }
      const terms = gather(ended, view, ints(places, [places.length]))
      return kernel(
        'Sum',
        { x: shaped(terms, [(places.length / most) * images * channels, most]) },
        { axis: [1], keepDims: false },
      )
    })
  },
  topK: node => {
    const { k, output } = node.params
    return of(node, x => {
      const results = kernels('TopK', { x: matrixOf(x) }, { k, sorted: true })
      return first(output === 'values' ? results : results.slice(1))
    })
  },
  oneHot: node =>
    of(node, x => {
      const indices = shaped(x, [x.size])
      // The kernel of WebAssembly ignores its dtype and writes integers.
      const rows = kernel('OneHot', { indices }, { depth: node.params.depth, onValue: 1, offValue: 0, dtype: 'int32' })
      return kernel('Cast', { x: rows }, { dtype: 'float32' })
    }),
}

export const stepOf = (node: Tensor, engine: Arithmetic): Step => (lowerings[node.op] as Lowering)(node, engine)
