import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import util from 'node:util'
import { type NativeEngine, packages, RELEASE } from './engines.ts'

/** The name under which both packages register their engine. */
export const NATIVE = 'tensorflow'

/** Where `npx -y pnpm@12 tfjs:native` keeps the engine that it builds. */
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
  // Every op of the native packages calls this function, which Node.js 23 removed.
  if (!('isNullOrUndefined' in util))
    Object.assign(util, { isNullOrUndefined: (x: unknown): boolean => x === null || x === undefined })
  await import(locate(engine) ?? packages[engine])
}
