import { realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type HostTensor, type Program, sizeOf, type Tensor, type TensorOf } from '@vitrine/tensor'
import type { Precision, WeightLocation, Weights } from '../backend.ts'
import { WeightError } from '../errors.ts'
import { factsOf } from '../facts.ts'
import type { Engine } from './engines.ts'
import { type Graph, newGraph, type Value } from './graph.ts'
import { type Leaves, type Step, stepOf } from './lower.ts'

/** A program as an ONNX model, and the names that tie the two together. */
export interface Model {
  readonly bytes: Uint8Array
  /** The folder in which the model's external data lies, if it has any. */
  readonly folder: string | undefined
  /** The size of the parameters that it reads. */
  readonly weightBytes: number
  readonly inputs: Readonly<Record<string, Value>>
  readonly outputs: Readonly<Record<string, Value>>
}

const feedOf = (name: string): Value => `in:${name}`

/** Lowers a program for an engine. Weights that lie in files stay there. */
export function modelOf(program: Program, engine: Engine, weights?: Weights, precision: Precision = 'single'): Model {
  const graph = newGraph(precision)
  const leaves = leavesOf(graph, weights)
  const steps = neededSteps(program, engine === 'cpu' && precision === 'single')
  const values = new Map<Tensor, Value>()
  for (const [node, step] of steps) {
    const operands = step.reads.map(t => values.get(t) ?? '')
    values.set(node, step.emit(graph, operands, leaves))
  }
  // A graph with unread inputs still has them: a program has the inputs that it says it has.
  for (const t of program.inputs) leaves.input(t)
  const inputs = Object.fromEntries(program.inputs.map(({ params: { name } }) => [name, feedOf(name)]))
  const outputs = Object.fromEntries(
    Object.entries(program.outputs).map(([name, t]) => {
      const value = values.get(t) ?? ''
      // ONNX Runtime wants outputs to be results of nodes, not leaves.
      const output = steps.get(t)?.reads.length === 0 || t.op === 'reshape' ? graph.op('Identity', [value]) : value
      return [name, graph.output(output, t.dtype, t.shape)]
    }),
  )
  const weightBytes = program.parameters.reduce((total, t) => total + 4 * sizeOf(t.shape), 0)
  return { bytes: graph.encode(), folder: leaves.folder(), weightBytes, inputs, outputs }
}

/** The steps that the outputs need, in order: fused ops do not appear by themselves. */
function neededSteps(program: Program, fused: boolean): Map<Tensor, Step> {
  const facts = factsOf(program)
  const needed = new Set<Tensor>(Object.values(program.outputs))
  const steps: [Tensor, Step][] = []
  for (const node of program.nodes.toReversed()) {
    if (!needed.has(node)) continue
    const step = stepOf(node, facts, fused)
    for (const t of step.reads) needed.add(t)
    steps.push([node, step])
  }
  return new Map(steps.reverse())
}

function leavesOf(graph: Graph, weights?: Weights): Leaves & { folder(): string | undefined } {
  let folder: string | undefined
  const inputs = new Map<string, Value>()
  return {
    folder: () => folder,
    input({ params: { name }, dtype, shape }) {
      const value = inputs.get(name) ?? graph.input(feedOf(name), dtype, shape)
      inputs.set(name, value)
      return value
    },
    parameter(node, shape) {
      const where = locate(node, weights)
      if (where && (folder === undefined || folder === where.folder)) {
        folder = where.folder
        return graph.external(where, shape)
      }
      return graph.floats(read(node, weights), shape)
    },
    constant: ({ params, shape }) => graph.floats(params.data, shape),
  }
}

function locate({ params: { name }, shape }: TensorOf<'parameter'>, weights?: Weights) {
  const where: WeightLocation | undefined = weights?.location?.(name)
  if (!where || where.offset % 4 !== 0) return undefined
  const expected = 4 * sizeOf(shape)
  if (where.length !== expected)
    throw new WeightError(
      'onnx',
      name,
      shape,
      `expected ${expected} bytes, got ${where.length} of ${basename(where.path)}`,
    )
  // ONNX Runtime refuses symbolic links.
  const path = realpathSync(where.path)
  return { folder: dirname(path), file: basename(path), offset: where.offset, length: where.length }
}

function read({ params: { name }, shape }: TensorOf<'parameter'>, weights?: Weights): Float32Array {
  if (!weights) throw new WeightError('onnx', name, shape, 'no weights were given')
  const lookup = (): HostTensor => {
    try {
      return weights.get(name)
    } catch (cause) {
      throw new WeightError('onnx', name, shape, cause instanceof Error ? cause.message : String(cause), { cause })
    }
  }
  const { data } = lookup()
  if (data.length !== sizeOf(shape))
    throw new WeightError('onnx', name, shape, `expected ${sizeOf(shape)} numbers, got ${data.length}`)
  return data instanceof Float32Array ? data : Float32Array.from(data)
}
