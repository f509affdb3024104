import { inflateSync } from 'node:zlib'
import { DatasetError } from '../errors.ts'
import { problemOf } from '../printable.ts'
import { mebibytes, readBytesSync } from './file.ts'

/** A variable: text, or numbers or structures in column-major order. */
export type MatValue = string | readonly number[] | readonly MatStruct[]

export type MatStruct = Readonly<Record<string, MatValue>>

const HEADER = 128

/** Most bytes of all variables together after they are inflated. The development kit's file has 3 MiB. */
export const MOST_BYTES = 16 * 2 ** 20

/** Most elements of all variables together: each costs memory, even one of no bytes. The development kit's file has 70,000. */
export const MOST_ELEMENTS = 500_000

/** What a file may still cost. */
interface Budget {
  bytes: number
  elements: number
}

/** Data types of elements; "MAT-File Format" (The MathWorks), table 1-1. */
const COMPRESSED = 15
const MATRIX = 14

/** How numbers of a data type are stored. */
const numbers: Readonly<
  Record<number, { readonly bytes: number; readonly at: (data: Buffer, offset: number) => number }>
> = {
  1: { bytes: 1, at: (data, offset) => data.readInt8(offset) },
  2: { bytes: 1, at: (data, offset) => data.readUInt8(offset) },
  3: { bytes: 2, at: (data, offset) => data.readInt16LE(offset) },
  4: { bytes: 2, at: (data, offset) => data.readUInt16LE(offset) },
  5: { bytes: 4, at: (data, offset) => data.readInt32LE(offset) },
  6: { bytes: 4, at: (data, offset) => data.readUInt32LE(offset) },
  7: { bytes: 4, at: (data, offset) => data.readFloatLE(offset) },
  9: { bytes: 8, at: (data, offset) => data.readDoubleLE(offset) },
  12: { bytes: 8, at: (data, offset) => Number(data.readBigInt64LE(offset)) },
  13: { bytes: 8, at: (data, offset) => Number(data.readBigUInt64LE(offset)) },
  17: { bytes: 2, at: (data, offset) => data.readUInt16LE(offset) },
}
const UTF8 = 16

/** Classes of arrays; the same document, table 1-3. Those of numbers go from double (6) to uint64 (15). */
const STRUCT = 2
const CHAR = 4
const FIRST_NUMERIC = 6

interface Element {
  readonly type: number
  readonly data: Buffer
}

/**
 * The variables of a MAT file of version 5, little-endian: text, real numbers and structures of these. No reader of this format with a
 * permissive licence is kept, and the development kit of ILSVRC 2012 names its classes in nothing else.
 *
 * @throws {DatasetError} for what is no such file, is cut short, or holds an array of another class
 */
export function readMat5(file: string): ReadonlyMap<string, MatValue> {
  const bytes = readBytesSync(file, 'matlab')
  if (bytes.toString('latin1', HEADER - 2, HEADER) !== 'IM')
    throw new DatasetError(file, 'expected a little-endian MAT file of version 5, as `save -v7` and scipy write it')
  const budget: Budget = { bytes: MOST_BYTES, elements: MOST_ELEMENTS }
  try {
    const variables = elementsOf(bytes.subarray(HEADER), budget).map(({ type, data }) => {
      const [matrix] = type === COMPRESSED ? elementsOf(inflate(data, budget), budget) : [{ type, data }]
      if (matrix?.type !== MATRIX) throw new RangeError(`expected an array, got data type ${matrix?.type}`)
      const { name, value } = readMatrix(matrix.data, budget)
      return [name, value] as const
    })
    return new Map(variables)
  } catch (cause) {
    throw new DatasetError(file, `expected a whole MAT file: ${problemOf(cause)}`, { cause })
  }
}

function inflate(data: Buffer, budget: Budget): Buffer {
  try {
    const inflated = inflateSync(data, { maxOutputLength: budget.bytes })
    budget.bytes -= inflated.length
    return inflated
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')) throw error
    throw new RangeError(`expected at most ${mebibytes(MOST_BYTES)} of variables`)
  }
}

function elementsOf(bytes: Buffer, budget: Budget): Element[] {
  const elements: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const word = bytes.readUInt32LE(at)
    // A small element has its size in the upper half of its first word, and its data in the second word.
    const small = word >>> 16
    const type = small > 0 ? word & 0xffff : word
    const size = small > 0 ? small : bytes.readUInt32LE(at + 4)
    const start = at + (small > 0 ? 4 : 8)
    if (start + size > bytes.length) throw new RangeError(`${size} bytes at ${start}, the data ends at ${bytes.length}`)
    if (budget.elements-- === 0) throw new RangeError(`expected at most ${MOST_ELEMENTS.toLocaleString('en')} elements`)
    elements.push({ type, data: bytes.subarray(start, start + size) })
    const padded = type === COMPRESSED ? size : Math.ceil(size / 8) * 8
    at += small > 0 ? 8 : 8 + padded
  }
  return elements
}

function readMatrix(data: Buffer, budget: Budget): { name: string; value: MatValue } {
  const [flags, dimensions, name, ...contents] = elementsOf(data, budget)
  // An array without anything in it may be stored without anything about it.
  if (!flags) return { name: '', value: [] }
  const count = numbersOf(dimensions).reduce((product, length) => product * length, 1)
  return {
    name: name?.data.toString('latin1') ?? '',
    value: contentsOf(flags.data.readUInt8(0), count, contents, budget),
  }
}

function contentsOf(kind: number, count: number, contents: readonly Element[], budget: Budget): MatValue {
  if (kind === CHAR) return textOf(contents[0])
  if (kind >= FIRST_NUMERIC) return numbersOf(contents[0])
  if (kind !== STRUCT) throw new RangeError(`an array of class ${kind}, which is neither text, numbers nor structures`)
  const [nameLength, names, ...values] = contents
  const fields = fieldNames(names?.data.toString('latin1') ?? '', numbersOf(nameLength)[0] ?? 0)
  if (!(count * fields.length <= values.length))
    throw new RangeError(`${values.length} values for ${count} structures of ${fields.length} fields`)
  return Array.from({ length: fields.length === 0 ? 0 : count }, (_, i) =>
    Object.fromEntries(
      fields.map((field, f) => [
        field,
        readMatrix(values[i * fields.length + f]?.data ?? Buffer.alloc(0), budget).value,
      ]),
    ),
  )
}

/** Names of the fields of a structure: pieces of one length, each ended by a zero. */
function fieldNames(text: string, length: number): string[] {
  if (!(length >= 1)) throw new RangeError(`names of fields with ${length} letters`)
  return Array.from({ length: Math.floor(text.length / length) }, (_, f) =>
    text.slice(f * length, (f + 1) * length).replace(/\0.*/s, ''),
  )
}

function numbersOf(element: Element | undefined): number[] {
  if (!element) return []
  const stored = numbers[element.type]
  if (!stored) throw new RangeError(`numbers of data type ${element.type}`)
  return Array.from({ length: Math.floor(element.data.length / stored.bytes) }, (_, i) =>
    stored.at(element.data, i * stored.bytes),
  )
}

const textOf = (element: Element | undefined): string =>
  element?.type === UTF8
    ? element.data.toString('utf8')
    : numbersOf(element)
        .map(code => String.fromCharCode(code))
        .join('')
