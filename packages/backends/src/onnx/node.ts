/**
 * Tensor programs on onnxruntime-node, which is loaded when a backend is opened.
 * @module
 */
import { readFileSync, realpathSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, dirname, resolve } from 'node:path'
import type { Backend, BackendOptions } from '../backend.ts'
import { BackendError, messageOf } from '../errors.ts'
import { engineFinder } from '../find-engine.ts'
import { type OnnxEngine, onnx, providerOf } from './engines.ts'
import { type ForeignSession, foreignSession } from './foreign.ts'
import { newGraph } from './graph.ts'
import { onnxBackend } from './index.ts'
import type { MapFile } from './mapped.ts'
import { loadRuntime } from './runtime.ts'

const findEngine = engineFinder<OnnxEngine>('onnx', onnx, probe)

/**
 * ONNX Runtime with one of its execution providers; the best one that works here where none is named.
 *
 * @throws EngineUnavailableError, PrecisionError
 */
export async function openOnnxNode(
  name?: OnnxEngine,
  { threads = availableParallelism(), pack, precision }: BackendOptions = {},
): Promise<Backend> {
  const engine = await findEngine(name)
  const runtime = await loadRuntime()
  const version = runtime.env.versions.node ?? 'unknown'
  return onnxBackend({ runtime, version, engine, threads, pack, precision, mapFile })
}

const mapFile: MapFile = path => {
  // ONNX Runtime refuses symbolic links.
  const real = realpathSync(path)
  return { folder: dirname(real), file: basename(real) }
}

/**
 * Opens a file that others wrote, or the bytes of one that needs no other, in ONNX Runtime on the CPU.
 *
 * @throws BackendError where ONNX Runtime refuses it
 */
export async function openForeignSession(
  file: string | Uint8Array,
  { threads = 1 }: Pick<BackendOptions, 'threads'> = {},
): Promise<ForeignSession> {
  const settings = { runtime: await loadRuntime(), engine: 'cpu', threads } as const
  if (typeof file !== 'string') return foreignSession(settings, { model: file, bytes: () => file })
  return foreignSession(settings, { model: file, bytes: () => readFileSync(file), folder: dirname(resolve(file)) })
}

/** Multiplies a matrix on the engine alone. */
async function probe(engine: OnnxEngine): Promise<string | undefined> {
  try {
    const { env, InferenceSession, listSupportedBackends, Tensor } = await loadRuntime()
    // The default level also prints the errors that it throws.
    env.logLevel = 'fatal'
    if (!listSupportedBackends().some(({ name }) => name === engine))
      return `onnxruntime-node ${env.versions.node} for ${process.platform} ${process.arch} is built without it`
    for (const [name, value] of Object.entries(providerOf(engine).environment ?? {})) process.env[name] ??= value
    const graph = newGraph({ reserved: ['x', 'y'] })
    const x = graph.input('x', 'float', [2, 2])
    graph.output('y', graph.op('MatMul', [x, x]), 'float', [2, 2])
    const session = await InferenceSession.create(graph.encode(), {
      executionProviders: [engine],
      logSeverityLevel: 4,
      // Without this, ONNX Runtime silently gives the ops that a provider refuses to the CPU.
      extra: engine === 'cpu' ? {} : { session: { disable_cpu_ep_fallback: '1' } },
    })
    await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]) })
    await session.release()
    return undefined
  } catch (error) {
    if (error instanceof BackendError) throw error
    // ONNX Runtime's messages begin with the condition in its source that failed.
    return messageOf(error)
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/^.* was (?:true|false)\. /, '')
  }
}
