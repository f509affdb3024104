/**
 * Tensor programs on the engines of TensorFlow.js that run in Node.js and in a browser.
 * @module
 */
import type { Backend, BackendOptions } from '../backend.ts'
import { requirePrecision } from '../registry.ts'
import type { PortableEngine } from './engines.ts'
import { backendOn, type Loaded, start } from './loaded.ts'
import { portable } from './portable.ts'

export type { PortableEngine } from './engines.ts'

const loaders: { readonly [E in PortableEngine]: () => Promise<Loaded> } = {
  async wasm() {
    const { getThreadsCount } = await import('@tensorflow/tfjs-backend-wasm')
    const { wasm } = await import('./wasm.ts')
    await start('wasm')
    return { name: 'wasm', arithmetic: wasm, threads: getThreadsCount() }
  },
  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu')
    await start('cpu')
    return { name: 'cpu', arithmetic: portable, threads: 1 }
  },
}

/**
 * TensorFlow.js in WebAssembly or plain JavaScript. A page says where the WebAssembly files are with `setWasmPaths` of
 * @tensorflow/tfjs-backend-wasm.
 *
 * The engine in use is a global of TensorFlow.js. Each run sets its own and awaits nothing before it has its results, so several
 * backends may be open in one process; other code that uses TensorFlow.js must set its engine again after a run. `dispose`
 * frees tensors; the engine itself, and the heap that it has claimed, stay until the process ends.
 *
 * @throws PrecisionError
 *
 * @example
 * const backend = await openTfjs('wasm')
 */
export async function openTfjs(
  engine: PortableEngine,
  { precision = 'single' }: Pick<BackendOptions, 'precision'> = {},
): Promise<Backend> {
  requirePrecision('tfjs', engine, precision)
  return backendOn(engine, await loaders[engine]())
}
