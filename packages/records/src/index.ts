/**
 * Records: what a sweep measured, kept image by image in SQLite while it runs and published as JSON files.
 *
 * @example
 * using store = openStore('out/records.sqlite')
 * const { id, done } = store.begin(header)
 * store.saveImages(rows.filter(row => !done.has(row.index)).map(row => ({ unit: id, ...row })))
 * store.finish(id)
 * publish(store, 'results')
 *
 * @module
 */
export * from './record/index.ts'
export type { OpenOptions } from './store/database.ts'
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
} from './store/files.ts'
export type { Cell, ImageRow } from './store/rows.ts'
export { type BegunUnit, openStore, type RecordFilter, type Store, type Unit } from './store/store.ts'
export { upgradeStore } from './store/upgrade.ts'
