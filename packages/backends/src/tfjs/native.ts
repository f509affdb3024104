import util from 'node:util'
import { backend } from '@tensorflow/tfjs-core'

/** Packages that run TensorFlow's C library. */
export const packages = { 'node-gpu': '@tensorflow/tfjs-node-gpu', node: '@tensorflow/tfjs-node' } as const

export type NativeEngine = keyof typeof packages

/** The name under which both packages register their engine. */
export const NATIVE = 'tensorflow'

/** Loads a native package, which registers its engine. It may end the process where its library is broken. */
export async function loadNative(engine: NativeEngine): Promise<void> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  // Node.js 23 removed it, and every op calls it.
  if (!('isNullOrUndefined' in util))
    Object.assign(util, { isNullOrUndefined: (x: unknown): boolean => x === null || x === undefined })
  const name: string = packages[engine]
  await import(name)
}

/** Whether the engine that is set computes on a GPU: the GPU package runs on a library without CUDA too. */
export function usesGpu(): boolean {
  const current = backend()
  return 'isUsingGpuDevice' in current && current.isUsingGpuDevice === true
}
