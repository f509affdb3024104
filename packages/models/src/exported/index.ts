/**
 * Exported models (ONNX) as models that can be run and explained: what a graph computes, and what is said beside it. Runs anywhere.
 * @module
 */
export { type AddedHead, linearHead, textHead } from '../checkpoint/added-head.ts'
export { type ExportedBytes, exportedFromBytes } from './from-bytes.ts'
export { type CheckExport, type ExportedFiles, type UnderstoodExport, understandExport } from './understand.ts'
