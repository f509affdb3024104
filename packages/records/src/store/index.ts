/**
 * The store of a running sweep and the published files. Needs SQLite and files: Node.js only.
 * @module
 */
export type { OpenOptions } from './database.ts'
export {
  agreementFile,
  currentUnits,
  fileHash,
  isRecordFile,
  type Published,
  publish,
  readAgreement,
  readRecord,
  readRecords,
  readVerdict,
  rebuild,
  recordFile,
  recordFiles,
  verdictFile,
  writeVerdict,
} from './files.ts'
export type { Cell, ImageRow } from './rows.ts'
export { type BegunUnit, openStore, type RecordFilter, type Store, type Unit } from './store.ts'
export { upgradeStore } from './upgrade.ts'
