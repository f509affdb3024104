/**
 * Exported models: ONNX files as tensor programs with their inside open. Runs anywhere.
 * @module
 */
export { explainableModel } from './explainable-model.ts'
export { type OnnxFile, openOnnxFile } from './file.ts'
export { type ImportedGraph, type ImportOptions, importGraph } from './graph.ts'
export type { Asked } from './logits.ts'
export { type CheckReport, type Runners, selfCheck } from './self-check.ts'
export type { Structure } from './structure.ts'
export { weightsOf } from './weights.ts'
