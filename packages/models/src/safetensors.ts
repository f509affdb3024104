import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fstatSync, openSync, readSync, writeFileSync } from 'node:fs'
import { ModelError } from './errors.ts'

/** Where a tensor lies in a file: `length` bytes from byte `offset`. */
export interface ByteRange {
  readonly path: string
  readonly offset: number
  readonly length: number
}

/** Named arrays in a file, read a range at a time; nothing is kept in memory. */
export interface TensorFile {
  readonly path: string
  readonly names: readonly string[]
  shape(name: string): readonly number[]
  dtype(name: string): string
  /** Where the raw little-endian numbers lie. */
  range(name: string): ByteRange
  /** The numbers as float32 (an F64 file loses precision, U8 and others are converted). */
  read(name: string): Float32Array<ArrayBuffer>
}

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly start: number
  readonly end: number
}

const DTYPES: Readonly<Record<string, { bytes: number; view: (buffer: ArrayBuffer) => ArrayLike<number> }>> = {
  F32: { bytes: 4, view: buffer => new Float32Array(buffer) },
  F64: { bytes: 8, view: buffer => new Float64Array(buffer) },
  I32: { bytes: 4, view: buffer => new Int32Array(buffer) },
  U8: { bytes: 1, view: buffer => new Uint8Array(buffer) },
}

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
  const { entries, dataStart } = readHeader(path, fail)
  const entry = (name: string): Entry =>
    entries.get(name) ?? fail(`no tensor "${name}"; it has ${[...entries.keys()].slice(0, 5).join(', ')}, …`)
  return {
    path,
    names: [...entries.keys()],
    shape: name => entry(name).shape,
    dtype: name => entry(name).dtype,
    range: name => ({ path, offset: dataStart + entry(name).start, length: entry(name).end - entry(name).start }),
    read(name) {
      const { dtype, start, end } = entry(name)
      const type = DTYPES[dtype] ?? fail(`${name}: expected ${Object.keys(DTYPES).join(', ')}, got ${dtype}`)
      const bytes = readRange(path, dataStart + start, end - start)
      return dtype === 'F32' ? new Float32Array(bytes) : Float32Array.from(type.view(bytes))
    },
  }
}

function readHeader(
  path: string,
  fail: (problem: string) => never,
): { entries: Map<string, Entry>; dataStart: number } {
  const file = openFile(path)
  const size = fstatSync(file).size
  closeSync(file)
  if (size < 8) fail(`expected a safetensors file, got ${size} bytes`)
  const length = Number(new DataView(readRange(path, 0, 8)).getBigUint64(0, true))
  if (length > Math.min(size - 8, HEADER_LIMIT)) fail(`header length ${length} does not fit a file of ${size} bytes`)
  const text = new TextDecoder().decode(readRange(path, 8, length))
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    fail('expected a JSON header')
  }
  const dataStart = 8 + length
  const entries = new Map<string, Entry>()
  for (const [name, value] of Object.entries(header as Record<string, unknown>)) {
    if (name === '__metadata__') continue
    entries.set(name, parseEntry(name, value, size - dataStart, fail))
  }
  return { entries, dataStart }
}

function parseEntry(name: string, value: unknown, limit: number, fail: (problem: string) => never): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every(n => Number.isSafeInteger(n) && n >= 0)
  if (typeof dtype !== 'string' || !whole(shape) || !whole(offsets) || offsets.length !== 2)
    return fail(`${name}: expected dtype, shape and data_offsets, got ${JSON.stringify(value)}`)
  const [start = 0, end = 0] = offsets
  const bytes = shape.reduce((product, n) => product * n, DTYPES[dtype]?.bytes ?? 0)
  if (end < start || end > limit || (dtype in DTYPES && end - start !== bytes))
    return fail(
      `${name}: bytes ${start} to ${end} do not hold ${dtype} [${shape.join(', ')}] in ${limit} bytes of data`,
    )
  return { dtype, shape, start, end }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw new ModelError(`${path}: cannot be opened (${error instanceof Error ? error.message : error})`)
  }
}

function readRange(path: string, offset: number, length: number): ArrayBuffer {
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
      end += 4 * shape.reduce((product, n) => product * n, 1)
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
