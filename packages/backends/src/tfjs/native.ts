import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import util from 'node:util'
import { backend } from '@tensorflow/tfjs-core'

/** The release that @tensorflow/tfjs-core has here: others register other kernels. */
export const RELEASE = '4.22.0'

/** Packages that run TensorFlow's C library. */
export const packages = { 'node-gpu': '@tensorflow/tfjs-node-gpu', node: '@tensorflow/tfjs-node' } as const

export type NativeEngine = keyof typeof packages

/** The name under which both packages register their engine. */
export const NATIVE = 'tensorflow'

/** Where `pnpm tfjs:native` keeps the engine that it builds. */
export const nativeHome = (): string =>
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'vitrine', `tfjs-node-${RELEASE}`)

/** The module of a native package: the one that was built here, or the installed one; undefined where there is none. */
export function locate(engine: NativeEngine): string | undefined {
  const built = join(nativeHome(), 'node_modules', packages[engine], 'dist', 'index.js')
  if (existsSync(built)) return pathToFileURL(built).href
  try {
    return import.meta.resolve(packages[engine])
  } catch {
    return undefined
  }
}

/** Loads a native package, which registers its engine. It may end the process where its library is broken. */
export async function loadNative(engine: NativeEngine): Promise<void> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  // Node.js 23 removed it, and every op calls it.
  if (!('isNullOrUndefined' in util))
    Object.assign(util, { isNullOrUndefined: (x: unknown): boolean => x === null || x === undefined })
  await import(locate(engine) ?? packages[engine])
}

/** Whether the engine that is set computes on a GPU: the GPU package runs on a library without CUDA too. */
export function usesGpu(): boolean {
  const current = backend()
  return 'isUsingGpuDevice' in current && current.isUsingGpuDevice === true
}
