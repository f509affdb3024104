/**
 * Tensor programs on ONNX Runtime, whichever is handed in: this face loads no engine and runs in Node.js and in a browser.
 * @module
 */
import type { Backend } from '../backend.ts'
import { backendOf } from '../backend-of.ts'
import { requirePrecision } from '../registry.ts'
import { providerOf } from './engines.ts'
import { openSession, type SessionSettings } from './session.ts'

export type { OnnxEngine } from './engines.ts'
export { type OnnxFile, type OnnxFileOptions, onnxFile } from './file.ts'
export { besideForeign, type ForeignFile, type ForeignSession, foreignSession } from './foreign.ts'
export type { MapFile } from './mapped.ts'
export type { OnnxRuntime } from './session.ts'

export interface OnnxOptions extends SessionSettings {
  /** The version of the library, for records. */
  readonly version: string
}

/**
 * A backend on an ONNX Runtime that is loaded already. `openOnnxNode` and `openOnnxWeb` load or set up theirs.
 *
 * @throws PrecisionError where the engine computes in float32 only
 *
 * @example
 * import * as runtime from 'onnxruntime-web'
 * const backend = onnxBackend({ runtime, version: runtime.env.versions.web ?? '', engine: 'wasm', threads: 1 })
 */
export function onnxBackend({ version, ...settings }: OnnxOptions): Backend {
  const { engine, threads, precision = 'single' } = settings
  requirePrecision('onnx', engine, precision)
  return backendOf({
    id: 'onnx',
    engine,
    version,
    threads,
    capabilities: providerOf(engine).capabilities,
    compile: (program, weights) => openSession(program, weights, settings),
  })
}
