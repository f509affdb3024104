import { createHash } from 'node:crypto'
import { fieldName, RecordError, shown } from './errors.ts'
import { firstForeign, isPlainObject, sortedEntries } from './json.ts'
import type { RecordHeader } from './schema.ts'

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

/** sha256 of the canonical JSON, in hexadecimal. */
export function hashJson(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

/** Every input that could change a record's numbers, and nothing else: no names, threads or machine. */
export function recordKey(header: Omit<RecordHeader, 'environment'>) {
  const { model, dataset, method, backend, protocol } = header
  return {
    model: { id: model.id, hash: model.hash },
    dataset: { id: dataset.id, hash: dataset.hash },
    method: { id: method.id, hash: method.hash },
    backend: { id: backend.id, engine: backend.engine, version: backend.version },
    protocol: { id: protocol.id, hash: protocol.hash },
    choices: choices(header),
  }
}

/** What a user chose, apart from the places a record belongs to; two choices are two files. */
export function choices({ dataset, method, thresholds, seed }: Omit<RecordHeader, 'environment'>) {
  const { images, slice, seed: datasetSeed } = dataset
  return { images, slice, datasetSeed, options: method.options, thresholds, seed }
}

/**
 * The identity of a record, the hash of its `recordKey`. Other weights, other code, another option: another id, so the
 * record is computed and never taken from an earlier run.
 */
export function recordId(header: Omit<RecordHeader, 'environment'>): string {
  return hashJson(recordKey(header))
}

/**
 * The identity of the group in which methods are compared: everything of a record's identity but the method and its options.
 */
export function groupKey(header: Omit<RecordHeader, 'environment'>): string {
  return hashJson({ ...recordKey(header), method: null, choices: { ...choices(header), options: null } })
}

/** Names the members of a group by their ids, in any order: one more, one fewer or one measured anew is another hash. */
export const groupHash = (ids: readonly string[]): string => hashJson([...ids].sort())

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (!isPlainObject(value)) return JSON.stringify(value)
  const entries = sortedEntries(value).filter(([, inner]) => inner !== undefined)
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${write(inner)}`).join(',')}}`
}
