import type { Bytes } from '../checkpoint/bytes.ts'
import { ModelError } from '../errors.ts'

/** A field of a Protocol Buffers message: where its value lies, and the value itself where it is a number. */
export interface Field {
  readonly number: number
  /** 0 a number, 1 eight bytes, 2 some bytes, 5 four bytes. */
  readonly wire: 0 | 1 | 2 | 5
  /** Of wire type 0; 0 otherwise. */
  readonly value: number
  readonly offset: number
  readonly length: number
}

const READ_AT_ONCE = 1 << 16
/** The largest message that is read whole. Tensors are larger, and never read here. */
const LARGEST_PART = 8 * 2 ** 20

/**
 * Reads the structure of a Protocol Buffers file field by field, so that what is large is skipped and stays in the file
 * (https://protobuf.dev/programming-guides/encoding).
 */
export interface MessageReader {
  /** The fields of the message at `[start, end)`. */
  fields(start: number, end: number): AsyncGenerator<Field, void>
  /** Some bytes, valid until the next call. Throws a ModelError for more than 8 MiB. */
  part(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>
  /** Numbers that follow each other without tags. */
  varints(offset: number, length: number): Promise<number[]>
}

export function messageReader(bytes: Bytes): MessageReader {
  let [window, start] = [new Uint8Array(), 0]

  const fail = (at: number, problem: string): never => {
    throw new ModelError(`${bytes.name}: byte ${at}: ${problem}; download or export the file again`)
  }
  const load = async (offset: number, length: number): Promise<void> => {
    if (offset + length > bytes.size)
      fail(offset, `ends at byte ${bytes.size}, expected ${offset + length}: cut off, or no ONNX file`)
    window = await bytes.read(offset, Math.min(Math.max(length, READ_AT_ONCE), bytes.size - offset))
    start = offset
  }
  const holds = (offset: number, length: number): boolean => offset >= start && offset + length <= start + window.length

  async function part(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (length > LARGEST_PART) fail(offset, `expected at most ${LARGEST_PART} bytes beside tensors, got ${length}`)
    if (!holds(offset, length)) await load(offset, length)
    return window.subarray(offset - start, offset - start + length)
  }

  /** A number and the offset behind it. Negative numbers are written as 64 bits. */
  async function varint(offset: number): Promise<readonly [value: number, end: number]> {
    let value = 0n
    for (let i = 0; i < 10; i++) {
      const at = offset + i
      if (!holds(at, 1)) await load(at, 1)
      const byte = window[at - start] ?? 0
      // The first four groups of seven bits fit a number, which is much faster than a bigint.
      if (byte < 128 && i < 4) return [Number(value) + byte * 2 ** (7 * i), at + 1]
      value |= BigInt(byte & 127) << BigInt(7 * i)
      if (byte < 128) return [Number(BigInt.asIntN(64, value)), at + 1]
    }
    return fail(offset, 'a number of more than ten bytes')
  }

  async function* fields(from: number, end: number): AsyncGenerator<Field, void> {
    let at = from
    while (at < end) {
      const [tag, offset] = await varint(at)
      const [number, wire] = [Math.floor(tag / 8), tag % 8]
      if (number < 1) fail(at, `expected a field of Protocol Buffers, got ${tag}`)
      if (wire === 0) {
        const [value, next] = await varint(offset)
        at = next
        yield { number, wire, value, offset, length: next - offset }
      } else if (wire === 2) {
        const [length, data] = await varint(offset)
        if (length < 0 || data + length > end) fail(data, `a field of ${length} bytes passes the end of its message`)
        at = data + length
        yield { number, wire, value: 0, offset: data, length }
      } else if (wire === 1 || wire === 5) {
        const length = wire === 1 ? 8 : 4
        at = offset + length
        yield { number, wire, value: 0, offset, length }
      } else fail(at, `expected a field of Protocol Buffers, got wire type ${wire}`)
      if (at > end) fail(at, 'a field passes the end of its message')
    }
  }

  return {
    fields,
    part,
    async varints(offset, length) {
      const numbers: number[] = []
      for (let at = offset; at < offset + length; ) {
        const [value, next] = await varint(at)
        numbers.push(value)
        at = next
      }
      return numbers
    },
  }
}
