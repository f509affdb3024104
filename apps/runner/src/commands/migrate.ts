import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  agreementFile,
  agreementText,
  type BenchRecord,
  recordFile,
  recordFiles,
  recordText,
  upgradeStore,
} from '@vitrine/records'
import type { Command } from 'commander'
import { fromHere, UsageError } from '../cli/arguments.ts'
import { print } from '../cli/terminal.ts'
import { carryAgreementOver, carryHeaderOver, carryRecordOver } from '../migrate/first-format.ts'

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .argument('<path>', 'a folder of records such as results, or a store such as out/vitrine.sqlite')
    .addHelpText(
      'after',
      `
Measurements stay as they are to the last digit; each record keeps its former id under "previously". Of a folder, either every
record is carried over or nothing is changed.

Examples:
  npx -y pnpm@12 vitrine migrate results
  npx -y pnpm@12 vitrine migrate out/vitrine.sqlite`,
    )
    .action((path: string) => {
      process.exitCode = migrate(path)
    })
}

/** Carries a folder of records or a store over. Returns the exit code. */
export function migrate(path: string): number {
  const place = fromHere(path)
  const kind = statSync(place, { throwIfNoEntry: false })
  if (!kind) throw new UsageError(`${path}: expected a folder of records or a store; there is no such file`)
  const count = kind.isDirectory()
    ? migrateFolder(place)
    : upgradeStore(place, header => carryHeaderOver(header, place))
  print(`${count} records of the first format in ${path} were carried over`)
  return 0
}

interface Carried {
  readonly file: string
  readonly value: unknown
  readonly record: BenchRecord
}

function migrateFolder(dir: string): number {
  const carried = recordFiles(dir).flatMap((file): Carried[] => {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined
    return format === 'vitrine-record/1' ? [{ file, value, record: carryRecordOver(value, file) }] : []
  })
  const renamed = new Map(carried.flatMap(({ record }) => record.previously.map(old => [old, record.id] as const)))
  for (const { file, value, record } of carried) {
    const place = join(dir, recordFile(record))
    writeFileSync(place, recordText(record))
    if (place !== file) rmSync(file)
    const agreement = carryAgreementOver(value, renamed)
    if (agreement.length > 0) writeFileSync(agreementFile(place), agreementText(record.id, agreement))
  }
  return carried.length
}
