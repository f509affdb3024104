/**
 * Exported models: ONNX files as tensor programs. Runs anywhere.
 * @module
 */
export { type OnnxFile, openOnnxFile } from './file.ts'
