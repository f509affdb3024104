import type { Backend, Precision } from '@vitrine/backends/core'
import { type OnnxWebRuntime, openOnnxWeb } from '@vitrine/backends/onnx-web'
import webGpuBinary from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url'
import plainModule from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url'
import plainBinary from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url'
import * as plain from 'onnxruntime-web/wasm'
import type { EngineWish } from './messages.ts'

// ONNX Runtime as a browser can have it. The build with WebGPU is one more, which is loaded where there is a use for it: it is larger,
// and has no double precision.

export interface Engines {
  /** The build for the processor. */
  readonly runtime: OnnxWebRuntime
  readonly threads: number
  wasm(precision?: Precision): Backend
  /** Loads the build with WebGPU. */
  webgpu(): Promise<Backend>
  /** Why WebGPU is not tried, in words that follow "not WebGPU: "; `undefined` where it can be. */
  readonly refused: string | undefined
}

/** More threads than these gain little on models that fit in a page. */
const MOST_THREADS = 4

/** @param bytesOf loads a file of the site */
export async function loadEngines(
  wish: EngineWish,
  bytesOf: (url: string) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Engines> {
  const [refused, binary] = await Promise.all([webGpuRefusal(wish), bytesOf(plainBinary)])
  // Threads share memory, which a browser gives to pages that are isolated from other origins.
  const threads = crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MOST_THREADS) : 1
  setUp(plain, binary)
  // Without this address, each thread would load the whole worker that this is part of.
  if (threads > 1) plain.env.wasm.wasmPaths = { mjs: new URL(plainModule, location.href).href }
  return {
    runtime: plain,
    threads,
    wasm: precision => openOnnxWeb(plain, { threads, ...(precision && { precision }) }),
    async webgpu() {
      const [runtime, own] = await Promise.all([import('onnxruntime-web/jspi'), bytesOf(webGpuBinary)])
      setUp(runtime, own)
      return openOnnxWeb(runtime, { engine: 'webgpu', threads: 1 })
    },
    refused,
  }
}

function setUp({ env }: typeof plain, binary: Uint8Array<ArrayBuffer>): void {
  env.logLevel = 'error'
  env.wasm.wasmBinary = binary.buffer
}

async function webGpuRefusal(wish: EngineWish): Promise<string | undefined> {
  if (wish === 'wasm') return 'WebAssembly was chosen'
  if (!navigator.gpu) return isSecureContext ? 'this browser has none' : 'browsers give it to pages from https alone'
  if (!('Suspending' in WebAssembly))
    return 'the engine waits for it by JavaScript Promise Integration, which this browser lacks'
  const adapter = await navigator.gpu.requestAdapter().catch(() => null)
  if (!adapter) return 'this browser gives no adapter for it'
  if (wish === 'fastest' && adapter.info.isFallbackAdapter) return 'this browser computes it on the processor'
  return undefined
}
