import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs'
import { sizeOf } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'

/** Where a tensor lies in a file: `length` bytes from byte `offset`. */
export interface ByteRange {
  readonly path: string
  readonly offset: number
  readonly length: number
}

/** Named arrays, read when they are asked for; nothing is kept in memory. */
export interface TensorFile {
  /** The file, for messages; of a checkpoint in several files, the one that names the others. */
  readonly path: string
  /** The files that hold the arrays. */
  readonly files: readonly string[]
  readonly names: readonly string[]
  shape(name: string): readonly number[]
  dtype(name: string): string
  /** Where the numbers lie as little-endian float32 in row-major order; undefined where they do not. */
  location(name: string): ByteRange | undefined
  /** The numbers as float32 in row-major order (an F64 array loses precision). */
  read(name: string): Float32Array<ArrayBuffer>
}

/** An array in a file. `strides` are in elements; row-major if absent. */
export interface StoredTensor extends ByteRange {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly strides?: readonly number[]
}

interface DType {
  readonly bytes: number
  readonly decode: (buffer: ArrayBuffer) => Float32Array<ArrayBuffer>
}

const DTYPES: Readonly<Record<string, DType>> = {
  F64: { bytes: 8, decode: buffer => new Float32Array(new Float64Array(buffer)) },
  F32: { bytes: 4, decode: buffer => new Float32Array(buffer) },
  F16: { bytes: 2, decode: buffer => new Float32Array(new Float16Array(buffer)) },
  BF16: {
    bytes: 2,
    decode: buffer => new Float32Array(Uint32Array.from(new Uint16Array(buffer), x => x << 16).buffer),
  },
  I64: { bytes: 8, decode: buffer => Float32Array.from(new BigInt64Array(buffer), Number) },
  I32: { bytes: 4, decode: buffer => new Float32Array(new Int32Array(buffer)) },
  I16: { bytes: 2, decode: buffer => new Float32Array(new Int16Array(buffer)) },
  I8: { bytes: 1, decode: buffer => new Float32Array(new Int8Array(buffer)) },
  U8: { bytes: 1, decode: buffer => new Float32Array(new Uint8Array(buffer)) },
  BOOL: { bytes: 1, decode: buffer => new Float32Array(new Uint8Array(buffer)) },
}

/** Bytes of one element; undefined for a type that cannot be read. */
export const bytesOf = (dtype: string): number | undefined => DTYPES[dtype]?.bytes

/** The arrays of a checkpoint, each at its place in a file. */
export function tensorFile(path: string, tensors: ReadonlyMap<string, StoredTensor>): TensorFile {
  const find = (name: string): StoredTensor => {
    const found = tensors.get(name)
    if (!found) throw new ModelError(`${path}: no tensor "${name}"; it has ${firstFew([...tensors.keys()])}`)
    return found
  }
  return {
    path,
    files: [path],
    names: [...tensors.keys()],
    shape: name => find(name).shape,
    dtype: name => find(name).dtype,
    location(name) {
      const { dtype, strides, path, offset, length } = find(name)
      return dtype === 'F32' && strides === undefined ? { path, offset, length } : undefined
    },
    read(name) {
      const { dtype, shape, strides, ...range } = find(name)
      const type = DTYPES[dtype]
      if (!type) throw new ModelError(`${path}: ${name}: expected ${Object.keys(DTYPES).join(', ')}, got ${dtype}`)
      const numbers = type.decode(readRange(range))
      return strides ? inRowOrder(numbers, shape, strides) : numbers
    },
  }
}

/** The elements of a strided view, in row-major order. */
function inRowOrder(
  numbers: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(sizeOf(shape))
  const index = shape.map(() => 0)
  let at = 0
  for (let i = 0; i < out.length; i++) {
    out[i] = numbers[at] ?? 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1
      const [size = 1, stride = 0] = [shape[axis], strides[axis]]
      at += stride
      if (next < size) {
        index[axis] = next
        break
      }
      index[axis] = 0
      at -= size * stride
    }
  }
  return out
}

/** The first names of a list, for messages. */
export function firstFew(names: readonly string[], count = 5): string {
  return names.length > count ? `${names.slice(0, count).join(', ')}, … (${names.length})` : names.join(', ') || 'none'
}

export function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw new ModelError(`${path}: cannot be opened (${error instanceof Error ? error.message : error})`)
  }
}

export function fileSize(path: string): number {
  const file = openFile(path)
  try {
    return fstatSync(file).size
  } finally {
    closeSync(file)
  }
}

/** Bytes of a file; a ModelError where the file ends before them. */
export function readRange({ path, offset, length }: ByteRange): ArrayBuffer {
  const file = openFile(path)
  try {
    const bytes = new Uint8Array(length)
    let done = 0
    while (done < length) {
      const count = readSync(file, bytes, done, length - done, offset + done)
      if (count === 0) throw new ModelError(`${path}: ends at byte ${offset + done}, expected ${offset + length}`)
      done += count
    }
    return bytes.buffer
  } finally {
    closeSync(file)
  }
}

/** SHA-256 of a file's bytes, as hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}
