import { sizeOf } from '@vitrine/tensor'
import type { GivenAttribute, GivenGraph, GivenNode, GivenTensor } from '../testing.ts'

/** Of a node, by name. */
export type Attributes = Readonly<Record<string, GivenAttribute>>
/** A graph of an op with one input, the image `x`, and one output `y`. */
export type Case = Partial<GivenGraph> & Pick<GivenGraph, 'nodes'>

/** The shape of the image. */
export const X = [1, 3, 4, 4]
export const ints = (...list: readonly number[]): GivenTensor => ({ shape: [list.length], ints: list })
export const int = (value: number): GivenTensor => ({ shape: [], ints: [value] })
export const bools = (...list: readonly boolean[]): GivenTensor => ({ shape: [list.length], bools: list })
/** Numbers around 0 that differ from each other. */
export const floats = (...shape: readonly number[]): GivenTensor => ({
  shape,
  floats: Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1 + i * 1.7)),
})
/** A node by the names of its inputs, `-` for one that is left out, and outputs, apart by spaces. */
export const node = (op: string, inputs: string, outputs: string, attributes: Attributes = {}): GivenNode => ({
  op,
  inputs: inputs === '' ? [] : inputs.split(' ').map(name => (name === '-' ? '' : name)),
  outputs: outputs.split(' '),
  attributes,
})

/** What a graph has stored, by name. */
export type Tensors = GivenGraph['tensors']

/** An op on the image and tensors; `inputs` has their names. */
export const op = (
  name: string,
  inputs: string,
  attributes: Attributes = {},
  tensors: Tensors = {},
  opset = 20,
): Case => ({
  nodes: [node(name, inputs, 'y', attributes)],
  tensors,
  opset,
})
/** An op on the image as tokens `[1, 16, 3]`, or on another view of it. */
export function onView(shape: readonly number[], ...given: Parameters<typeof op>): Case {
  const { nodes, tensors, opset } = op(...given)
  return { nodes: [node('Reshape', 'x view', 't'), ...nodes], tensors: { view: ints(...shape), ...tensors }, opset }
}
/** An op on the image alone. */
export const unary = (name: string, attributes: Attributes = {}): readonly Case[] => [op(name, 'x', attributes)]
