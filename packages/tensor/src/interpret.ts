import type { HostTensors } from './host.ts'
import { type Kernel, kernels } from './kernels.ts'
import type { Tensor } from './ops.ts'
import type { Program } from './program.ts'
import { show, sizeOf } from './tensor.ts'
import type { WeightLookup } from './weights.ts'

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
      `[vitrine] [tensor] ${node.op} "${name}": expected ${expected} numbers for ${show(node.shape)}, got ${given?.data.length ?? 'nothing'}`,
    )
  return given.data instanceof Float64Array ? given.data : Float64Array.from(given.data)
}
