import { enableProdMode, getBackend, setBackend, version_core } from '@tensorflow/tfjs-core'
import type { Backend } from '../backend.ts'
import { backendOf } from '../backend-of.ts'
import { BackendError } from '../errors.ts'
import { type TfjsEngine, tfjs } from './engines.ts'
import { compiled, type Host } from './executable.ts'
import { fixedTensors } from './fixed.ts'
import type { Arithmetic } from './portable.ts'

/** An engine that TensorFlow.js has initialized. */
export interface Loaded {
  /** What TensorFlow.js calls it. */
  readonly name: string
  readonly arithmetic: Arithmetic
  readonly threads: number
}

/** Initializes a registered engine and sets it. */
export async function start(name: string): Promise<void> {
  // Another engine may have been set while this one was initialized. The second call is synchronous: the engine is ready.
  if (!(await setBackend(name)) || !(await setBackend(name)))
    throw new BackendError('tfjs', `open: TensorFlow.js cannot initialize its engine "${name}"`)
}

export function backendOn(engine: TfjsEngine, { name, arithmetic, threads }: Loaded): Backend {
  enableProdMode()
  const host: Host = {
    arithmetic,
    fixed: fixedTensors(arithmetic),
    activate() {
      // For an initialized engine setBackend() sets it before it returns its promise.
      if (getBackend() !== name) void setBackend(name)
    },
  }
  return backendOf({
    id: 'tfjs',
    engine,
    version: version_core,
    threads,
    capabilities: tfjs.engines[engine].capabilities,
    compile: (program, weights) => compiled(program, weights, host),
  })
}
