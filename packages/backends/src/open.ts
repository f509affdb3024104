import type { Backend, BackendOptions } from './backend.ts'
import { type BackendId, type backends, parseSpec } from './registry.ts'

/** Opens an engine of a backend, or the best one that works here where none is named. */
type Open<B extends BackendId> = (
  engine: keyof (typeof backends)[B]['engines'] | undefined,
  options: BackendOptions,
) => Promise<Backend>

/** How each backend is opened in Node.js. Its module, and with it the engine, is loaded when it is asked for. */
const openers: { readonly [B in BackendId]: () => Promise<Open<B>> } = {
  onnx: async () => (await import('./onnx/node.ts')).openOnnxNode,
  tfjs: async () => (await import('./tfjs/node.ts')).openTfjsNode,
}

/**
 * Opens a backend by name: `onnx`, or with an engine `onnx:cuda`. Without one the best engine that works here is taken; the
 * result's `engine` says which. Nothing of an engine is loaded before.
 *
 * @throws EngineUnavailableError where this machine lacks the engine, UnknownBackendError where the name is wrong
 *
 * @example
 * const backend = await openBackend('onnx', { threads: 2 })
 * const x = input('x', [2])
 * const executable = await backend.compile(program({ y: mul(x, 2) }))
 * const { y } = await executable.run({ x: { shape: [2], data: Float32Array.of(1, 2) } })
 * await backend.dispose()
 */
export async function openBackend(spec: string, options: BackendOptions = {}): Promise<Backend> {
  const { id, engine } = parseSpec(spec)
  const open = (await openers[id]()) as Open<BackendId>
  // `parseSpec` has looked the engine up in the table of this backend.
  return open(engine as Parameters<Open<BackendId>>[0], options)
}

/**
 * Does nothing where a backend and its engine have this name, whether or not it can be had here.
 *
 * @throws UnknownBackendError
 */
export async function checkBackend(spec: string): Promise<void> {
  parseSpec(spec)
}
