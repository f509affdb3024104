/**
 * Tensor programs on TensorFlow.js with any of its engines, those of TensorFlow's C library too.
 * @module
 */
import { availableParallelism } from 'node:os'
import type { Backend, BackendOptions } from '../backend.ts'
import { BackendError } from '../errors.ts'
import { requirePrecision } from '../registry.ts'
import { type NativeEngine, packages, type TfjsEngine } from './engines.ts'
import { findEngine } from './find.ts'
import { openTfjs } from './index.ts'
import { backendOn, type Loaded, start } from './loaded.ts'
import { loadNative, NATIVE } from './native.ts'
import { portable } from './portable.ts'

/**
 * TensorFlow.js with one of its engines; the best one that works here where none is named. See `openTfjs` for what its globals mean.
 *
 * @throws EngineUnavailableError, PrecisionError
 */
export async function openTfjsNode(
  name?: TfjsEngine,
  { threads = availableParallelism(), precision = 'single' }: BackendOptions = {},
): Promise<Backend> {
  const engine = await findEngine(name)
  requirePrecision('tfjs', engine, precision)
  if (engine === 'wasm' || engine === 'cpu') return openTfjs(engine)
  return backendOn(engine, await startNative(engine, threads))
}

let loadedNative: NativeEngine | undefined

async function startNative(engine: NativeEngine, threads: number): Promise<Loaded> {
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
