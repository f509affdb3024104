import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const source = fileURLToPath(new URL('../../', import.meta.url))

/** A copy of this package that may be edited and run. */
export interface PackageCopy {
  /** Replaces text that stands once in a file, given by its path in the package. */
  edit(file: string, from: string, to: string): void
  /** Imports one of its modules. */
  load<Module>(file: string): Promise<Module>
  [Symbol.dispose](): void
}

/** Copies the package to a temporary folder, which is removed when the copy is disposed of. */
export function packageCopy(): PackageCopy {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-metrics-'))
  for (const part of ['src', 'golden', 'package.json'])
    cpSync(join(source, part), join(folder, part), { recursive: true })
  symlinkSync(join(source, 'node_modules'), join(folder, 'node_modules'), 'dir')
  return {
    edit(file, from, to) {
      const path = join(folder, file)
      const parts = readFileSync(path, 'utf8').split(from)
      if (parts.length !== 2) throw new Error(`expected "${from}" once in ${file}, found it ${parts.length - 1} times`)
      writeFileSync(path, parts.join(to))
    },
    load: file => import(pathToFileURL(join(folder, file)).href),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
