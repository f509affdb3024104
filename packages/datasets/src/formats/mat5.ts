import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import { DatasetError } from '../errors.ts'

/** A variable: text, or numbers or structures in column-major order. */
export type MatValue = string | readonly number[] | readonly MatStruct[]

export type MatStruct = Readonly<Record<string, MatValue>>

const HEADER = 128

/** A file that says that it holds more than this is not read. */
const MOST_BYTES = 256 * 2 ** 20

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
  const bytes = readFileSync(file)
  if (bytes.toString('latin1', HEADER - 2, HEADER) !== 'IM')
    throw new DatasetError(file, 'expected a little-endian MAT file of version 5, as `save -v7` and scipy write it')
  try {
    const variables = elementsOf(bytes.subarray(HEADER)).map(({ type, data }) => {
      const [matrix] =
        type === COMPRESSED ? elementsOf(inflateSync(data, { maxOutputLength: MOST_BYTES })) : [{ type, data }]
      if (matrix?.type !== MATRIX) throw new RangeError(`expected an array, got data type ${matrix?.type}`)
      const { name, value } = readMatrix(matrix.data)
      return [name, value] as const
    })
    return new Map(variables)
  } catch (cause) {
    throw new DatasetError(file, `expected a whole MAT file: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
}

function elementsOf(bytes: Buffer): Element[] {
  const elements: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const word = bytes.readUInt32LE(at)
    // A small element has its size in the upper half of its first word, and its data in the second word.
    const small = word >>> 16
    const type = small > 0 ? word & 0xffff : word
    const size = small > 0 ? small : bytes.readUInt32LE(at + 4)
    const start = at + (small > 0 ? 4 : 8)
    if (start + size > bytes.length) throw new RangeError(`${size} bytes at ${start}, the data ends at ${bytes.length}`)
    elements.push({ type, data: bytes.subarray(start, start + size) })
    const padded = type === COMPRESSED ? size : Math.ceil(size / 8) * 8
    at += small > 0 ? 8 : 8 + padded
  }
  return elements
}

function readMatrix(data: Buffer): { name: string; value: MatValue } {
  const [flags, dimensions, name, ...contents] = elementsOf(data)
  // An array without anything in it may be stored without anything about it.
  if (!flags) return { name: '', value: [] }
  const count = numbersOf(dimensions).reduce((product, length) => product * length, 1)
  return { name: name?.data.toString('latin1') ?? '', value: contentsOf(flags.data.readUInt8(0), count, contents) }
}

function contentsOf(kind: number, count: number, contents: readonly Element[]): MatValue {
  if (kind === CHAR) return textOf(contents[0])
  if (kind >= FIRST_NUMERIC) return numbersOf(contents[0])
  if (kind !== STRUCT) throw new RangeError(`an array of class ${kind}, which is neither text, numbers nor structures`)
  const [nameLength, names, ...values] = contents
  const fields = names?.data.toString('latin1').match(new RegExp(`[^]{${numbersOf(nameLength)[0] ?? 1}}`, 'g')) ?? []
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(
      fields.map((field, f) => [
        field.replace(/\0.*/s, ''),
        readMatrix(values[i * fields.length + f]?.data ?? Buffer.alloc(0)).value,
      ]),
    ),
  )
}

function numbersOf(element: Element | undefined): number[] {
  if (!element) return []
  const stored = numbers[element.type]
  if (!stored) throw new RangeError(`numbers of data type ${element.type}`)
  return Array.from({ length: element.data.length / stored.bytes }, (_, i) => stored.at(element.data, i * stored.bytes))
}

const textOf = (element: Element | undefined): string =>
  element?.type === UTF8 ? element.data.toString('utf8') : String.fromCharCode(...numbersOf(element))
