import { expectSoundColumns } from '@vitrine/measure'
import { type BenchRecord, readRecord } from '@vitrine/records'

/**
 * The record in a file.
 *
 * @throws {RecordError} if it is damaged or foreign, or numbers cannot be computed from its columns
 */
export function soundRecord(file: string): BenchRecord {
  const record = readRecord(file)
  expectSoundColumns(record, file)
  return record
}
