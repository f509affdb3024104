// What may import what: a package is entered through the faces that its `package.json` exports, and nothing reaches past them.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

interface Manifest {
  readonly name: string
  readonly exports?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

interface Package extends Manifest {
  /** Absolute. */
  readonly folder: string
}

/** A file whose text is to be looked at; `path` is absolute. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** What `import`, `export … from` and `import()` name, static or not, and `import.meta.resolve`. */
const IMPORTS = /(?:\bfrom|\bimport|\bimport\(|\bimport\.meta\.resolve\()\s*'([^'\n]+)'/g

/** Files that run while a package is developed: they may use `devDependencies`. */
const isTest = (path: string): boolean =>
  /\.test\.ts$|\/testing(\/|\.ts$)|\/conformance(\/|\.ts$)|\/(parity|golden)\b|\.generate\.ts$/.test(path)

/** The packages of the workspace. */
export function packagesOf(root: string): readonly Package[] {
  const files = execFileSync('git', ['ls-files', '*/package.json'], { cwd: root, encoding: 'utf8' }).trim().split('\n')
  return files.map(file => {
    const path = join(root, file)
    return { ...(JSON.parse(readFileSync(path, 'utf8')) as Manifest), folder: dirname(path) }
  })
}

/** TypeScript and Astro files of the workspace. */
export function sourcesOf(root: string): readonly SourceFile[] {
  const list = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.astro', '*.mjs'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  return list
    .trim()
    .split('\n')
    .map(file => join(root, file))
    .filter(path => existsSync(path))
    .map(path => ({ path, text: readFileSync(path, 'utf8') }))
}

/**
 * What is wrong with the imports of some files: relative paths into another package, faces that are not exported, packages that are not declared.
 * Each is a line that names the file.
 */
export function importProblems(root: string, packages: readonly Package[], files: readonly SourceFile[]): string[] {
  const byName = new Map(packages.map(one => [one.name, one]))
  const homeOf = (path: string) => packages.find(({ folder }) => path.startsWith(`${folder}/`))
  return files.flatMap(({ path, text }) => {
    const home = homeOf(path)
    if (!home) return []
    const problem = (specifier: string): string | undefined => {
      if (specifier.startsWith('.')) {
        const other = homeOf(`${resolve(dirname(path), specifier)}/`)
        return other && other !== home ? `expected a path inside of ${home.name}` : undefined
      }
      const [, name = '', face = ''] = /^(@vitrine\/[^/]+)\/?(.*)$/.exec(specifier) ?? []
      const other = byName.get(name)
      if (name === '' || other === home) return undefined
      if (!other) return 'there is no such package'
      const key = face === '' ? '.' : `./${face}`
      if (!Object.hasOwn(other.exports ?? {}, key))
        return `expected a face of ${name}: ${Object.keys(other.exports ?? {}).join(', ')}`
      const declared = { ...home.dependencies, ...(isTest(path) && home.devDependencies) }
      if (Object.hasOwn(declared, name)) return undefined
      return `expected ${name} among the ${isTest(path) ? 'dependencies' : 'dependencies (not devDependencies)'} of ${home.name}`
    }
    return [...text.matchAll(IMPORTS)].flatMap(([, specifier = '']) => {
      const found = problem(specifier)
      return found === undefined ? [] : [`${relative(root, path)}: imports '${specifier}': ${found}`]
    })
  })
}

/** What is wrong with the packages themselves: faces without a file, engines and side effects that are not said. */
export function manifestProblems(root: string, packages: readonly Package[]): string[] {
  return packages.flatMap(one => {
    const file = relative(root, join(one.folder, 'package.json'))
    const manifest: Readonly<Record<string, unknown>> = { ...one }
    const faces = Object.entries(one.exports ?? {}).filter(([, path]) => !existsSync(join(one.folder, path)))
    return [
      ...faces.map(([face, path]) => `${file}: exports "${face}": there is no file ${path}`),
      ...(JSON.stringify(manifest.engines) === '{"node":">=24"}'
        ? []
        : [`${file}: expected engines { "node": ">=24" }`]),
      // Nothing is imported from an application, and its style sheets are side effects.
      ...(one.exports === undefined || manifest.sideEffects === false ? [] : [`${file}: expected sideEffects: false`]),
    ]
  })
}
