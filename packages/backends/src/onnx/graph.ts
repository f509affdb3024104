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

/** The operator sets that a lowered program may use. `com.microsoft` is ONNX Runtime's own. */
const OPSETS = [
  { domain: '', version: 20n },
  { domain: 'com.microsoft', version: 1n },
]

/** The first version of the file format with opset 20. */
const IR_VERSION = 9n

/** Of inputs and outputs. */
const elementTypes: { readonly [D in DType]: TensorProto_DataType } = {
  float: TensorProto_DataType.FLOAT,
  int: TensorProto_DataType.INT64,
}

/** Integers by default; floats and strings say so. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { readonly float: number } | string>>

/** The name of a value in an ONNX graph. */
export type Value = string

/** A range of a file in the folder given to ONNX Runtime beside the model. */
export interface ExternalRange {
  readonly file: string
  readonly offset: number
  readonly length: number
}

/**
 * An ONNX graph under construction. Equal nodes and equal integer lists are the same value. Inputs, outputs and numbers from files are
 * float32; all that is computed has the graph's precision.
 */
export interface Graph {
  readonly precision: Precision
  /** Adds a node with one result. A type with a dot names its domain: `com.microsoft.FusedMatMul`. */
  op(type: string, operands: readonly Value[], attributes?: Attributes): Value
  /** Adds a node with several results. */
  ops(type: string, operands: readonly Value[], results: number, attributes?: Attributes): readonly Value[]
  reshape(x: Value, shape: Shape): Value
  cast(x: Value, to: DType | 'bool'): Value
  /** Declares an input; the value that nodes read may have another name. */
  input(name: string, dtype: DType, shape: Shape): Value
  /** Declares an output, once; answers with its name. */
  output(x: Value, dtype: DType, shape: Shape): Value
  floats(data: Float32Array | Float64Array, shape: Shape): Value
  /** Float32 numbers that stay in a file. */
  external(range: ExternalRange, shape: Shape): Value
  ints(values: readonly number[]): Value
  int(value: number): Value
  /** The model in ONNX's binary format. */
  encode(): Uint8Array
}

type Payload = Pick<MessageInitShape<typeof TensorProtoSchema>, 'rawData' | 'dataLocation' | 'externalData'>

export function newGraph(precision: Precision = 'single'): Graph {
  const nodes: NodeProto[] = []
  const initializers: TensorProto[] = []
  const inputs: ValueInfoProto[] = []
  const outputs: ValueInfoProto[] = []
  const known = new Map<string, readonly Value[]>()
  const reshaped = new Map<Value, Value>()
  let count = 0

  const once = (key: string, make: () => readonly Value[]): readonly Value[] => {
    const values = known.get(key) ?? make()
    known.set(key, values)
    return values
  }
  const only = ([value = '']: readonly Value[]): Value => value

  const initializer = (dims: Shape, dataType: TensorProto_DataType, rest: Payload): Value => {
    const name = `c${count++}`
    initializers.push(create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType, ...rest }))
    return name
  }
  const computed = precision === 'double' ? TensorProto_DataType.DOUBLE : TensorProto_DataType.FLOAT
  const cast = (x: Value, to: TensorProto_DataType): Value => graph.op('Cast', [x], { to })
  const widened = (x: Value): Value => (precision === 'double' ? cast(x, computed) : x)
  const integers = (values: readonly number[], dims: Shape): Value =>
    only(
      once(`int ${dims.length}: ${values}`, () => {
        const data = BigInt64Array.from(values, BigInt)
        return [initializer(dims, TensorProto_DataType.INT64, { rawData: new Uint8Array(data.buffer) })]
      }),
    )

  const graph: Graph = {
    precision,
    op: (type, operands, attributes) => only(graph.ops(type, operands, 1, attributes)),
    ops: (type, operands, results, attributes = {}) =>
      once(`${type} ${results} ${operands} ${JSON.stringify(attributes)}`, () => {
        const dot = type.lastIndexOf('.')
        const output = Array.from({ length: results }, () => `v${count++}`)
        nodes.push(
          create(NodeProtoSchema, {
            name: `${type}_${nodes.length}`,
            opType: type.slice(dot + 1),
            domain: dot < 0 ? '' : type.slice(0, dot),
            input: [...operands],
            output,
            attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
          }),
        )
        return output
      }),
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
    output(x, dtype, shape) {
      const value = dtype === 'float' && precision === 'double' ? cast(x, elementTypes.float) : x
      if (!outputs.some(({ name }) => name === value)) outputs.push(valueInfo(value, dtype, shape))
      return value
    },
    floats(data, shape) {
      if (precision === 'double' && data instanceof Float64Array)
        return initializer(shape, computed, { rawData: new Uint8Array(data.slice().buffer) })
      const rawData = new Uint8Array(Float32Array.from(data).buffer)
      return widened(initializer(shape, TensorProto_DataType.FLOAT, { rawData }))
    },
    external: ({ file, offset, length }, shape) =>
      widened(
        only(
          once(`external ${file} ${offset} ${length} [${shape}]`, () => [
            initializer(shape, TensorProto_DataType.FLOAT, {
              dataLocation: TensorProto_DataLocation.EXTERNAL,
              externalData: Object.entries({ location: file, offset, length }).map(([key, value]) => ({
                key,
                value: String(value),
              })),
            }),
          ]),
        ),
      ),
    ints: values => integers(values, [values.length]),
    int: value => integers([value], []),
    encode() {
      const model = create(ModelProtoSchema, {
        irVersion: IR_VERSION,
        producerName: 'vitrine',
        opsetImport: OPSETS,
        graph: create(GraphProtoSchema, {
          name: 'program',
          node: nodes,
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
