import { closeSync, openSync, writeFileSync } from 'node:fs'
import { sizeOf } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import { bytesOf, fileSize, readRange, type StoredTensor, type TensorFile, tensorFile } from './tensor-file.ts'

// The format's own limit, which keeps a damaged length from becoming an allocation.
const HEADER_LIMIT = 100_000_000

/**
 * Opens a safetensors file: 8 bytes of header length, a JSON header, then the arrays. Throws a ModelError that names the file
 * and what is wrong with it.
 */
export function openSafetensors(path: string): TensorFile {
  const fail = (problem: string): never => {
    throw new ModelError(`${path}: ${problem}`)
  }
  const size = fileSize(path)
  if (size < 8) fail(`expected a safetensors file, got ${size} bytes`)
  const length = Number(new DataView(readRange({ path, offset: 0, length: 8 })).getBigUint64(0, true))
  if (length > Math.min(size - 8, HEADER_LIMIT)) fail(`header length ${length} does not fit a file of ${size} bytes`)
  const text = new TextDecoder().decode(readRange({ path, offset: 8, length }))
  const data: DataSection = { path, start: 8 + length, size: size - 8 - length }
  return tensorFile(
    path,
    new Map(
      Object.entries(parseHeader(text, fail))
        .filter(([name]) => name !== '__metadata__')
        .map(([name, value]) => [name, parseEntry(name, value, data, fail)]),
    ),
  )
}

interface DataSection {
  readonly path: string
  readonly start: number
  readonly size: number
}

function parseHeader(text: string, fail: (problem: string) => never): object {
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    return fail('expected a JSON header')
  }
  return typeof header === 'object' && header !== null ? header : fail('expected a JSON header that is an object')
}

function parseEntry(name: string, value: unknown, data: DataSection, fail: (problem: string) => never): StoredTensor {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every(n => Number.isSafeInteger(n) && n >= 0)
  if (typeof dtype !== 'string' || !whole(shape) || !whole(offsets) || offsets.length !== 2)
    return fail(`${name}: expected dtype, shape and data_offsets, got ${JSON.stringify(value)}`)
  const [start = 0, end = 0] = offsets
  const element = bytesOf(dtype)
  if (end < start || end > data.size || (element !== undefined && end - start !== element * sizeOf(shape)))
    return fail(
      `${name}: bytes ${start} to ${end} do not hold ${dtype} [${shape.join(', ')}] in ${data.size} bytes of data`,
    )
  return { dtype, shape, path: data.path, offset: data.start + start, length: end - start }
}

/** Writes float32 arrays as a safetensors file, one at a time: `read` is called once for each name. */
export function writeSafetensors(
  path: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  read: (name: string) => Float32Array,
): void {
  let end = 0
  const header = Object.fromEntries(
    [...shapes].map(([name, shape]) => {
      const start = end
      end += 4 * sizeOf(shape)
      return [name, { dtype: 'F32', shape, data_offsets: [start, end] }]
    }),
  )
  const text = Buffer.from(JSON.stringify(header).padEnd(Math.ceil(JSON.stringify(header).length / 8) * 8))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  const file = openSync(path, 'w')
  try {
    writeFileSync(file, length)
    writeFileSync(file, text)
    for (const name of shapes.keys()) writeFileSync(file, read(name))
  } finally {
    closeSync(file)
  }
}
