import { readRecord } from '@vitrine/records'

/** Checks record files; the first that is damaged or foreign is an error with its name and the field at fault. */
export default (files: readonly string[]): void => {
  for (const file of files) readRecord(file)
}
