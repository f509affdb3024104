/**
 * Records: what a sweep measured, kept image by image in SQLite while it runs and published as JSON files.
 *
 * @example
 * using store = openStore('out/records.sqlite')
 * const { id, done } = store.begin(header)
 * store.saveImages(rows.filter(row => !done.has(row.index)).map(row => ({ unit: id, ...row })))
 * store.finish(id, { summary: { 'predicted.iou': 0.41 }, counts: { flat: 0 }, cost: { forwardRows: 1 } })
 * publish(store, 'results')
 *
 * @module
 */
export { RecordError } from './errors.ts'
export {
  currentUnits,
  type Published,
  publish,
  readRecord,
  readRecords,
  rebuild,
  recordFile,
  recordFiles,
} from './files.ts'
export { canonicalJson, groupHash, groupKey, hashJson, recordId, recordKey } from './hash.ts'
export type { Json, JsonObject } from './json.ts'
export { published, recordText, withoutMeasurements } from './layout.ts'
export { decodeMap, type EncodedMap, encodeMap } from './quantise.ts'
export type { Cell, ImageRow } from './rows.ts'
export type {
  Agreement,
  BenchRecord,
  ImageColumns,
  RecordHeader,
  RecordStatus,
  Results,
  Standing,
  Timing,
} from './schema.ts'
export { openStore, type RecordFilter, type Store, type Unit } from './store.ts'
