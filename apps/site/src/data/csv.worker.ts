import { recordCsv } from './csv.ts'
import { wholeRecord } from './whole-record.ts'

/** The CSV of a record's file. */
export default (file: string): string => recordCsv(wholeRecord(file))
