import { copyFileSync, writeFileSync } from 'node:fs'
import { wholeRecord } from '../load/whole-record.ts'
import { recordCsv } from './csv.ts'
import type { FromRecord } from './files.ts'

/** Writes downloads of records. */
export default (downloads: readonly (FromRecord & { readonly to: string })[]): void => {
  for (const { record, as, to } of downloads) {
    if (as === 'json') copyFileSync(record, to)
    else writeFileSync(to, recordCsv(wholeRecord(record)))
  }
}
