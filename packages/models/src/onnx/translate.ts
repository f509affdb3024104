import { isFixed, parameter, sizeOf, type Tensor, transpose } from '@vitrine/tensor'
import { shown } from '../checkpoint/shown.ts'
import { ModelError } from '../errors.ts'
import type { Batching } from './batch.ts'
import { elementType, type OnnxTensor, unreadable } from './elements.ts'
import type { OnnxFile } from './file.ts'
import type { ImageInput } from './image-input.ts'
import { LIMITS } from './limits.ts'
import type { OnnxNode } from './node-reader.ts'
import { type Graph, operationOf, type PatchConvolution } from './operation.ts'
import { translationOf } from './ops/index.ts'
import { evaluated, isNumbers, type Numbers, numbers, type Value } from './values.ts'

/** A graph as tensors of a program. */
export interface Translated {
  /** Outputs that depend on the image. */
  readonly outputs: ReadonlyMap<string, Tensor>
  readonly patches: readonly PatchConvolution[]
  /** Everything that depends on the image, by its name in the graph and in its order. */
  readonly values: ReadonlyMap<string, Tensor>
}

/** Numbers of tensors by their names, as far as they have been read. */
export type Known = ReadonlyMap<string, Numbers>

/** Thrown where a graph computes with numbers, while it is translated, that have not been read yet. */
export class UnreadNumbers extends Error {
  override readonly name = 'UnreadNumbers'
  readonly tensor: OnnxTensor
  constructor(tensor: OnnxTensor) {
    super(tensor.name)
    this.tensor = tensor
  }
}

/** What is translated. */
export interface Translation {
  readonly file: OnnxFile
  readonly input: ImageInput
  readonly image: Tensor
  readonly known: Known
  /** The nodes, operands before their consumers. */
  readonly order: readonly OnnxNode[]
  readonly batching: Batching
}

/** What names stand for: in the graph, or in a branch of it. */
interface Scope {
  readonly values: Map<string, Value>
  readonly tensors: ReadonlyMap<string, OnnxTensor>
  readonly around: Scope | undefined
}

/** What is computed while a file is opened: more is no arithmetic of shapes. */
const MOST_EVALUATED = 2 ** 22

/**
 * Binds the shapes of a graph to an image `[batch, 3, height, width]`, does the arithmetic that depends on no image, and builds the rest of
 * it as tensors. Weights become parameters under their names.
 *
 * @throws UnreadNumbers
 * @throws ModelError naming the node, for a graph that cannot be read
 */
export function translate({ file, input, image, known, order, batching }: Translation): Translated {
  const [batch = 1] = image.shape
  const patches: PatchConvolution[] = []
  const constants = new Map<string, OnnxTensor>()

  const stored = (tensor: OnnxTensor): Value => {
    const { kind } = elementType(tensor.type)
    if (!kind) throw unreadable(tensor.name, tensor.type)
    if (kind === 'float' && sizeOf(tensor.shape) > 1) {
      constants.set(tensor.name, tensor)
      return parameter(tensor.name, tensor.shape)
    }
    return numbersIn(tensor, kind)
  }
  const numbersIn = (tensor: OnnxTensor, kind = elementType(tensor.type).kind ?? 'float'): Numbers => {
    if (!('bytes' in tensor.data)) return numbers(tensor.data, tensor.shape, kind)
    const read = known.get(tensor.name)
    if (!read) throw new UnreadNumbers(tensor)
    return read
  }
  const graph: Graph = {
    opset: file.opsets.get('') ?? 0,
    batch,
    batching,
    stored,
    numbersOf(t) {
      if (sizeOf(t.shape) > MOST_EVALUATED)
        throw new ModelError(`[${t.shape.join(', ')}] is too much to compute while a file is opened`)
      const weight = (name: string): Numbers => {
        const tensor = constants.get(name)
        if (!tensor) throw new ModelError(`no tensor "${name}"`)
        return numbersIn(tensor)
      }
      return numbers(evaluated(t, weight), t.shape, 'float')
    },
    run(branch) {
      const around = scope
      scope = { values: new Map(), tensors: branch.tensors, around }
      compute(branch.nodes)
      const results = branch.outputs.map(name => {
        const value = named(name)
        if (!value) throw new ModelError('an output of a branch has no name')
        return value
      })
      scope = around
      return results
    },
    addPatches: convolution => void patches.push(convolution),
  }

  const values = new Map<string, Value>([[input.name, input.channelsLast ? transpose(image, [0, 2, 3, 1]) : image]])
  let scope: Scope = { values, tensors: file.tensors, around: undefined }
  const named = (name: string): Value | undefined => {
    if (name === '') return undefined
    for (let place: Scope | undefined = scope; place; place = place.around) {
      const value = place.values.get(name)
      if (value) return value
      const tensor = place.tensors.get(name)
      if (!tensor) continue
      const made = stored(tensor)
      place.values.set(name, made)
      return made
    }
    throw new ModelError(`"${shown(name)}" has no value`)
  }
  const compute = (nodes: readonly OnnxNode[]): void => {
    for (const node of nodes) {
      try {
        const results = resultsOf(node, named, graph)
        for (const [i, name] of node.outputs.entries()) {
          const result = results[i]
          if (name !== '' && result) scope.values.set(name, result)
        }
      } catch (error) {
        throw error instanceof UnreadNumbers ? error : atNode(node, error)
      }
    }
  }
  compute(order)
  const live = new Map<string, Tensor>()
  for (const [name, value] of values) if (!isNumbers(value) && !isFixed(value)) live.set(name, value)
  const outputs = new Map<string, Tensor>()
  for (const { name } of file.outputs) {
    const value = live.get(name)
    if (value) outputs.set(name, value)
  }
  return { outputs, patches, values: live }
}

function resultsOf(node: OnnxNode, named: (name: string) => Value | undefined, graph: Graph): readonly Value[] {
  const made = translationOf(node.op)(operationOf(node, node.inputs.map(named), graph))
  const results = Array.isArray(made) ? (made as readonly Value[]) : [made as Value]
  for (const { shape } of results)
    if (sizeOf(shape) > LIMITS.elements || shape.length > LIMITS.rank)
      throw new ModelError(`expected tensors of at most ${LIMITS.elements} elements, got [${shape.join(', ')}]`)
  return results
}

/** An error in a node as one that names it. */
export function atNode(node: OnnxNode, error: unknown): ModelError {
  const problem = error instanceof Error ? error.message : String(error)
  const name = node.name === '' ? '' : ` "${shown(node.name)}"`
  return new ModelError(`${node.op}${name}: ${problem.replace(/^\[vitrine\] \[\w+\] /, '')}`)
}
