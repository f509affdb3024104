import { isMainThread } from 'node:worker_threads'
import { BackendError } from '../errors.ts'

/** The variable that switches off the telemetry of ONNX Runtime, which reads it when it is loaded. */
const SWITCH = 'ORT_DISABLE_TELEMETRY'

/**
 * Loads onnxruntime-node without its telemetry. Unless it is switched off, it sends usage data with an id of the device, and leaves a
 * log in the folder for temporary files and a queue in the user's cache. Nothing else may load onnxruntime-node.
 *
 * @throws BackendError in a worker thread, whose `process.env` is a copy that ONNX Runtime does not see
 */
export function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  if (!isMainThread && process.env[SWITCH] === undefined)
    throw new BackendError(
      'onnx',
      `open: a worker thread cannot switch off the telemetry of onnxruntime-node; set ${SWITCH}=1 in the main thread before it starts the worker`,
    )
  process.env[SWITCH] ??= '1'
  return import('onnxruntime-node')
}
