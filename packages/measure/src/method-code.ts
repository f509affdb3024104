import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { Explainer } from '@vitrine/explainers'

const modules = new WeakMap<Explainer, URL>()

/** Says which file a method from outside the project was loaded from. */
export const rememberModule = (explainer: Explainer, file: URL): void => {
  modules.set(explainer, file)
}

/**
 * SHA-256 of the file that defines a method and of every file it reaches by relative paths: what a method does on the host is
 * not in its programs. Other packages reach a method through its programs, which are hashed themselves.
 */
export function codeHash(explainer: Explainer): string {
  const file =
    modules.get(explainer) ?? new URL(`methods/${explainer.id}.ts`, import.meta.resolve('@vitrine/explainers'))
  const texts = new Map<string, string>()
  collect(file, texts)
  const hash = createHash('sha256')
  for (const [, text] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(text).update('\0')
  return hash.digest('hex')
}

function collect(file: URL, texts: Map<string, string>): void {
  if (texts.has(file.href)) return
  const text = readFileSync(file, 'utf8')
  texts.set(file.href, text)
  // Any relative path in quotes that names a file: static and dynamic imports as well as data.
  for (const [, path = ''] of text.matchAll(/(?<!import type [^;'"]*)['"](\.{1,2}\/[^'"\n]+)['"]/g)) {
    const next = new URL(path, file)
    if (existsSync(next)) collect(next, texts)
  }
}
