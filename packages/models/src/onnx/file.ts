import { fromBinary } from '@bufbuild/protobuf'
import {
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import type { Bytes } from '../checkpoint/bytes.ts'
import type { Beside } from '../checkpoint/open.ts'
import { shown } from '../checkpoint/shown.ts'
import { ModelError } from '../errors.ts'
import { isTensor, type OnnxTensor } from './elements.ts'
import { LIMITS } from './limits.ts'
import { isBranch, type OnnxNode, readNode } from './node-reader.ts'
import { tensorReader } from './tensor-reader.ts'
import { type Field, messageReader } from './wire.ts'

/** An input or an output of the graph. */
export interface OnnxValue {
  readonly name: string
  /** Number of the element type; 0 where it is no tensor. */
  readonly type: number
  /** A name, or `?`, for a size that the file leaves open. Undefined where it says no shape. */
  readonly shape: readonly (number | string)[] | undefined
}

/** The structure of an ONNX file: everything but the numbers of its tensors, which are places in files. */
export interface OnnxFile<B extends Bytes = Bytes> {
  /** The file, for messages. */
  readonly name: string
  /** What wrote it. */
  readonly producer: string
  /** Versions of operator sets by domain; that of the ONNX standard is called ''. */
  readonly opsets: ReadonlyMap<string, number>
  readonly nodes: readonly OnnxNode<B>[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** Weights and other numbers, by name. */
  readonly tensors: ReadonlyMap<string, OnnxTensor<B>>
  /** Names of ops that the file defines itself. */
  readonly functions: ReadonlySet<string>
  readonly metadata: ReadonlyMap<string, string>
  /** The file, and those beside it that hold tensors. */
  readonly sources: readonly B[]
}

/** Every tensor of a file, those in attributes of nodes too. */
export function tensorsOf<B extends Bytes>({ tensors, nodes }: OnnxFile<B>): readonly OnnxTensor<B>[] {
  return [...tensors.values(), ...nodes.flatMap(tensorsIn)]
}

function tensorsIn<B extends Bytes>({ attributes }: OnnxNode<B>): readonly OnnxTensor<B>[] {
  return [...attributes.values()].flatMap(value => {
    if (isTensor(value)) return [value as OnnxTensor<B>]
    return isBranch(value) ? [...value.tensors.values(), ...value.nodes.flatMap(node => tensorsIn<never>(node))] : []
  })
}

/** Numbers of fields in onnx.proto. */
const MODEL = { producer: 2, graph: 7, opset: 8, metadata: 14, functions: 25 } as const
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparseInitializer: 15 } as const
const FUNCTION = { name: 1 } as const

type Handlers = Readonly<Record<number, (field: Field) => Promise<void> | void>>

/**
 * Reads the structure of an ONNX file. `beside` opens a file that lies beside it, by its name, where tensors are stored apart.
 *
 * @throws ModelError naming the file, what was expected and what was found, whatever the bytes are
 */
export async function openOnnxFile<B extends Bytes>(bytes: B, beside?: Beside<B>): Promise<OnnxFile<B>> {
  try {
    return await structureOf(bytes, beside)
  } catch (error) {
    throw inFile(bytes.name, error)
  }
}

/** An error about a file as one that names it: of what else is thrown, damage is the cause. */
export function inFile(name: string, error: unknown): ModelError {
  const problem = error instanceof Error ? error.message : String(error)
  if (!(error instanceof ModelError))
    return new ModelError(`${name}: is damaged (${shown(problem)}); download or export the file again`)
  const own = problem.replace('[vitrine] [models] ', '')
  return own.startsWith(name) ? error : new ModelError(`${name}: ${own}`)
}

async function structureOf<B extends Bytes>(bytes: B, beside: Beside<B> | undefined): Promise<OnnxFile<B>> {
  const reader = messageReader(bytes)
  const stored = tensorReader(bytes, reader, beside)
  const message = ({ offset, length }: Field) => reader.part(offset, length)
  const text = async (field: Field) => shown(new TextDecoder().decode(await message(field)))

  const nodes: OnnxNode<B>[] = []
  const tensors = new Map<string, OnnxTensor<B>>()
  const inputs: OnnxValue[] = []
  const outputs: OnnxValue[] = []
  const inGraph: Handlers = {
    async [GRAPH.node](field) {
      if (nodes.length === LIMITS.nodes) throw new ModelError(`expected at most ${LIMITS.nodes} nodes`)
      nodes.push(await readNode(reader, stored, field))
    },
    async [GRAPH.initializer](field) {
      if (tensors.size === LIMITS.tensors) throw new ModelError(`expected at most ${LIMITS.tensors} tensors`)
      const tensor = await stored.read(field)
      if (tensors.has(tensor.name)) throw new ModelError(`tensor "${tensor.name}" is there twice`)
      tensors.set(tensor.name, tensor)
    },
    async [GRAPH.input](field) {
      inputs.push(described(fromBinary(ValueInfoProtoSchema, await message(field))))
    },
    async [GRAPH.output](field) {
      outputs.push(described(fromBinary(ValueInfoProtoSchema, await message(field))))
    },
    [GRAPH.sparseInitializer]() {
      throw new ModelError('sparse tensors are not read; export them dense')
    },
  }

  let [producer, graphs] = ['', 0]
  const opsets = new Map<string, number>()
  const functions = new Set<string>()
  const metadata = new Map<string, string>()
  const inModel: Handlers = {
    async [MODEL.producer](field) {
      producer = await text(field)
    },
    async [MODEL.opset](field) {
      const { domain, version } = fromBinary(OperatorSetIdProtoSchema, await message(field))
      opsets.set(domain === 'ai.onnx' ? '' : domain, Number(version))
    },
    async [MODEL.metadata](field) {
      const { key, value } = fromBinary(StringStringEntryProtoSchema, await message(field))
      metadata.set(key, value)
    },
    async [MODEL.functions]({ offset, length }) {
      for await (const field of reader.fields(offset, offset + length))
        if (field.number === FUNCTION.name && field.wire === 2) functions.add(await text(field))
    },
    async [MODEL.graph]({ offset, length }) {
      graphs++
      for await (const field of reader.fields(offset, offset + length))
        if (field.wire === 2) await inGraph[field.number]?.(field)
    },
  }

  for await (const field of reader.fields(0, bytes.size)) if (field.wire === 2) await inModel[field.number]?.(field)
  if (graphs !== 1 || nodes.length === 0)
    throw new ModelError(`expected an ONNX model with one graph, got ${graphs} graphs and ${nodes.length} nodes`)
  const sources = [bytes, ...stored.others()]
  return { name: bytes.name, producer, opsets, nodes, inputs, outputs, tensors, functions, metadata, sources }
}

function described({ name, type }: ValueInfoProto): OnnxValue {
  if (type?.value.case !== 'tensorType') return { name, type: 0, shape: undefined }
  const { elemType, shape } = type.value.value
  const sizes = shape?.dim.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : value.value || '?'))
  return { name, type: elemType, shape: sizes }
}
