/** Where an exported model lies in a folder or a repository, as Optimum and transformers.js have it. */
export const EXPORTED_FILES: readonly string[] = ['model.onnx', 'onnx/model.onnx']
