import { sizeOf } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import type { Bytes, SyncBytes } from './bytes.ts'
import { type Checkpoint, type StoredArray, stored } from './checkpoint.ts'
import { dtypeOf, dtypes } from './dtypes.ts'
import { shown } from './shown.ts'

// Below the format's own limit, which takes seconds to parse: a hundred times the header of the largest Vision Transformers.
const HEADER_LIMIT = 8 * 2 ** 20

/**
 * Opens a safetensors file: 8 bytes of header length, a JSON header, then the arrays, which must cover the rest of the file one after
 * another (https://huggingface.co/docs/safetensors, "Format").
 *
 * @throws ModelError naming the file and what is wrong with it
 */
export async function openSafetensors<B extends Bytes>(bytes: B): Promise<Checkpoint<B>> {
  const length = headerLength(bytes, bytes.size < 8 ? new Uint8Array() : await bytes.read(0, 8))
  return parse(bytes, await bytes.read(8, length))
}

/** The same without waiting. */
export function openSafetensorsSync<B extends SyncBytes>(bytes: B): Checkpoint<B> {
  const length = headerLength(bytes, bytes.size < 8 ? new Uint8Array() : bytes.readSync(0, 8))
  return parse(bytes, bytes.readSync(8, length))
}

function headerLength({ name, size }: Bytes, start: Uint8Array<ArrayBuffer>): number {
  if (start.length < 8) throw new ModelError(`${name}: expected a safetensors file, got ${size} bytes`)
  const length = Number(new DataView(start.buffer).getBigUint64(0, true))
  if (length > Math.min(size - 8, HEADER_LIMIT))
    throw new ModelError(`${name}: header length ${length} does not fit a file of ${size} bytes; download it again`)
  return length
}

function parse<B extends Bytes>(bytes: B, headerBytes: Uint8Array): Checkpoint<B> {
  const fail = (problem: string): never => {
    throw new ModelError(`${bytes.name}: ${problem}`)
  }
  const header = parseHeader(new TextDecoder().decode(headerBytes), fail)
  const start = 8 + headerBytes.length
  const entries = [...header]
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => [name, parseEntry(name, value, bytes, start, fail)] as const)
  checkCover(entries, start, bytes.size, fail)
  return {
    name: bytes.name,
    sources: [bytes],
    arrays: new Map(entries.map(([name, array]) => [name, stored(array)])),
    metadata: metadataIn(header.get('__metadata__')),
  }
}

/** Texts by name; whatever else stands there is no part of the format. */
function metadataIn(value: unknown): ReadonlyMap<string, string> {
  if (typeof value !== 'object' || value === null) return new Map()
  return new Map(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function parseHeader(text: string, fail: (problem: string) => never): Map<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    return fail('expected a JSON header')
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    return fail('expected a JSON header that is an object')
  const twice = repeatedKey(text)
  return twice === undefined
    ? new Map(Object.entries(header))
    : fail(`the header names ${shown(twice)} twice; save the model again`)
}

/** A key that an object in valid JSON has twice at its top level: JSON.parse keeps the last one without a word. */
function repeatedKey(json: string): string | undefined {
  const seen = new Set<string>()
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const character = json[at]
    if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    else if (character === '"') {
      const start = at++
      while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1
      // At the top level a string is a key: a value that is a string is refused as an entry.
      if (depth !== 1) continue
      const key: string = JSON.parse(json.slice(start, at + 1))
      if (seen.has(key)) return key
      seen.add(key)
    }
  }
  return undefined
}

function parseEntry<B extends Bytes>(
  name: string,
  value: unknown,
  bytes: B,
  dataStart: number,
  fail: (problem: string) => never,
): StoredArray<B> {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.length <= 16 && list.every(n => Number.isSafeInteger(n) && n >= 0)
  if (typeof dtype !== 'string' || !whole(shape) || !whole(offsets) || offsets.length !== 2)
    return fail(`${shown(name)}: expected dtype, shape and data_offsets, got ${shown(value)}`)
  const [start = 0, end = 0] = offsets
  const element = dtypeOf(dtype)?.bytes
  if (element === undefined)
    return fail(`${shown(name)}: expected ${dtypes.join(', ')}, got ${shown(dtype)}; save it in another type`)
  const available = bytes.size - dataStart
  if (end < start || end > available || end - start !== element * sizeOf(shape))
    return fail(
      `${shown(name)}: bytes ${start} to ${end} do not hold ${shown(dtype)} [${shape.join(', ')}] in ${available} bytes of data`,
    )
  return { bytes, dtype, shape, offset: dataStart + start, length: end - start }
}

/** The arrays must follow each other without overlap, and nothing may lie between or behind them. */
function checkCover(
  entries: readonly (readonly [string, StoredArray])[],
  start: number,
  size: number,
  fail: (problem: string) => never,
): void {
  let [end, before] = [start, 'the header']
  for (const [name, { offset, length }] of entries.toSorted(
    ([, a], [, b]) => a.offset - b.offset || a.length - b.length,
  )) {
    if (offset < end) fail(`${shown(name)} and ${before} overlap in the file; save the model again`)
    if (offset > end) fail(`${offset - end} bytes before ${shown(name)} belong to no tensor; save the model again`)
    ;[end, before] = [offset + length, shown(name)]
  }
  if (end !== size) fail(`${size - end} bytes behind ${before} belong to no tensor; download the file again`)
}
