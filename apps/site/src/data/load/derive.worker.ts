import { type Intervals, intervalsOfRecord, type Results, resultsOf } from '@vitrine/measure'
import { RecordError } from '@vitrine/records'
import { soundRecord } from './sound-record.ts'

/** What follows from a record's columns; `null` for a file that is damaged or foreign. */
export type Derived = (Results & { readonly intervals: Intervals }) | null

/** Checks record files, and computes what follows from their columns. */
export default (files: readonly string[]): Derived[] => files.map(derive)

function derive(file: string): Derived {
  try {
    const record = soundRecord(file)
    return { ...resultsOf(record), intervals: intervalsOfRecord(record) }
  } catch (error) {
    if (error instanceof RecordError) return null
    throw error
  }
}
