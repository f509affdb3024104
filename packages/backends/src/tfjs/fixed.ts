import { tidy } from '@tensorflow/tfjs-core'
import type { Weights } from '@vitrine/tensor'
import { sizeOf, type Tensor, type TensorOf } from '@vitrine/tensor'
import { numbersOf } from '../weights.ts'
import { type Leaves, stepOf } from './lower.ts'
import type { Arithmetic } from './portable.ts'
import { floats, ints, reshape, shaped, type Value } from './values.ts'

/** Tensors that depend on no input: weights and what is computed from them. All programs that read one share it. */
export interface FixedTensors {
  /** The value of a fixed tensor, which is uploaded or computed at the first call. Each call needs a `release` later. */
  acquire(t: Tensor, weights: Weights | undefined): Value
  /** Frees the value when nobody else has acquired it. */
  release(t: Tensor, weights: Weights | undefined): void
}

interface Entry {
  readonly value: Value
  readers: number
}

export function fixedTensors(arithmetic: Arithmetic): FixedTensors {
  // By the id of the weights, then by the tensor: equal tensors are the same object.
  const entries = new Map<string, Map<Tensor, Entry>>()

  const of = (weights: Weights | undefined): Map<Tensor, Entry> => {
    const id = weights?.id ?? ''
    const found = entries.get(id) ?? new Map<Tensor, Entry>()
    entries.set(id, found)
    return found
  }

  const upload = (node: TensorOf<'parameter'>, weights: Weights | undefined): Value => {
    for (const [t, { value }] of of(weights))
      if (t.op === 'parameter' && t.params.name === node.params.name && sizeOf(t.shape) === sizeOf(node.shape))
        return reshape(value, node.shape)
    return floats(numbersOf('tfjs', node, weights), node.shape)
  }

  const fixed: FixedTensors = {
    acquire(t, weights) {
      const known = of(weights).get(t)
      if (known) {
        known.readers++
        return known.value
      }
      const leaves: Leaves = {
        input: ({ params }) => {
          throw new RangeError(`[vitrine] [tfjs] input "${params.name}" is not fixed`)
        },
        parameter: node => upload(node, weights),
        constant: ({ params, shape, dtype }) =>
          dtype === 'int' ? ints(Int32Array.from(params.data), shape) : floats(Float32Array.from(params.data), shape),
      }
      const { reads, run } = stepOf(t, arithmetic)
      const acquired: Tensor[] = []
      try {
        const operands = reads.map(read => {
          const operand = fixed.acquire(read, weights)
          acquired.push(read)
          return operand
        })
        const value = tidy(() => fresh(run(operands, leaves), operands, t))
        arithmetic.check(value)
        of(weights).set(t, { value, readers: 1 })
        return value
      } finally {
        for (const read of acquired) fixed.release(read, weights)
      }
    },
    release(t, weights) {
      const entry = of(weights).get(t)
      if (!entry) return
      entry.readers--
      if (entry.readers > 0) return
      entry.value.dispose()
      of(weights).delete(t)
      if (of(weights).size === 0) entries.delete(weights?.id ?? '')
    },
  }
  return fixed
}

/** The result in the shape of its node. Never the operand itself: each tensor is disposed on its own. */
export const fresh = (value: Value, operands: readonly Value[], { shape }: Tensor): Value =>
  operands.includes(value) ? reshape(value, shape) : shaped(value, shape)
