import type { Shape } from '@vitrine/tensor'
import { sizeOf } from '@vitrine/tensor'
import type { Bytes } from '../checkpoint/bytes.ts'
import { type CheckpointArray, stored } from '../checkpoint/checkpoint.ts'
import { ModelError } from '../errors.ts'

/** What the numbers of a tensor are for: to compute with, or to count with. */
export type Kind = 'float' | 'int' | 'bool'

interface ElementType {
  readonly name: string
  /** Absent for types that are not read. */
  readonly kind?: Kind
  /** Of one element. */
  readonly bytes?: number
  readonly decode?: (buffer: ArrayBuffer) => ArrayLike<number>
  /** The name of a checkpoint's element type that is the same. */
  readonly checkpoint?: string
}

const widen = (half: Uint16Array): Float32Array => new Float32Array(Uint32Array.from(half, x => x << 16).buffer)

/** The element types of ONNX by their numbers in `TensorProto.DataType`; bytes are little-endian. */
const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  1: { name: 'float32', kind: 'float', bytes: 4, decode: b => new Float32Array(b), checkpoint: 'F32' },
  2: { name: 'uint8', kind: 'int', bytes: 1, decode: b => new Uint8Array(b) },
  3: { name: 'int8', kind: 'int', bytes: 1, decode: b => new Int8Array(b) },
  4: { name: 'uint16', kind: 'int', bytes: 2, decode: b => new Uint16Array(b) },
  5: { name: 'int16', kind: 'int', bytes: 2, decode: b => new Int16Array(b) },
  6: { name: 'int32', kind: 'int', bytes: 4, decode: b => new Int32Array(b) },
  7: { name: 'int64', kind: 'int', bytes: 8, decode: b => Float64Array.from(new BigInt64Array(b), Number) },
  8: { name: 'string' },
  9: { name: 'bool', kind: 'bool', bytes: 1, decode: b => new Uint8Array(b) },
  10: { name: 'float16', kind: 'float', bytes: 2, decode: b => new Float16Array(b), checkpoint: 'F16' },
  11: { name: 'float64', kind: 'float', bytes: 8, decode: b => new Float64Array(b), checkpoint: 'F64' },
  12: { name: 'uint32', kind: 'int', bytes: 4, decode: b => new Uint32Array(b) },
  13: { name: 'uint64', kind: 'int', bytes: 8, decode: b => Float64Array.from(new BigUint64Array(b), Number) },
  14: { name: 'complex64' },
  15: { name: 'complex128' },
  16: { name: 'bfloat16', kind: 'float', bytes: 2, decode: b => widen(new Uint16Array(b)), checkpoint: 'BF16' },
  17: { name: 'float8 (e4m3fn)' },
  18: { name: 'float8 (e4m3fnuz)' },
  19: { name: 'float8 (e5m2)' },
  20: { name: 'float8 (e5m2fnuz)' },
  21: { name: 'uint4' },
  22: { name: 'int4' },
  23: { name: 'float4' },
}

/** An element type by its number. */
export const elementType = (type: number): ElementType => ELEMENT_TYPES[type] ?? { name: `type ${type}` }

/** Where the bytes of a tensor lie. */
export interface Place<B extends Bytes = Bytes> {
  readonly bytes: B
  readonly offset: number
  readonly length: number
}

/** Numbers that a file has by name. They stay where they lie; only those that its messages spell out one by one are in memory. */
export interface OnnxTensor<B extends Bytes = Bytes> {
  readonly name: string
  readonly shape: Shape
  /** See `elementType`. */
  readonly type: number
  readonly data: Place<B> | ArrayLike<number>
}

/** Whether a value, such as an attribute, is a tensor. */
export const isTensor = (value: unknown): value is OnnxTensor =>
  typeof value === 'object' && value !== null && 'data' in value

const isPlace = <B extends Bytes>(data: OnnxTensor<B>['data']): data is Place<B> => 'bytes' in data

/** Throws for a type that cannot be read, and where the bytes are not as many as the shape says. */
export function checkTensor({ name, shape, type, data }: OnnxTensor): void {
  const element = elementType(type)
  if (element.bytes === undefined) return
  const count = sizeOf(shape)
  const [expected, found, unit] = isPlace(data)
    ? [count * element.bytes, data.length, 'bytes']
    : [count, data.length, 'numbers']
  if (expected !== found)
    throw new ModelError(
      `"${name}": expected ${expected} ${unit} for ${element.name} [${shape.join(', ')}], got ${found}`,
    )
}

/** The numbers of a tensor. */
export async function readTensor({ name, type, data }: OnnxTensor): Promise<Float64Array> {
  const { decode } = elementType(type)
  if (!isPlace(data)) return Float64Array.from(data)
  if (!decode) throw unreadable(name, type)
  return Float64Array.from(decode((await data.bytes.read(data.offset, data.length)).buffer))
}

export const unreadable = (name: string, type: number): ModelError =>
  new ModelError(
    `"${name}" has elements of ${elementType(type).name}: only float and integer types are read. Of a quantised model, explain the float model`,
  )

/** A tensor of floats as an array of a checkpoint, to be read or mapped when a program needs it. */
export function asArray<B extends Bytes>({ name, shape, type, data }: OnnxTensor<B>): CheckpointArray<B> {
  if (!isPlace(data)) return { shape, parts: [], make: () => Float32Array.from(data) }
  const { checkpoint } = elementType(type)
  if (checkpoint === undefined) throw unreadable(name, type)
  return stored({ ...data, dtype: checkpoint, shape })
}
