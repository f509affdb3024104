/**
 * Tensor programs on onnxruntime-web, which the page hands in.
 * @module
 */
import type { Env } from 'onnxruntime-common'
import type { Backend, BackendOptions } from '../backend.ts'
import { type OnnxRuntime, onnxBackend } from './index.ts'

/** onnxruntime-web, or one of its smaller builds such as `onnxruntime-web/wasm`. */
export interface OnnxWebRuntime extends OnnxRuntime {
  readonly env: Pick<Env, 'versions' | 'wasm'>
}

export interface OnnxWebOptions extends BackendOptions {
  /** `wasm` if absent. `webgpu` needs a browser that has it. */
  readonly engine?: 'wasm' | 'webgpu'
}

/**
 * ONNX Runtime in a browser, or its WebAssembly build in Node.js. The page says where the WebAssembly files are
 * (`ort.env.wasm.wasmPaths`). onnxruntime-web starts its threads with the first session of the page, so their number cannot change
 * later; more than one needs a page that is isolated from other origins.
 *
 * @throws PrecisionError
 *
 * @example
 * import * as ort from 'onnxruntime-web/wasm'
 * const backend = openOnnxWeb(ort, { threads: 1 })
 */
export function openOnnxWeb(
  ort: OnnxWebRuntime,
  { engine = 'wasm', threads = ort.env.wasm.numThreads ?? 1, precision }: OnnxWebOptions = {},
): Backend {
  ort.env.wasm.numThreads = threads
  return onnxBackend({ runtime: ort, version: ort.env.versions.web ?? 'unknown', engine, threads, precision })
}
