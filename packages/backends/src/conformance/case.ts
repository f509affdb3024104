import {
  type HostTensor,
  type HostTensors,
  input,
  interpret,
  type Op,
  type Program,
  parameter,
  program,
  type Shape,
  sizeOf,
  type Tensor,
} from '@vitrine/tensor'
import type { Backend } from '../backend.ts'
import { hostWeights } from '../weights.ts'
import { type Random, random } from './random.ts'

/** A program with everything that it needs to run. */
export interface Case {
  readonly program: Program
  readonly inputs: HostTensors
  readonly weights: HostTensors
}

/** Makes inputs and weights with their numbers, random ones where none are given. */
export interface Leaves {
  float(shape: Shape, values?: readonly number[]): Tensor
  weight(shape: Shape, values?: readonly number[]): Tensor
  /** Indices in [0, bound), or the given ones. */
  int(shape: Shape, from: number | readonly number[]): Tensor
}

/** Outputs to compare: one tensor, or several by name. */
export type Outputs = Tensor | Readonly<Record<string, Tensor>>

export type Build = (leaves: Leaves) => Outputs

/** Cases by the name of what they test. */
export type Cases = Readonly<Record<string, Build>>

export function leavesFrom(numbers: Random): Leaves & { readonly inputs: HostTensors; readonly weights: HostTensors } {
  const inputs: Record<string, HostTensor> = {}
  const weights: Record<string, HostTensor> = {}
  const floats = (shape: Shape, values?: readonly number[]) =>
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => values?.[i % values.length] ?? numbers.normal())
  return {
    inputs,
    weights,
    float(shape, values) {
      const name = `x${Object.keys(inputs).length}`
      inputs[name] = { shape, data: floats(shape, values) }
      return input(name, shape)
    },
    weight(shape, values) {
      const name = `w${Object.keys(weights).length}`
      weights[name] = { shape, data: floats(shape, values) }
      return parameter(name, shape)
    },
    int(shape, from) {
      const name = `x${Object.keys(inputs).length}`
      const index = (i: number) => (typeof from === 'number' ? numbers.below(from) : (from[i % from.length] ?? 0))
      inputs[name] = { shape, data: Int32Array.from({ length: sizeOf(shape) }, (_, i) => index(i)) }
      return input(name, shape, 'int')
    },
  }
}

export function makeCase(build: Build, seed = 1): Case {
  const leaves = leavesFrom(random(seed))
  const built = build(leaves)
  const outputs = isTensor(built) ? { y: built } : built
  return { program: program(outputs), inputs: read(program(outputs), leaves.inputs), weights: leaves.weights }
}

const isTensor = (outputs: Outputs): outputs is Tensor => typeof (outputs as Tensor).op === 'string'

/** The values of the inputs that a program reads: an op may be simplified until it reads less. */
export const read = ({ inputs }: Program, values: HostTensors): HostTensors =>
  Object.fromEntries(
    inputs.flatMap(({ params: { name } }) => {
      const value = values[name]
      return value ? [[name, value]] : []
    }),
  )

export const contains = ({ program }: Case, op: Op): boolean => program.nodes.some(node => node.op === op)

/** The results in float64. */
export function expected({ program, inputs, weights }: Case): HostTensors {
  return interpret(program, inputs, hostWeights(weights).get)
}

/** The results of a backend. */
export async function actual(backend: Backend, { program, inputs, weights }: Case): Promise<HostTensors> {
  const executable = await backend.compile(program, hostWeights(weights))
  try {
    return await executable.run(inputs)
  } finally {
    await executable.dispose()
  }
}

/**
 * The largest difference between two results.
 *
 * `absolute`: relative to each expected number, or to 1 where that is smaller.
 * `relative`: relative to the largest number of the output, to which the rounding error of a sum is proportional, or to 0.01 where that
 * is smaller. A gradient that is exactly zero is computed as terms that cancel, so only their rounding errors are left of it.
 */
export function difference(got: HostTensors, want: HostTensors, kind: 'absolute' | 'relative'): number {
  let worst = 0
  for (const [name, { data }] of Object.entries(want)) {
    const other = got[name]?.data
    if (other?.length !== data.length) return Number.POSITIVE_INFINITY
    const largest = kind === 'absolute' ? 1 : Math.max(...data.map(v => (Number.isFinite(v) ? Math.abs(v) : 0)), 0.01)
    data.forEach((v, i) => {
      const u = other[i] ?? Number.NaN
      if (Object.is(u, v) || u === v) return
      const error = Math.abs(u - v) / (kind === 'absolute' ? Math.max(1, Math.abs(v)) : largest)
      worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error)
    })
  }
  return worst
}
