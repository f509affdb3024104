/**
 * A record as data: its schema, its identity, its text, the maps inside. Runs in a browser.
 * @module
 */
export { checkAgreement, checkRecord } from './check.ts'
export { escapeControls, isPrintable, printable } from './controls.ts'
export { RecordError } from './errors.ts'
export {
  canonicalJson,
  choices,
  groupKey,
  hashJson,
  hashText,
  question,
  questionId,
  recordId,
  recordKey,
} from './hash.ts'
export type { Json, JsonObject } from './json.ts'
export { agreementJsonSchema, type JsonSchema, recordJsonSchema } from './json-schema.ts'
export { engineOf, isDouble, methodLabel, positionOf, readsTruth, sliceLabel } from './labels.ts'
export { agreementText, published, recordText, withoutMeasurements } from './layout.ts'
export { decodeMap, type EncodedMap, encodeMap } from './quantise.ts'
export {
  type Agreement,
  type AgreementFile,
  type BenchRecord,
  type CustomMetric,
  type DatasetSlice,
  FORMAT,
  type Identity,
  type ImageColumns,
  type RecordHeader,
  type RecordStatus,
  type Timing,
} from './schema.ts'
export { checkVerdict, type StoredVerdict, VERDICT_FORMAT } from './verdict.ts'
