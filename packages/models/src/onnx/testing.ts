import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { create, toBinary } from '@bufbuild/protobuf'
import { type HostTensors, interpret, program, type Tensor } from '@vitrine/tensor'
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from 'onnx-buf'
import { memoryBytes, type SyncBytes } from '../checkpoint/bytes.ts'
import { arrayOf, readArraySync } from '../checkpoint/checkpoint.ts'
import { openSafetensors, type TensorFile } from '../node/tensor-file.ts'
import { type OnnxFile, openOnnxFile } from './file.ts'
import { weightsOf } from './weights.ts'

/** Exports of small models, and what torch computes with them: see `fixtures/onnx/make.py`. */
export const fixtureFolder = fileURLToPath(new URL('../../fixtures/onnx/', import.meta.url))

const namesIn = (folder: string): string[] => readdirSync(folder).sort()

/** The exports of a model. Those that are there to be refused are called so. */
export const dialectsOf = (model: string): readonly string[] =>
  namesIn(join(fixtureFolder, model)).flatMap(name => (name.endsWith('.onnx.gz') ? [name.replace('.onnx.gz', '')] : []))

export const exportedModels: readonly string[] = namesIn(fixtureFolder).filter(name => !name.includes('.'))

export const exportBytes = (model: string, dialect: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(gunzipSync(readFileSync(join(fixtureFolder, model, `${dialect}.onnx.gz`))))

export function openExport(model: string, dialect: string): Promise<OnnxFile<SyncBytes>> {
  const beside = (name: string) => memoryBytes(name, readFileSync(join(fixtureFolder, model, name)))
  return openOnnxFile(memoryBytes(`${model}/${dialect}.onnx`, exportBytes(model, dialect)), beside)
}

/** Logits, gradient and attention of torch for the two images. */
export function expectedOf(model: string): TensorFile | undefined {
  const path = join(fixtureFolder, model, 'expected.safetensors')
  return existsSync(path) ? openSafetensors(path) : undefined
}

/** The two images of all references, `[2, 3, 32, 32]`. */
export const referenceImages = (): Float32Array =>
  openSafetensors(join(fixtureFolder, 'image.safetensors')).read('image')

/** Runs tensors of an imported graph in float64. */
export function evaluate(
  file: OnnxFile<SyncBytes>,
  outputs: Readonly<Record<string, Tensor>>,
  inputs: HostTensors,
): HostTensors {
  const weights = weightsOf(file)
  return interpret(program(outputs), inputs, name => {
    const array = arrayOf(weights, name)
    return { shape: array.shape, data: readArraySync(array) }
  })
}

/** Numbers of a graph that is written by hand: whole numbers unless they are said to be floats. */
export interface GivenTensor {
  readonly shape: readonly number[]
  readonly ints?: readonly number[]
  readonly floats?: readonly number[]
  readonly bools?: readonly boolean[]
}

export type GivenAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly tensor: GivenTensor }
  | { readonly graph: GivenBranch }

export interface GivenBranch {
  readonly nodes: readonly GivenNode[]
  readonly outputs: readonly string[]
  readonly tensors?: Readonly<Record<string, GivenTensor>>
}

export interface GivenNode {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly name?: string
  readonly attributes?: Readonly<Record<string, GivenAttribute>>
}

export interface GivenGraph {
  readonly nodes: readonly GivenNode[]
  /** Shapes of inputs of floats; a name stands for a size that is left open. */
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>
  readonly outputs: readonly string[]
  readonly tensors?: Readonly<Record<string, GivenTensor | TensorProto>>
  readonly opset?: number
}

const FLOAT = 1
const INT64 = 7
const BOOL = 9

const littleEndian = (data: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

export function tensorProto(name: string, { shape, ints, floats, bools }: GivenTensor): TensorProto {
  const dims = shape.map(BigInt)
  if (floats)
    return create(TensorProtoSchema, { name, dims, dataType: FLOAT, rawData: littleEndian(Float32Array.from(floats)) })
  if (bools) return create(TensorProtoSchema, { name, dims, dataType: BOOL, rawData: Uint8Array.from(bools, Number) })
  return create(TensorProtoSchema, {
    name,
    dims,
    dataType: INT64,
    rawData: littleEndian(BigInt64Array.from(ints ?? [], BigInt)),
  })
}

function attributeProto(name: string, value: GivenAttribute): AttributeProto {
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) })
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) })
  if ('float' in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float })
  if ('tensor' in value)
    return create(AttributeProtoSchema, { name, type: AttributeType.TENSOR, t: tensorProto('', value.tensor) })
  if ('graph' in value) {
    const { nodes, outputs, tensors = {} } = value.graph
    const g = {
      name,
      node: nodes.map(nodeProto),
      initializer: Object.entries(tensors).map(([key, tensor]) => tensorProto(key, tensor)),
      output: outputs.map(output => ({ name: output })),
    }
    return create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g })
  }
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) })
}

function nodeProto({ op, inputs, outputs, name = '', attributes = {} }: GivenNode) {
  const dot = op.lastIndexOf('.')
  return {
    name,
    opType: op.slice(dot + 1),
    domain: dot < 0 ? '' : op.slice(0, dot),
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  }
}

/** An ONNX file of a graph that is written by hand. */
export function onnxBytes({ nodes, inputs, outputs, tensors = {}, opset = 20 }: GivenGraph): Uint8Array<ArrayBuffer> {
  const valueInfo = (name: string, shape?: readonly (number | string)[]) => ({
    name,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType: FLOAT,
          ...(shape && {
            shape: {
              dim: shape.map(n => ({
                value:
                  typeof n === 'number'
                    ? { case: 'dimValue' as const, value: BigInt(n) }
                    : { case: 'dimParam' as const, value: n },
              })),
            },
          }),
        },
      },
    },
  })
  const message = create(ModelProtoSchema, {
    irVersion: 10n,
    producerName: 'test',
    opsetImport: [
      { domain: '', version: BigInt(opset) },
      { domain: 'com.microsoft', version: 1n },
    ],
    graph: {
      name: 'graph',
      node: nodes.map(nodeProto),
      initializer: Object.entries(tensors).map(([name, tensor]) =>
        '$typeName' in tensor ? tensor : tensorProto(name, tensor),
      ),
      input: Object.entries(inputs).map(([name, shape]) => valueInfo(name, shape)),
      output: outputs.map(name => valueInfo(name)),
    },
  })
  return toBinary(ModelProtoSchema, message)
}

export const openGiven = (graph: GivenGraph): Promise<OnnxFile<SyncBytes>> =>
  openOnnxFile(memoryBytes('model.onnx', onnxBytes(graph)))
