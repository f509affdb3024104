import { closeSync, openSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { WeightLocation } from '@vitrine/tensor'
import { sizeOf } from '@vitrine/tensor'
import { arrayOf, asItLies, type Checkpoint, readArraySync } from '../checkpoint/checkpoint.ts'
import type { Numbers } from '../checkpoint/dtypes.ts'
import { isNpy, openNpySync } from '../checkpoint/npy.ts'
import { openSafetensorsSync } from '../checkpoint/safetensors.ts'
import { type FileBytes, fileBytes } from './file-bytes.ts'

/** Named arrays of files, read when they are asked for; nothing is kept in memory. */
export interface TensorFile {
  /** The file, for messages; of a checkpoint in several files, the one that names the others. */
  readonly path: string
  /** The files that hold the arrays. */
  readonly files: readonly string[]
  readonly names: readonly string[]
  shape(name: string): readonly number[]
  dtype(name: string): string
  /** Where the numbers lie as little-endian float32 in row-major order; undefined where they do not. */
  location(name: string): WeightLocation | undefined
  /** The numbers as float32 in row-major order (an F64 array loses precision). */
  read(name: string): Numbers
}

/** The arrays of a checkpoint in files, to be read without waiting. */
export function tensorFile(checkpoint: Checkpoint<FileBytes>): TensorFile {
  const find = (name: string) => arrayOf(checkpoint, name)
  return {
    path: checkpoint.name,
    files: checkpoint.sources.map(({ path }) => path),
    names: [...checkpoint.arrays.keys()],
    shape: name => find(name).shape,
    dtype: name => find(name).parts[0]?.dtype ?? '',
    location(name) {
      const part = asItLies(find(name))
      return part && { path: part.bytes.path, offset: part.offset, length: part.length }
    },
    read: name => readArraySync(find(name)),
  }
}

/** Opens a safetensors file. Throws a ModelError that names the file and what is wrong with it. */
export const openSafetensors = (path: string): TensorFile => tensorFile(openSafetensorsSync(fileBytes(path)))

/** Opens a safetensors file, or the array of a `.npy` file, which has the name of its file. Throws a ModelError as `openSafetensors` does. */
export function openArrays(path: string): TensorFile {
  const bytes = fileBytes(path)
  return tensorFile(isNpy(bytes) ? openNpySync(bytes, basename(path, '.npy')) : openSafetensorsSync(bytes))
}

/** Products of matrices are faster where rows begin at multiples of the widest registers and of cache lines, in bytes. */
const ALIGNMENT = 64

/**
 * Writes float32 arrays as a safetensors file, one at a time: `read` is called once for each name. The format allows no gaps between
 * arrays, so those that would put others out of alignment come last.
 *
 * @param metadata what the file says of itself, by name
 */
export function writeSafetensors(
  path: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  read: (name: string) => Float32Array,
  metadata: Readonly<Record<string, string>> = {},
): void {
  let end = 0
  const ordered = [...shapes].toSorted(([, a], [, b]) => Number(leavesOdd(a)) - Number(leavesOdd(b)))
  const arrays = Object.fromEntries(
    ordered.map(([name, shape]) => {
      const start = end
      end += 4 * sizeOf(shape)
      return [name, { dtype: 'F32', shape, data_offsets: [start, end] }]
    }),
  )
  const header = { ...(Object.keys(metadata).length > 0 && { __metadata__: metadata }), ...arrays }
  const length = Buffer.alloc(8)
  const json = Buffer.from(JSON.stringify(header))
  const text = Buffer.alloc(Math.ceil((length.length + json.length) / ALIGNMENT) * ALIGNMENT - length.length, ' ')
  json.copy(text)
  length.writeBigUInt64LE(BigInt(text.length))
  const file = openSync(path, 'w')
  try {
    writeFileSync(file, length)
    writeFileSync(file, text)
    for (const [name] of ordered) writeFileSync(file, read(name))
  } finally {
    closeSync(file)
  }
}

const leavesOdd = (shape: readonly number[]): boolean => (4 * sizeOf(shape)) % ALIGNMENT !== 0
