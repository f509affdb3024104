import type { Backend, BackendOptions } from './backend.ts'
import { UnknownBackendError } from './errors.ts'

/** What the module of a backend exports. It is loaded when it is asked for. */
interface BackendModule {
  open(engine: string | undefined, options: BackendOptions): Promise<Backend>
}

const backends: Readonly<Record<string, () => Promise<BackendModule>>> = {
  onnx: () => import('./onnx/index.ts'),
  tfjs: () => import('./tfjs/index.ts'),
}

/**
 * Opens a backend by name: `onnx`, or with an engine `onnx:cuda`. Without one the best engine that works here is taken; the
 * result's `engine` says which.
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
  const [id = '', engine] = spec.split(':', 2)
  const load = backends[id]
  if (!load) throw new UnknownBackendError(spec, Object.keys(backends))
  return (await load()).open(engine, options)
}
