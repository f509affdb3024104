import { isFixed, type Tensor } from '@vitrine/tensor'
import type { Grid } from '../architecture/config.ts'
import { ModelError } from '../errors.ts'
import type { Batching } from './batch.ts'
import { elementType, isTensor, type OnnxTensor } from './elements.ts'
import { isBranch, type OnnxBranch, type OnnxNode } from './node-reader.ts'
import { asTensor, isNumbers, type Numbers, type Value } from './values.ts'

/** A convolution whose patches do not overlap: a linear layer from pixels to tokens. */
export interface PatchConvolution {
  /** What it reads: `[batch, channels, height, width]`. */
  readonly image: Tensor
  /** Patch by patch: `[batch, patches, channels * height * width]`. */
  readonly pixels: Tensor
  /** `[width, channels * height * width]`. */
  readonly weight: Tensor
  /** `[batch, patches, width]`. */
  readonly patches: Tensor
  readonly grid: Grid
}

/** What the translation of a node may ask about the graph that it is in. */
export interface Graph {
  /** Version of the ONNX standard's operators. */
  readonly opset: number
  /** Images at once. */
  readonly batch: number
  readonly batching: Batching
  /** The value of a tensor of the file. */
  stored(tensor: OnnxTensor): Value
  /** The numbers of a tensor that depends on no input. */
  numbersOf(t: Tensor): Numbers
  /** What the nodes of a branch make of the values around them: its outputs. */
  run(branch: OnnxBranch): readonly Value[]
  /** Notes a patch embedding. */
  addPatches(convolution: PatchConvolution): void
}

/** A node with the values of its operands. */
export interface Operation {
  readonly op: string
  readonly graph: Graph
  /** How many operands it has, those left out in between included. */
  readonly operands: number
  /** How many results it has. */
  readonly results: number
  has(operand: number): boolean
  value(operand: number): Value
  tensor(operand: number): Tensor
  /** An operand that must be known while the file is opened. `what` names it in the error. */
  numbers(operand: number, what: string): Numbers
  int(attribute: string, otherwise?: number): number
  float(attribute: string, otherwise: number): number
  ints(attribute: string): readonly number[] | undefined
  text(attribute: string, otherwise: string): string
  stored(attribute: string): OnnxTensor | undefined
  branch(attribute: string): OnnxBranch
  /** Axes or sizes that are an operand in newer opsets and an attribute in older ones. */
  list(operand: number, attribute: string): readonly number[] | undefined
}

/** What a foreign op becomes: its results, or its only one. */
export type Translation = (operation: Operation) => Value | readonly Value[]

/** Rows of a table over foreign ops. */
export type Translations = Readonly<Record<string, Translation>>

export function operationOf(node: OnnxNode, operands: readonly (Value | undefined)[], graph: Graph): Operation {
  const attribute = <T>(name: string, fits: (value: unknown) => value is T, expected: string): T | undefined => {
    const value = node.attributes.get(name)
    if (value === undefined || fits(value)) return value as T | undefined
    throw new ModelError(`attribute "${name}": expected ${expected}`)
  }
  const isNumber = (value: unknown): value is number => typeof value === 'number'
  const isList = (value: unknown): value is readonly number[] => Array.isArray(value)
  const isText = (value: unknown): value is string => typeof value === 'string'

  const operation: Operation = {
    op: node.op,
    graph,
    operands: operands.length,
    results: node.outputs.length,
    has: operand => operands[operand] !== undefined,
    value(operand) {
      const value = operands[operand]
      if (!value) throw new ModelError(`operand ${operand} is missing`)
      return value
    },
    tensor: operand => asTensor(operation.value(operand)),
    numbers(operand, what) {
      const value = operation.value(operand)
      if (isNumbers(value)) return value
      if (isFixed(value)) return graph.numbersOf(value)
      throw new ModelError(`${what} depends on the image: shapes and control flow that depend on data are not read`)
    },
    int(name, otherwise) {
      const value = attribute(name, isNumber, 'a whole number') ?? otherwise
      if (value === undefined) throw new ModelError(`attribute "${name}" is missing`)
      return value
    },
    float: (name, otherwise) => attribute(name, isNumber, 'a number') ?? otherwise,
    ints: name => attribute(name, isList, 'a list of numbers'),
    text: (name, otherwise) => attribute(name, isText, 'text') ?? otherwise,
    stored: name => attribute(name, isTensor, 'a tensor'),
    branch(name) {
      const branch = attribute(name, isBranch, 'a graph')
      if (!branch) throw new ModelError(`attribute "${name}" is missing`)
      return branch
    },
    list: (operand, name) =>
      operation.has(operand) ? Array.from(operation.numbers(operand, name).data) : operation.ints(name),
  }
  return operation
}

/** Two operands of an op that broadcasts, where one may be written for one image: an axis of size 1 is repeated by the op itself. */
export function alike({ batching }: Graph, a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  if (isFixed(a) === isFixed(b)) return [a, b]
  const [fixed, t] = isFixed(a) ? [a, b] : [b, a]
  const repeated =
    fixed.shape.every(n => n === 1) || fixed.shape.length < t.shape.length ? fixed : batching.alike(fixed, t)
  const needed = repeated.shape.some((n, axis) => n !== fixed.shape[axis] && fixed.shape[axis] !== 1) ? repeated : fixed
  return isFixed(a) ? [needed, b] : [a, needed]
}

/** An axis counted from the start. */
export function axisOf(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(at) || at < 0 || at >= rank) throw new ModelError(`axis ${axis} does not exist in ${rank} axes`)
  return at
}

/** Whether a type number of ONNX is one of floats, of whole numbers or of booleans. */
export function kindOf(type: number): 'float' | 'int' | 'bool' {
  const { kind, name } = elementType(type)
  if (!kind) throw new ModelError(`expected floats or whole numbers, got ${name}`)
  return kind
}
