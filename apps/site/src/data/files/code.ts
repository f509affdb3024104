import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const methods = new URL('methods/', import.meta.resolve('@vitrine/explainers'))

/** The file that is a bundled method, as it lies in the repository; `null` for a method from elsewhere. */
export function codeOf(id: string): { readonly path: string; readonly text: string } | null {
  const file = new URL(`${encodeURIComponent(id)}.ts`, methods)
  if (!existsSync(file)) return null
  return { path: `packages/explainers/src/methods/${id}.ts`, text: readFileSync(fileURLToPath(file), 'utf8') }
}
