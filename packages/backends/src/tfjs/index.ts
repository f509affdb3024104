import { availableParallelism } from 'node:os'
import { enableProdMode, getBackend, setBackend, version_core } from '@tensorflow/tfjs-core'
import type { Backend, BackendOptions, Executable } from '../backend.ts'
import { BackendError, DisposedError, PrecisionError } from '../errors.ts'
import { type Engine, engines } from './engines.ts'
import { executable, type Host } from './executable.ts'
import { fixedTensors } from './fixed.ts'
import { loadNative, NATIVE, type NativeEngine, packages } from './native.ts'
import { type Arithmetic, portable } from './portable.ts'

export { engines }

/** An engine as TensorFlow.js knows it. */
interface Loaded {
  /** What TensorFlow.js calls it. */
  readonly name: string
  readonly arithmetic: Arithmetic
  readonly threads: number
}

type Loader = (threads: number) => Promise<Loaded>

const loaders: { readonly [E in Engine]: Loader } = {
  'node-gpu': threads => native('node-gpu', threads),
  node: threads => native('node', threads),
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

/** Initializes an engine and sets it. */
async function start(name: string): Promise<void> {
  // Another engine may have been set while this one was initialized; the second call awaits nothing before it is done.
  if (!(await setBackend(name)) || !(await setBackend(name)))
    throw new BackendError('tfjs', `open: TensorFlow.js cannot initialize its engine "${name}"`)
}

let loadedNative: NativeEngine | undefined

async function native(engine: NativeEngine, threads: number): Promise<Loaded> {
  if (loadedNative !== undefined && loadedNative !== engine)
    throw new BackendError(
      'tfjs',
      `${packages[loadedNative]} is loaded already, and both native packages register the same engine: open "${engine}" in another process`,
    )
  // TensorFlow reads it once, when its first op runs.
  if (loadedNative === undefined) process.env.TF_NUM_INTRAOP_THREADS ??= String(threads)
  loadedNative = engine
  await loadNative(engine)
  await start(NATIVE)
  return { name: NATIVE, arithmetic: portable, threads: Number(process.env.TF_NUM_INTRAOP_THREADS) || threads }
}

/**
 * TensorFlow.js with one of its engines; the best one that works here where none is named.
 *
 * The engine in use is a global of TensorFlow.js. Each run sets its own and awaits nothing before it has its results, so several
 * backends may be open in one process; code beside this one that uses TensorFlow.js must set its engine again after a run. `dispose`
 * frees tensors; the engine itself, and the heap that it has claimed, stay until the process ends.
 */
export async function open(
  name?: string,
  { threads = availableParallelism(), precision = 'single' }: BackendOptions = {},
): Promise<Backend> {
  const engine = await engines.find(name)
  if (precision === 'double') throw new PrecisionError('tfjs', engine)
  enableProdMode()
  const loaded = await loaders[engine](threads)
  const host: Host = {
    arithmetic: loaded.arithmetic,
    fixed: fixedTensors(loaded.arithmetic),
    activate() {
      // Of an engine that is initialized the promise is resolved when it is returned.
      if (getBackend() !== loaded.name) void setBackend(loaded.name)
    },
  }
  const alive = new Set<Executable>()
  let disposed = false
  return {
    id: 'tfjs',
    engine,
    version: version_core,
    threads: loaded.threads,
    async compile(program, weights) {
      if (disposed) throw new DisposedError('tfjs', 'compile')
      const own = executable(program, weights, host)
      alive.add(own)
      return {
        run: inputs => own.run(inputs),
        dispose() {
          alive.delete(own)
          return own.dispose()
        },
      }
    },
    async dispose() {
      disposed = true
      await Promise.all([...alive].map(own => own.dispose()))
      alive.clear()
    },
  }
}
