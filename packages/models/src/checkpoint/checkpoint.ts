import { sizeOf } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import type { Bytes, SyncBytes } from './bytes.ts'
import { dtypeOf, dtypes, type Numbers } from './dtypes.ts'

/** Where the numbers of an array lie. */
export interface StoredArray<B extends Bytes = Bytes> {
  readonly bytes: B
  readonly offset: number
  /** In bytes. */
  readonly length: number
  readonly dtype: string
  readonly shape: readonly number[]
  /** In elements; row-major if absent. */
  readonly strides?: readonly number[]
}

/** An array of a checkpoint: places in files, and what is made of the numbers there. Nothing is read until `readArray`. */
export interface CheckpointArray<B extends Bytes = Bytes> {
  readonly shape: readonly number[]
  readonly parts: readonly StoredArray<B>[]
  /** What becomes of the numbers of the parts; if absent, the array is its one part as it is. */
  readonly make?: (parts: readonly Numbers[]) => Numbers
}

/** Named arrays at places in files. */
export interface Checkpoint<B extends Bytes = Bytes> {
  /** The file, for messages; of a checkpoint in several files, the one that names the others. */
  readonly name: string
  /** The files that hold the arrays. */
  readonly sources: readonly B[]
  readonly arrays: ReadonlyMap<string, CheckpointArray<B>>
  /** What the file says of itself in words, by name. */
  readonly metadata?: ReadonlyMap<string, string>
  /** Whether it is an archive of TorchScript, with code beside its arrays. */
  readonly isScripted?: boolean
}

/** An array that lies in a file as it is. */
export const stored = <B extends Bytes>(part: StoredArray<B>): CheckpointArray<B> => ({
  shape: part.shape,
  parts: [part],
})

/** An array made from others. */
export function derived<B extends Bytes>(
  from: readonly CheckpointArray<B>[],
  shape: readonly number[],
  make: (arrays: readonly Numbers[]) => Numbers,
): CheckpointArray<B> {
  return {
    shape,
    parts: from.flatMap(array => array.parts),
    make(parts) {
      let at = 0
      return make(
        from.map(array => {
          const own = parts.slice(at, at + array.parts.length)
          at += own.length
          return assemble(array, own)
        }),
      )
    },
  }
}

/** The numbers of an array as float32 in row-major order. */
export const readArray = async (array: CheckpointArray): Promise<Numbers> =>
  assemble(
    array,
    await Promise.all(
      array.parts.map(async part => decode(part, (await part.bytes.read(part.offset, part.length)).buffer)),
    ),
  )

/** The same without waiting. */
export const readArraySync = (array: CheckpointArray<SyncBytes>): Numbers =>
  assemble(
    array,
    array.parts.map(part => decode(part, part.bytes.readSync(part.offset, part.length).buffer)),
  )

/**
 * The part of an array that is little-endian float32 in row-major order and begins at a multiple of four bytes, as engines read it;
 * undefined where there is none.
 */
export function asItLies<B extends Bytes>({ parts, make }: CheckpointArray<B>): StoredArray<B> | undefined {
  const [part] = parts
  return !make && part?.dtype === 'F32' && part.strides === undefined && part.offset % 4 === 0 ? part : undefined
}

function assemble({ shape, make, parts: places }: CheckpointArray, parts: readonly Numbers[]): Numbers {
  const [only] = parts
  if (!make && only) return only
  const made = make?.(parts)
  if (made?.length === sizeOf(shape)) return made
  const files = [...new Set(places.map(part => part.bytes.name))].join(', ')
  throw new ModelError(`${files}: expected ${sizeOf(shape)} numbers for [${shape.join(', ')}], got ${made?.length}`)
}

function decode({ bytes, dtype, shape, strides }: StoredArray, buffer: ArrayBuffer): Numbers {
  const type = dtypeOf(dtype)
  if (!type) throw new ModelError(`${bytes.name}: expected numbers of ${dtypes.join(', ')}, got ${dtype}`)
  const numbers = type.decode(buffer)
  return strides ? inRowOrder(numbers, shape, strides) : numbers
}

/** The elements of a strided view, in row-major order. */
function inRowOrder(numbers: Numbers, shape: readonly number[], strides: readonly number[]): Numbers {
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

/** An array of a checkpoint by its name. */
export function arrayOf<B extends Bytes>({ name, arrays }: Checkpoint<B>, wanted: string): CheckpointArray<B> {
  const found = arrays.get(wanted)
  if (!found) throw new ModelError(`${name}: no tensor "${wanted}"; it has ${firstFew([...arrays.keys()])}`)
  return found
}

/** The first names of a list, for messages. */
export function firstFew(names: readonly string[], count = 5): string {
  const few = names.slice(0, count).map(name => (name.length > 100 ? `${name.slice(0, 100)}…` : name))
  return names.length > count ? `${few.join(', ')}, … (${names.length})` : few.join(', ') || 'none'
}
