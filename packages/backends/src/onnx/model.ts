import type { Weights } from '@vitrine/tensor'
import { type Program, sizeOf, type Tensor, type TensorOf } from '@vitrine/tensor'
import type { Precision } from '../backend.ts'
import { factsOf } from '../facts.ts'
import { numbersOf } from '../weights.ts'
import { type ExternalRange, type Graph, newGraph, type Value } from './graph.ts'
import { stepOf } from './lower.ts'
import type { Kernels, Leaves, Step } from './step.ts'

export interface ModelSettings {
  /** `single` if absent. */
  readonly precision?: Precision | undefined
  /** Whether several ops become one node of ONNX Runtime's own where it has such a kernel (`fused.ts`). */
  readonly fuses?: boolean
  /** Whether only ops of the ONNX standard are used. */
  readonly standard?: boolean | undefined
  /** Where the numbers of a parameter lie outside of the model; undefined for those that it shall contain. */
  readonly external?: ((node: TensorOf<'parameter'>) => ExternalRange | undefined) | undefined
}

/** A program as an ONNX model, and the names that tie the two together. */
export interface Model {
  readonly bytes: Uint8Array
  /** The size of the parameters that it reads. */
  readonly weightBytes: number
  /** The model's names of the program's inputs. */
  readonly inputs: Readonly<Record<string, Value>>
  /** The model's names of the program's outputs. */
  readonly outputs: Readonly<Record<string, Value>>
}

/** Lowers a program. */
export function modelOf(
  program: Program,
  weights?: Weights,
  { precision = 'single', fuses = false, standard = false, external }: ModelSettings = {},
): Model {
  const { inputs, outputs } = namesOf(program)
  const reserved = [...Object.values(inputs), ...Object.values(outputs)]
  const graph = newGraph({ precision, standard, reserved })
  const leaves = leavesOf(graph, inputs, weights, external)
  const single = precision === 'single'
  const steps = neededSteps(program, { fused: fuses && single && !standard, convolutions: single })
  const values = new Map<Tensor, Value>()
  for (const [node, step] of steps) {
    const operands = step.reads.map(t => values.get(t) ?? '')
    values.set(node, step.emit(graph, operands, leaves))
  }
  // The model has every input of the program, whether or not a node reads it.
  for (const t of program.inputs) leaves.input(t)
  for (const [name, t] of Object.entries(program.outputs))
    graph.output(outputs[name] ?? name, values.get(t) ?? '', t.dtype, t.shape)
  const weightBytes = program.parameters.reduce((total, t) => total + 4 * sizeOf(t.shape), 0)
  return { bytes: graph.encode(), weightBytes, inputs, outputs }
}

/**
 * Inputs and outputs keep their names as far as they can: in a model all names differ, so an output that is called like an input gets
 * another one. An empty name would stand for an absent value.
 */
function namesOf(program: Program): Pick<Model, 'inputs' | 'outputs'> {
  const taken = new Set([''])
  const named = (name: string): [string, Value] => {
    let value = name
    while (taken.has(value)) value += '_'
    taken.add(value)
    return [name, value]
  }
  return {
    inputs: Object.fromEntries(program.inputs.map(({ params }) => named(params.name))),
    outputs: Object.fromEntries(Object.keys(program.outputs).map(named)),
  }
}

/** The steps that the outputs need, in order. An op that became part of a fused node has none of its own. */
function neededSteps(program: Program, kernels: Kernels): Map<Tensor, Step> {
  const facts = factsOf(program)
  const needed = new Set<Tensor>(Object.values(program.outputs))
  const steps: [Tensor, Step][] = []
  for (const node of program.nodes.toReversed()) {
    if (!needed.has(node)) continue
    const step = stepOf(node, facts, kernels)
    for (const t of step.reads) needed.add(t)
    steps.push([node, step])
  }
  return new Map(steps.reverse())
}

function leavesOf(
  graph: Graph,
  names: Model['inputs'],
  weights: Weights | undefined,
  external: ModelSettings['external'],
): Leaves {
  const inputs = new Map<string, Value>()
  return {
    input({ params: { name }, dtype, shape }) {
      const value = inputs.get(name) ?? graph.input(names[name] ?? name, dtype, shape)
      inputs.set(name, value)
      return value
    },
    parameter(node, shape) {
      const range = external?.(node)
      const { name } = node.params
      return range ? graph.external(range, shape, name) : graph.floats(numbersOf('onnx', node, weights), shape, name)
    },
    constant: ({ params, shape, dtype }) =>
      dtype === 'int' ? graph.ints([...params.data], shape) : graph.floats(params.data, shape),
  }
}
