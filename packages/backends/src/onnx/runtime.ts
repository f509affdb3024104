/**
 * Loads onnxruntime-node, without its telemetry: unless told otherwise it sends usage data with an id of the device, and leaves a log
 * in the folder for temporary files and a queue in the user's cache. It reads the variable when it is loaded, so nothing else may load
 * it.
 */
export function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  process.env.ORT_DISABLE_TELEMETRY ??= '1'
  return import('onnxruntime-node')
}
