import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import type { DType, Shape } from '@vitrine/tensor'
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import type { Precision } from '../backend.ts'

/** The operator sets that a lowered program may use: first that of the ONNX standard, then ONNX Runtime's own. */
const OPSETS = [
  { domain: '', version: 20n },
  { domain: 'com.microsoft', version: 1n },
]

/** The first version of the file format with opset 20. */
const IR_VERSION = 9n

/** The types of inputs and outputs. */
const elementTypes: { readonly [D in DType]: TensorProto_DataType } = {
  float: TensorProto_DataType.FLOAT,
  int: TensorProto_DataType.INT64,
}

/** Attributes of a node. A plain number is an integer; a floating-point number is written as `{ float: 0.5 }`. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { readonly float: number } | string>>

/** The name of a value while a graph is built. */
export type Value = string

/** A range of a file that lies beside the model, or in the folder that ONNX Runtime is given for such files. */
export interface ExternalRange {
  readonly file: string
  readonly offset: number
  readonly length: number
}

export interface GraphSettings {
  /** `single` if absent. */
  readonly precision?: Precision | undefined
  /** Whether it keeps to the ops of the ONNX standard, which other libraries than ONNX Runtime have too; false if absent. */
  readonly standard?: boolean | undefined
  /** Names of inputs and outputs: no other value gets them. */
  readonly reserved?: Iterable<string>
}

/**
 * An ONNX graph under construction. Equal nodes and equal integer lists are the same value. Inputs, outputs and numbers from files are
 * float32; all that is computed has the graph's precision.
 */
export interface Graph {
  readonly precision: Precision
  readonly standard: boolean
  /** Adds a node with one result. A type with a dot names its domain: `com.microsoft.FusedMatMul`. */
  op(type: string, operands: readonly Value[], attributes?: Attributes): Value
  /** Adds a node with several results. */
  ops(type: string, operands: readonly Value[], count: number, attributes?: Attributes): readonly Value[]
  reshape(x: Value, shape: Shape): Value
  cast(x: Value, to: DType | 'bool'): Value
  /** Declares an input under a reserved name; the value that nodes read may have another name. */
  input(name: string, dtype: DType, shape: Shape): Value
  /** Declares a value as the output of a reserved name. */
  output(name: string, x: Value, dtype: DType, shape: Shape): void
  /** Numbers inside the model. A name is for readers of the file. */
  floats(data: Float32Array | Float64Array, shape: Shape, name?: string): Value
  /** Float32 numbers that stay in a file. */
  external(range: ExternalRange, shape: Shape, name?: string): Value
  /** Whole numbers inside the model; a list where no shape is given. */
  ints(values: readonly number[], shape?: Shape): Value
  int(value: number): Value
  /** The model in ONNX's binary format. */
  encode(): Uint8Array
}

type Payload = Pick<MessageInitShape<typeof TensorProtoSchema>, 'rawData' | 'dataLocation' | 'externalData'>

interface Node {
  readonly type: string
  readonly operands: readonly Value[]
  readonly outputs: readonly Value[]
  readonly attributes: Attributes
}

