import { fileURLToPath } from 'node:url'
import { type BuildFailure, build } from 'esbuild'

/** What a browser would load of a module. */
export interface BrowserBundle {
  /** Bytes of JavaScript, minified, of everything the module reaches. */
  readonly bytes: number
  /** Files that went into it, relative to the working directory. */
  readonly files: readonly string[]
}

/**
 * Bundles a module for the browser, with everything it imports. The test of a pure face: it must reach no Node.js module.
 *
 * @param url as `import.meta.resolve('@vitrine/tensor')` returns it
 * @param external packages that the page brings itself
 * @throws {Error} naming the first import that a browser does not have, and the file it stands in
 *
 * @example
 * await browserBundle(import.meta.resolve('@vitrine/tensor'))
 */
export async function browserBundle(url: string, external: readonly string[] = []): Promise<BrowserBundle> {
  try {
    const { outputFiles, metafile } = await build({
      entryPoints: [fileURLToPath(url)],
      external: [...external],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      minify: true,
      metafile: true,
      write: false,
      logLevel: 'silent',
    })
    return {
      bytes: outputFiles.reduce((sum, file) => sum + file.contents.length, 0),
      files: Object.keys(metafile.inputs),
    }
  } catch (error) {
    const [first] = (error as BuildFailure).errors ?? []
    if (!first) throw error
    const { file = '?', line = 0 } = first.location ?? {}
    throw new Error(`[vitrine] not for a browser: ${file}:${line}: ${first.text}`, { cause: error })
  }
}
