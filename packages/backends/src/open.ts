import type { Backend, BackendOptions } from './backend.ts'
import { UnknownBackendError } from './errors.ts'
import { type EngineFinder, known } from './find-engine.ts'

/** What the module of a backend exports. It is loaded when it is asked for. */
interface BackendModule {
  readonly engines: Pick<EngineFinder<string>, 'names'>
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
  const { module, engine } = await locate(spec)
  return module.open(engine, options)
}

/**
 * Does nothing where a backend and its engine have this name, whether or not it can be had here.
 *
 * @throws UnknownBackendError
 */
export async function checkBackend(spec: string): Promise<void> {
  const { id, module, engine } = await locate(spec)
  if (engine !== undefined) known(id, engine, module.engines.names)
}

async function locate(spec: string): Promise<{ id: string; module: BackendModule; engine: string | undefined }> {
  const [id = '', engine] = spec.split(':', 2)
  const load = backends[id]
  if (!load) throw new UnknownBackendError(spec, Object.keys(backends))
  return { id, module: await load(), engine }
}