export function newGraph({ precision = 'single', standard = false, reserved = [] }: GraphSettings = {}): Graph {
  const nodes: Node[] = []
  const initializers: TensorProto[] = []
  const inputs: ValueInfoProto[] = []
  const outputs: ValueInfoProto[] = []
  const known = new Map<string, readonly Value[]>()
  const reshaped = new Map<Value, Value>()
  /** The results of nodes; the other values are inputs and stored numbers. */
  const results = new Set<Value>()
  /** Results that are outputs, and the names that they have in the encoded model. */
  const renamed = new Map<Value, string>()
  const taken = new Set(reserved)
  let made = 0

  const unused = (wanted: string): string => {
    let name = wanted
    while (taken.has(name)) name += '_'
    taken.add(name)
    return name
  }
  const newName = (prefix: string): string => unused(`${prefix}${made++}`)
  const once = (key: string, make: () => readonly Value[]): readonly Value[] => {
    const values = known.get(key) ?? make()
    known.set(key, values)
    return values
  }
  const only = ([value = '']: readonly Value[]): Value => value

  const initializer = (dims: Shape, dataType: TensorProto_DataType, rest: Payload, wanted?: string): Value => {
    const name = wanted ? unused(wanted) : newName('c')
    initializers.push(create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType, ...rest }))
    return name
  }
  const addNode = (
    type: string,
    operands: readonly Value[],
    count: number,
    attributes: Attributes,
  ): readonly Value[] => {
    const outputs = Array.from({ length: count }, () => newName('v'))
    nodes.push({ type, operands, outputs, attributes })
    for (const value of outputs) results.add(value)
    return outputs
  }
  const computed = precision === 'double' ? TensorProto_DataType.DOUBLE : TensorProto_DataType.FLOAT
  const cast = (x: Value, to: TensorProto_DataType): Value => graph.op('Cast', [x], { to })
  const widened = (x: Value): Value => (precision === 'double' ? cast(x, computed) : x)
  const integers = (values: readonly number[], dims: Shape): Value =>
    only(
      once(`int [${dims}]: ${values}`, () => {
        const data = BigInt64Array.from(values, BigInt)
        return [initializer(dims, TensorProto_DataType.INT64, { rawData: new Uint8Array(data.buffer) })]
      }),
    )

  const graph: Graph = {
    precision,
    standard,
    op: (type, operands, attributes) => only(graph.ops(type, operands, 1, attributes)),
    ops: (type, operands, count, attributes = {}) =>
      once(`${type} ${count} ${operands} ${JSON.stringify(attributes)}`, () =>
        addNode(type, operands, count, attributes),
      ),
    reshape(x, shape) {
      const source = reshaped.get(x) ?? x
      const value = graph.op('Reshape', [source, graph.ints(shape)])
      reshaped.set(value, source)
      return value
    },
    cast: (x, to) => cast(x, { float: computed, int: TensorProto_DataType.INT64, bool: TensorProto_DataType.BOOL }[to]),
    input(name, dtype, shape) {
      inputs.push(valueInfo(name, dtype, shape))
      return dtype === 'float' ? widened(name) : name
    },
    output(name, x, dtype, shape) {
      const value = dtype === 'float' && precision === 'double' ? cast(x, elementTypes.float) : x
      // ONNX Runtime wants an output to be the result of a node, and each has one name.
      const own = results.has(value) && !renamed.has(value) ? value : only(addNode('Identity', [value], 1, {}))
      renamed.set(own, name)
      outputs.push(valueInfo(name, dtype, shape))
    },
    floats(data, shape, name) {
      if (precision === 'double' && data instanceof Float64Array)
        return initializer(shape, computed, { rawData: new Uint8Array(data.slice().buffer) }, name)
      const rawData = new Uint8Array(Float32Array.from(data).buffer)
      return widened(initializer(shape, TensorProto_DataType.FLOAT, { rawData }, name))
    },
    external({ file, offset, length }, shape, name) {
      const place = Object.entries({ location: file, offset, length })
      const externalData = place.map(([key, value]) => ({ key, value: String(value) }))
      const dataLocation = TensorProto_DataLocation.EXTERNAL
      const values = once(`external ${file} ${offset} ${length} [${shape}]`, () => [
        initializer(shape, TensorProto_DataType.FLOAT, { dataLocation, externalData }, name),
      ])
      return widened(only(values))
    },
    ints: (values, shape = [values.length]) => integers(values, shape),
    int: value => integers([value], []),
    encode() {
      const final = (value: Value) => renamed.get(value) ?? value
      const model = create(ModelProtoSchema, {
        irVersion: IR_VERSION,
        producerName: 'vitrine',
        opsetImport: standard ? OPSETS.slice(0, 1) : OPSETS,
        graph: create(GraphProtoSchema, {
          name: 'program',
          node: nodes.map((node, i) => nodeProto(node, i, final)),
          initializer: initializers,
          input: inputs,
          output: outputs,
        }),
      })
      return toBinary(ModelProtoSchema, model)
    },
  }
  return graph
}

function nodeProto(
  { type, operands, outputs, attributes }: Node,
  i: number,
  final: (value: Value) => Value,
): NodeProto {
  const dot = type.lastIndexOf('.')
  return create(NodeProtoSchema, {
    name: `${type}_${i}`,
    opType: type.slice(dot + 1),
    domain: dot < 0 ? '' : type.slice(0, dot),
    input: operands.map(final),
    output: outputs.map(final),
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  })
}

function valueInfo(name: string, dtype: DType, shape: Shape): ValueInfoProto {
  const dim = shape.map(n => ({ value: { case: 'dimValue' as const, value: BigInt(n) } }))
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: elementTypes[dtype], shape: { dim } } } },
  })
}

function attribute(name: string, value: Attributes[string]): AttributeProto {
  const { FLOAT, INT, INTS, STRING } = AttributeProto_AttributeType
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: INT, i: BigInt(value) })
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: STRING, s: new TextEncoder().encode(value) })
  if ('float' in value) return create(AttributeProtoSchema, { name, type: FLOAT, f: value.float })
  return create(AttributeProtoSchema, { name, type: INTS, ints: value.map(BigInt) })
}
