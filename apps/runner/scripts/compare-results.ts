// Compares two folders of records value by value: every column, image, timing sample and map of another engine. For a migration: measurements must be
// the same to the last stored digit, whatever the format.
//
//     node apps/runner/scripts/compare-results.ts BEFORE AFTER
//
// Prints what differs; exit code 1 if anything does.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json, JsonObject } from '@vitrine/records'

/** What two folders have in common and what they differ in. */
export interface Comparison {
  readonly records: number
  readonly values: number
  readonly differences: readonly string[]
}

/** The measurements of a record of any format, by name. */
function measurementsOf(dir: string, file: string): Record<string, Json> {
  const record: JsonObject = JSON.parse(readFileSync(join(dir, file), 'utf8'))
  const beside = join(dir, file.replace(/\.json$/, '.agreement.json'))
  const agreement = record.agreement ?? (existsSync(beside) ? JSON.parse(readFileSync(beside, 'utf8')).agreement : [])
  const { relativeFlops = (record.cost as JsonObject | undefined)?.relativeFlops ?? null } = record
  const columns = record.columns as JsonObject
  const found: Record<string, Json> = {
    status: record.status ?? null,
    reason: record.reason ?? null,
    timing: record.timing ?? null,
    // A method whose passes are counted has a column of them; its mean is no measurement.
    ...(columns.cost === undefined && { relativeFlops }),
  }
  for (const [name, values] of Object.entries(record.images as JsonObject)) found[`images.${name}`] = values
  for (const [name, values] of Object.entries(columns)) found[`columns.${name}`] = values
  for (const [i, one] of (agreement as JsonObject[]).entries())
    for (const [name, values] of Object.entries(one.columns as JsonObject))
      if (name.startsWith('map.')) found[`agreement.${i}.${String(one.engine)}.${name}`] = values
  return found
}

const recordsIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.json') && !path.endsWith('.agreement.json'))
    .sort()

const countOf = (value: Json | undefined): number =>
  Array.isArray(value) ? value.reduce<number>((n, v) => n + countOf(v), 0) : 1

/** Compares every measurement of two folders of records. */
export function compareResults(before: string, after: string): Comparison {
  const [old, present] = [recordsIn(before), recordsIn(after)]
  const differences = [
    ...old.filter(file => !present.includes(file)).map(file => `${file}: only before`),
    ...present.filter(file => !old.includes(file)).map(file => `${file}: only after`),
  ]
  let values = 0
  const common = old.filter(file => present.includes(file))
  for (const file of common) {
    const [a, b] = [measurementsOf(before, file), measurementsOf(after, file)]
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      values += countOf(a[name])
      if (JSON.stringify(a[name]) !== JSON.stringify(b[name])) differences.push(`${file}: ${name}`)
    }
  }
  return { records: common.length, values, differences }
}

if (import.meta.main) {
  const [, , before, after] = process.argv
  if (before === undefined || after === undefined) {
    process.stderr.write('expected two folders: node apps/runner/scripts/compare-results.ts BEFORE AFTER\n')
    process.exit(2)
  }
  const { records, values, differences } = compareResults(before, after)
  process.stdout.write(`${records} records, ${values} values compared, ${differences.length} differ\n`)
  for (const one of differences.slice(0, 20)) process.stdout.write(`  ${one}\n`)
  process.exitCode = differences.length === 0 ? 0 : 1
}
