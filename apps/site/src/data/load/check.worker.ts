import { RecordError, readRecord } from '@vitrine/records'

/** The first of the record files that is damaged or foreign. */
export default (files: readonly string[]): string | undefined => files.find(file => !isRecord(file))

function isRecord(file: string): boolean {
  try {
    readRecord(file)
    return true
  } catch (error) {
    if (error instanceof RecordError) return false
    throw error
  }
}
