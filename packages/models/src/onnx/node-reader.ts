import { fromBinary } from '@bufbuild/protobuf'
import { type AttributeProto, NodeProtoSchema, AttributeProto_AttributeType as Type } from 'onnx-buf'
import type { Bytes } from '../checkpoint/bytes.ts'
import { shown } from '../checkpoint/shown.ts'
import { checkTensor, isTensor, type OnnxTensor } from './elements.ts'
import { numbersOf, type TensorReader } from './tensor-reader.ts'
import type { Field, MessageReader } from './wire.ts'

/** An attribute of a node; `unread` is one of a kind that no op here has, such as a graph of its own. */
export type Attribute<B extends Bytes = Bytes> =
  | number
  | string
  | readonly number[]
  | OnnxTensor<B>
  | { readonly unread: string }

export interface OnnxNode<B extends Bytes = Bytes> {
  readonly name: string
  /** The op, after its domain and a dot where it is not of the ONNX standard: `com.microsoft.Attention`. */
  readonly op: string
  /** An empty name stands for an operand that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, Attribute<B>>
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
  const node = fromBinary(NodeProtoSchema, bytes)
  for (const attribute of node.attribute) attributes.set(attribute.name, attributeOf(attribute))
  // A tensor in a node has no name of its own that is unique: it is called as what the node makes.
  const [made = ''] = node.output
  for (const [name, value] of attributes)
    if (isTensor(value)) attributes.set(name, { ...(value as OnnxTensor<B>), name: made })
  const domain = node.domain === '' || node.domain === 'ai.onnx' ? '' : `${shown(node.domain)}.`
  return {
    name: shown(node.name),
    op: `${domain}${shown(node.opType)}`,
    inputs: node.input,
    outputs: node.output,
    attributes,
  }
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
  [Type.TENSOR]: ({ t }) => {
    if (!t) return { unread: 'no tensor' }
    const tensor = { name: shown(t.name), shape: t.dims.map(Number), type: t.dataType, data: numbersOf(t) }
    checkTensor(tensor)
    return tensor
  },
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
