import { type Kernel, kernels } from './kernels.ts'
import type { Shape, Tensor } from './ops.ts'
import type { Program } from './program.ts'
import { sizeOf } from './tensor.ts'

/** A tensor on the host: numbers in row-major order. Indices are whole numbers. */
export interface HostTensor {
  readonly shape: Shape
  readonly data: Float32Array | Float64Array | Int32Array
}

export type HostTensors = Readonly<Record<string, HostTensor>>

/** Looks up a weight by its name; throws where there is none. */
export type WeightLookup = (name: string) => HostTensor

/**
 * Runs a program in float64 with plain loops. Slow, and the definition of every op: each engine is tested against it.
 * Results are float64 (indices too).
 */
export function interpret(program: Program, inputs: HostTensors, weights?: WeightLookup): HostTensors {
  const lastUse = new Map<Tensor, Tensor>()
  for (const node of program.nodes) for (const operand of node.inputs) lastUse.set(operand, node)
  const kept = new Set(Object.values(program.outputs))
  const values = new Map<Tensor, Float64Array>()
  for (const node of program.nodes) {
    const operands = node.inputs.map(t => values.get(t) ?? new Float64Array(0))
    values.set(node, leafValue(node, inputs, weights) ?? (kernels[node.op] as Kernel)(node, operands))
    for (const operand of node.inputs) if (lastUse.get(operand) === node && !kept.has(operand)) values.delete(operand)
  }
  return Object.fromEntries(
    Object.entries(program.outputs).map(([name, t]) => [
      name,
      { shape: t.shape, data: values.get(t) ?? new Float64Array(0) },
    ]),
  )
}

function leafValue(node: Tensor, inputs: HostTensors, weights?: WeightLookup): Float64Array | undefined {
  if (node.op !== 'input' && node.op !== 'parameter') return undefined
  const { name } = node.params
  const given = node.op === 'input' ? inputs[name] : weights?.(name)
  const expected = sizeOf(node.shape)
  if (given?.data.length !== expected)
    throw new Error(
      `[vitrine] [tensor] ${node.op} "${name}": expected ${expected} numbers for [${node.shape.join(', ')}], got ${given?.data.length ?? 'nothing'}`,
    )
  return given.data instanceof Float64Array ? given.data : Float64Array.from(given.data)
}
