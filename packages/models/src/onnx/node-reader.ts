import { fromBinary } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  AttributeProto_AttributeType as Type,
} from 'onnx-buf'
import type { Bytes } from '../checkpoint/bytes.ts'
import { shown } from '../checkpoint/shown.ts'
import { ModelError } from '../errors.ts'
import { checkTensor, isTensor, type OnnxTensor } from './elements.ts'
import { LIMITS } from './limits.ts'
import { numbersOf, type TensorReader } from './tensor-reader.ts'
import type { Field, MessageReader } from './wire.ts'

/** An attribute of a node; `unread` is one of a kind that no op here has. */
export type Attribute<B extends Bytes = Bytes> =
  | number
  | string
  | readonly number[]
  | OnnxTensor<B>
  | OnnxBranch
  | { readonly unread: string }

/** A graph in an attribute, which reads values of the graph around it by their names. */
export interface OnnxBranch {
  readonly nodes: readonly OnnxNode<never>[]
  readonly outputs: readonly string[]
  /** By their names in the branch; each has another name that is unique in the file. */
  readonly tensors: ReadonlyMap<string, OnnxTensor<never>>
}

export const isBranch = (value: unknown): value is OnnxBranch =>
  typeof value === 'object' && value !== null && 'nodes' in value

export interface OnnxNode<B extends Bytes = Bytes> {
  readonly name: string
  /** The op, after its domain and a dot where it is not of the ONNX standard: `com.microsoft.Attention`. */
  readonly op: string
  /** An empty name stands for an operand that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, Attribute<B>>
  /** Values of the graph around it that its branches read. */
  readonly captured: readonly string[]
}

/** Numbers of fields of NodeProto and AttributeProto in onnx.proto. */
const NODE = { attribute: 5 } as const
const ATTRIBUTE = { name: 1, tensor: 5 } as const

/** Nodes and attributes up to this size are read at once; the tensor in a larger one stays in the file. */
const SMALL = 4096

/** The node of a NodeProto that lies at a field. */
export async function readNode<B extends Bytes>(
  reader: MessageReader,
  tensors: TensorReader<B>,
  field: Field,
): Promise<OnnxNode<B>> {
  const attributes = new Map<string, Attribute<B>>()
  const bytes =
    field.length <= SMALL
      ? await reader.part(field.offset, field.length)
      : await withoutTensors(reader, tensors, field, attributes)
  return nodeOf(fromBinary(NodeProtoSchema, bytes), attributes)
}

function nodeOf<B extends Bytes>(node: NodeProto, attributes: Map<string, Attribute<B>>): OnnxNode<B> {
  // A tensor in a node has no name of its own that is unique: it is called as what the node makes.
  const [made = ''] = node.output
  for (const attribute of node.attribute)
    attributes.set(
      attribute.name,
      attribute.g ? branchOf(attribute.g, `${made}/${attribute.name}`) : attributeOf(attribute),
    )
  for (const [name, value] of attributes)
    if (isTensor(value)) attributes.set(name, { ...(value as OnnxTensor<B>), name: made })
  const domain = node.domain === '' || node.domain === 'ai.onnx' ? '' : `${shown(node.domain)}.`
  return {
    name: shown(node.name),
    op: `${domain}${shown(node.opType)}`,
    inputs: node.input,
    outputs: node.output,
    attributes,
    captured: [...attributes.values()].flatMap(value => (isBranch(value) ? readAround(value) : [])),
  }
}

function branchOf({ node, initializer, input, output, sparseInitializer }: GraphProto, place: string): OnnxBranch {
  if (node.length > LIMITS.nodes) throw new ModelError(`expected at most ${LIMITS.nodes} nodes`)
  if (input.length > 0 || sparseInitializer.length > 0)
    throw new ModelError(`"${shown(place)}": a graph with inputs of its own, or sparse tensors, is not read`)
  const tensors = initializer.map((t): [string, OnnxTensor<never>] => {
    const tensor = tensorOf(t)
    return [tensor.name, { ...tensor, name: `${place}/${tensor.name}` }]
  })
  return {
    nodes: node.map(one => nodeOf<never>(one, new Map())),
    outputs: output.map(({ name }) => name),
    tensors: new Map(tensors),
  }
}

/** What a branch reads that is not made in it. */
function readAround({ nodes, outputs, tensors }: OnnxBranch): readonly string[] {
  const own = new Set([...tensors.keys(), ...nodes.flatMap(node => node.outputs)])
  const read = [...nodes.flatMap(node => [...node.inputs, ...node.captured]), ...outputs]
  return [...new Set(read)].filter(name => name !== '' && !own.has(name))
}

/** The bytes of a node but for large attributes that hold a tensor, which are added to `attributes`. */
async function withoutTensors<B extends Bytes>(
  reader: MessageReader,
  tensors: TensorReader<B>,
  { offset, length }: Field,
  attributes: Map<string, Attribute<B>>,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let at = offset
  for await (const field of reader.fields(offset, offset + length)) {
    const end = field.offset + field.length
    const held =
      field.number === NODE.attribute && field.length > SMALL ? await tensorIn(reader, tensors, field) : undefined
    if (held) attributes.set(...held)
    else pieces.push((await reader.part(at, end - at)).slice())
    at = end
  }
  return joined(pieces)
}

/** The tensor of an attribute, without its numbers. */
async function tensorIn<B extends Bytes>(
  reader: MessageReader,
  tensors: TensorReader<B>,
  { offset, length }: Field,
): Promise<[string, OnnxTensor<B>] | undefined> {
  let name = ''
  let tensor: OnnxTensor<B> | undefined
  for await (const field of reader.fields(offset, offset + length)) {
    if (field.number === ATTRIBUTE.name) name = new TextDecoder().decode(await reader.part(field.offset, field.length))
    if (field.number === ATTRIBUTE.tensor && field.wire === 2) tensor = await tensors.read(field)
  }
  return tensor && [name, tensor]
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

const READERS: { readonly [T in Type]?: (attribute: AttributeProto) => Attribute<never> } = {
  [Type.FLOAT]: ({ f }) => decimal(f),
  [Type.INT]: ({ i }) => Number(i),
  [Type.STRING]: ({ s }) => new TextDecoder().decode(s),
  [Type.FLOATS]: ({ floats }) => floats.map(decimal),
  [Type.INTS]: ({ ints }) => ints.map(Number),
  [Type.TENSOR]: ({ t }) => (t ? tensorOf(t) : { unread: 'no tensor' }),
}

function tensorOf(t: TensorProto): OnnxTensor<never> {
  const tensor = { name: shown(t.name), shape: t.dims.map(Number), type: t.dataType, data: numbersOf(t) }
  checkTensor(tensor)
  return tensor
}

const attributeOf = (attribute: AttributeProto): Attribute<never> =>
  READERS[attribute.type]?.(attribute) ?? { unread: Type[attribute.type]?.toLowerCase() ?? `type ${attribute.type}` }

/** The shortest decimal that is this float32: 1e-6 and not 9.999999974752427e-7, which is what the exporting program was told. */
function decimal(x: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(x.toPrecision(digits))
    if (Math.fround(short) === x) return short
  }
  return x
}
