import { z } from 'zod'
import { fieldName, RecordError, shown } from './errors.ts'
import { recordId } from './hash.ts'
import { DEEPEST, firstForeign, isDeeperThan, isPrintableJson, type Json } from './json.ts'
import { type AgreementFile, agreementFileSchema, type BenchRecord, FORMAT, recordSchema } from './schema.ts'

/** `value` as the schema reads it, or a `RecordError` for the first field at fault. */
export function check<S extends z.ZodType>(schema: S, value: unknown, file?: string): z.infer<S> {
  if (isDeeperThan(value, DEEPEST)) {
    const expected = `lists and objects at most ${DEEPEST} deep in each other`
    throw new RecordError({ file, field: 'the whole', expected, found: 'more' })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  if (!issue) throw parsed.error
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path
  const found = shown(at(value, path))
  throw new RecordError({ file, field: fieldName(path) || 'the whole', expected: expectation(issue), found })
}

/**
 * `value` as a record with its fields in the fixed order. Beyond the schema: the id fits the contents, the columns are as
 * long as the list of images, each holds values of one kind, and an `ok` record is complete.
 */
export function checkRecord(value: unknown, file?: string): BenchRecord {
  expectThisFormat(value, file)
  const record = check(recordSchema, value, file)
  const fault = firstFault(record)
  if (fault) throw new RecordError({ file, ...fault })
  return record
}

/** A record of an earlier format is not damaged: it can be carried over. */
function expectThisFormat(value: unknown, file: string | undefined): void {
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined
  if (typeof format !== 'string' || format === FORMAT || !format.startsWith('vitrine-record/')) return
  const remedy = '`npx -y pnpm@12 vitrine migrate FOLDER` carries records of the first format over without measuring'
  throw new RecordError({ file, field: 'format', expected: `"${FORMAT}"`, found: shown(format), remedy })
}

/** `value` as the file that lies beside a record and says how far its maps are from those of other engines. */
export function checkAgreement(value: unknown, file?: string): AgreementFile {
  return check(agreementFileSchema, value, file)
}

type Found = { field: string; expected: string; found: string }

function firstFault(record: BenchRecord): Found | undefined {
  const { status, reason, images, columns } = record
  const length = images.index.length
  if ((status === 'ok') !== (reason === null)) {
    const expected = status === 'ok' ? 'null, as the status is ok' : `a reason, as the status is ${status}`
    return { field: 'reason', expected, found: shown(reason) }
  }
  const id = recordId(record)
  if (record.id !== id) return { field: 'id', expected: `${id}, the hash of the fields it covers`, found: record.id }
  for (const [name, values] of Object.entries(images)) {
    if (values.length !== length) return wrongLength(['images', name], length, values.length)
  }
  if (status === 'ok' && length !== record.dataset.images) {
    return wrongLength(['images', 'index'], record.dataset.images, length)
  }
  const misplaced = images.index.findIndex((index, i) => i > 0 && index <= (images.index[i - 1] ?? 0))
  if (misplaced !== -1 || (images.index.at(-1) ?? 0) >= record.dataset.images) {
    const at = misplaced === -1 ? length - 1 : misplaced
    const expected = `ascending positions below ${record.dataset.images}`
    return { field: `images.index[${at}]`, expected, found: shown(images.index[at]) }
  }
  for (const [name, values] of Object.entries(columns)) {
    if (values.length !== length) return wrongLength(['columns', name], length, values.length)
    const fault = name.startsWith('map.') ? firstBadMap(name, values) : firstOddCell(name, values)
    if (fault) return fault
  }
  return undefined
}

function firstOddCell(name: string, values: Json[]): Found | undefined {
  let kind: string | undefined
  for (const [i, value] of values.entries()) {
    if (value === null) continue
    const foreign = firstForeign(value)
    if (foreign) {
      const field = fieldName(['columns', name, i, ...foreign.path])
      return { field, expected: 'a finite number or other JSON value', found: shown(foreign.value) }
    }
    if (!isPrintableJson(value)) {
      const field = fieldName(['columns', name, i])
      return { field, expected: 'text without control characters', found: shown(value) }
    }
    kind ??= kindOf(value)
    if (kindOf(value) !== kind) {
      return { field: fieldName(['columns', name, i]), expected: `a ${kind} or null`, found: shown(value) }
    }
  }
  return undefined
}

const mapSchema = z.strictObject({
  rows: z.int().min(1),
  columns: z.int().min(1),
  min: z.number(),
  max: z.number(),
  data: z.base64(),
})

function firstBadMap(name: string, values: Json[]): Found | undefined {
  for (const [i, value] of values.entries()) {
    if (value === null) continue
    const field = fieldName(['columns', name, i])
    const parsed = mapSchema.safeParse(value)
    if (!parsed.success)
      return { field, expected: 'a map of rows, columns, min, max and base64 data', found: shown(value) }
    const { rows, columns, data } = parsed.data
    const bytes = (data.length / 4) * 3 - (data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0)
    if (bytes !== rows * columns) {
      return {
        field: `${field}.data`,
        expected: `${rows} x ${columns} = ${rows * columns} bytes`,
        found: String(bytes),
      }
    }
  }
  return undefined
}

function wrongLength(path: PropertyKey[], expected: number, found: number): Found {
  return { field: fieldName(path), expected: `${expected} values, one per image`, found: String(found) }
}

function kindOf(value: Json): string {
  return Array.isArray(value) ? 'list' : typeof value
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return (
        ({ record: 'object', array: 'list', int: 'integer' } as Record<string, string>)[issue.expected] ??
        issue.expected
      )
    case 'invalid_value':
      return issue.values.map(shown).join(' or ')
    case 'unrecognized_keys':
      return 'no such field'
    case 'invalid_key':
      return 'a name without control characters'
    case 'too_small':
      return issue.origin === 'string' ? 'a text that is not empty' : `a number of at least ${issue.minimum}`
    default:
      return issue.message
  }
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<PropertyKey, unknown> | undefined)?.[step], value)
}
