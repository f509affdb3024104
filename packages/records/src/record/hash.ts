import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { fieldName, RecordError, shown } from './errors.ts'
import { firstForeign, isPlainObject, sortedEntries } from './json.ts'
import { isDouble } from './labels.ts'
import type { Identity } from './schema.ts'

/**
 * JSON with sorted names and no white space, so equal values have equal texts. Properties that are `undefined` are left
 * out; what JSON cannot hold (`NaN`, a typed array, a function) is a `RecordError` naming the place.
 *
 * @example
 * canonicalJson({ b: 1, a: [true, null] })         // {"a":[true,null],"b":1}
 */
export function canonicalJson(value: unknown): string {
  const foreign = firstForeign(value)
  if (foreign) {
    throw new RecordError({
      field: fieldName(foreign.path) || 'value',
      expected: 'a finite number or other JSON value',
      found: shown(foreign.value),
    })
  }
  return write(value)
}

/** sha256 of a text, in hexadecimal. */
export const hashText = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)))

/** sha256 of the canonical JSON, in hexadecimal. */
export const hashJson = (value: unknown): string => hashText(canonicalJson(value))

/** What a record asks: everything that a user chose, and nothing about the code that answers. */
export function question(header: Identity) {
  const { model, dataset, method, backend, protocol } = header
  return {
    model: { id: model.id, hash: model.hash },
    dataset: { id: dataset.id, hash: dataset.hash },
    method: { id: method.id },
    // Maps in double precision answer another question; those in float32 say nothing of it.
    backend: {
      ...{ id: backend.id, engine: backend.engine, version: backend.version },
      ...(isDouble(header) && { precision: 'double' }),
    },
    protocol: protocol.choices,
    choices: choices(header),
  }
}

/** What a user chose other than model, dataset, method, engine and protocol. Records that differ in it lie in files of their own. */
export function choices({ dataset, method, thresholds, seed, target }: Identity) {
  const { images, slice, seed: datasetSeed } = dataset
  return { images, slice, datasetSeed, options: method.options, thresholds, seed, target }
}

/**
 * What a record's id covers: the question, the version of the method and the versions of the groups of columns. A method that declares no
 * version is known by the hash of its code. Names, threads and the machine are not covered.
 */
export function recordKey(header: Identity) {
  const { version, code } = header.method
  const asked = question(header)
  return {
    ...asked,
    method: { ...asked.method, ...(version === null ? { code } : { version }) },
    versions: header.versions,
  }
}

/** The hash of the `recordKey`: another question, or a raised version, is another id. */
export const recordId = (header: Identity): string => hashJson(recordKey(header))

/** The hash of a record's question: the same for all versions of the code that answers it. */
export const questionId = (header: Identity): string => hashJson(question(header))

/** The identity of the group in which methods are compared: everything of a record's identity but the method and its options. */
export function groupKey(header: Identity): string {
  return hashJson({ ...recordKey(header), method: null, choices: { ...choices(header), options: null } })
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (!isPlainObject(value)) return JSON.stringify(value)
  const entries = sortedEntries(value).filter(([, inner]) => inner !== undefined)
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${write(inner)}`).join(',')}}`
}
