import { checkRecord } from './check.ts'
import { type Json, sorted } from './json.ts'
import { toSixDigits } from './quantise.ts'
import { AGREEMENT_FORMAT, type Agreement, type BenchRecord } from './schema.ts'

/** How many numbers stand on one line of a file. The count is fixed, so that a changed number changes its own line only. */
const PER_LINE = 16

/**
 * The record as it is published: valid, fields in the fixed order, names sorted, and what was measured rounded to 6
 * significant digits. Integers (counts) and what was chosen (options, thresholds) stay exact. Publishing a
 * published record changes nothing.
 */
export function published(record: BenchRecord): BenchRecord {
  const { timing, environment, images, columns, relativeFlops, provenance, ...identity } = checkRecord(record)
  return {
    ...identity,
    relativeFlops: relativeFlops === null ? null : roundedNumber(relativeFlops),
    provenance,
    timing: timing && {
      ...timing,
      forward: timing.forward.map(roundedNumber),
      method: timing.method.map(roundedNumber),
    },
    environment,
    images: { ...images, probability: images.probability.map(roundedNumber) },
    columns: mapValues(columns, cells => cells.map(cell => sorted(cell, rounded))),
  }
}

/** The text of a record file: one field per line. A column has one list or map per line, or up to 16 numbers. */
export function recordText(record: BenchRecord): string {
  return `${layout(published(record), '')}\n`
}

/** The text of the file beside a record: its maps against those of other engines, rounded to 6 significant digits. */
export function agreementText(record: string, agreement: readonly Agreement[]): string {
  const roundedColumns = agreement.map(one => ({
    ...one,
    columns: mapValues(one.columns, values => values.map(value => (value === null ? null : roundedNumber(value)))),
  }))
  return `${layout({ format: AGREEMENT_FORMAT, record, agreement: roundedColumns }, '')}\n`
}

/** A record without what differs between two equal runs: its timing and its environment. */
export function withoutMeasurements(record: BenchRecord): Omit<BenchRecord, 'timing' | 'environment'> {
  const { timing: _, environment: __, ...rest } = record
  return rest
}

const mapValues = <A, B>(object: Readonly<Record<string, A>>, to: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, to(value)]))

function roundedNumber(value: number): number {
  return Number.isInteger(value) ? value : toSixDigits(value)
}

function rounded(value: Json): Json {
  return typeof value === 'number' ? roundedNumber(value) : value
}

function layout(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = `${indent}  `
  if (!Array.isArray(value)) {
    const lines = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => `${inner}${JSON.stringify(name)}: ${layout(field, inner)}`)
    return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`
  }
  const compound = value.some(item => typeof item === 'object' && item !== null)
  const perLine = compound ? 1 : PER_LINE
  if (value.length <= perLine && !compound) return JSON.stringify(value)
  const lines: string[] = []
  for (let i = 0; i < value.length; i += perLine) {
    lines.push(inner + JSON.stringify(value.slice(i, i + perLine)).slice(1, -1))
  }
  return `[\n${lines.join(',\n')}\n${indent}]`
}
