import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DatasetDefinition } from '@vitrine/datasets'
import type { Explainer } from '@vitrine/explainers'
import type { MapMetric } from '@vitrine/metrics'

/** The files that a plugin is made of: the one that defines it and every file that it reaches by relative paths. */
export interface ModuleSource {
  /** SHA-256 of all files: what a plugin without a version is known by. */
  readonly hash: string
  /** The file that defines it, one of `files`. */
  readonly entry: string
  /** Contents in base64, by paths relative to the folder that holds them all. */
  readonly files: Readonly<Record<string, string>>
}

/** What a file of a user's own may define. */
export type Plugin = Explainer | MapMetric | DatasetDefinition

const modules = new WeakMap<Plugin, URL>()

/** Says which file a plugin was loaded from. */
export const rememberModule = (plugin: Plugin, file: URL): void => {
  modules.set(plugin, file)
}

/** The file that a plugin was loaded from; `undefined` for what is bundled. */
export const moduleOf = (plugin: Plugin): URL | undefined => modules.get(plugin)

/**
 * SHA-256 of the file that defines a plugin, or a bundled method, and of every file it reaches by relative paths: what a method does on the
 * host is not in its programs. Other packages reach a method through its programs, which are hashed themselves.
 */
export const codeHash = (plugin: Plugin): string => hashOf(filesOf(plugin))

/** The source of a plugin, as another machine needs it. */
export function sourceOf(plugin: Plugin): ModuleSource {
  const files = filesOf(plugin)
  const paths = [...files.keys()].map(href => fileURLToPath(href))
  const root = commonFolder(paths)
  const named = [...files].map(([href, data]) => [relative(root, fileURLToPath(href)), data.toString('base64')])
  return { hash: hashOf(files), entry: relative(root, paths[0] ?? root), files: Object.fromEntries(named) }
}

/**
 * Writes a plugin's source into a new folder, so that it can be loaded.
 *
 * @returns the file that defines the plugin
 * @throws {Error} for a source that leaves its folder
 */
export function writeSource({ hash, entry, files }: ModuleSource): string {
  const folder = mkdtempSync(join(tmpdir(), `vitrine-plugin-${hash.slice(0, 8)}-`))
  for (const [path, data] of Object.entries(files)) {
    const file = join(folder, path)
    if (relative(folder, file).startsWith('..'))
      throw new Error(`[vitrine] [measure] source of a plugin: expected paths inside its folder, got "${path}"`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, Buffer.from(data, 'base64'))
  }
  return join(folder, entry)
}

function filesOf(plugin: Plugin): Map<string, Buffer> {
  const file = modules.get(plugin) ?? bundledFile(plugin)
  const files = new Map<string, Buffer>()
  collect(file, files)
  return files
}

function bundledFile(plugin: Plugin): URL {
  if ('family' in plugin) return new URL(`methods/${plugin.id}.ts`, import.meta.resolve('@vitrine/explainers'))
  throw new Error(
    `[vitrine] [measure] ${'kind' in plugin ? plugin.kind : plugin.id}: expected a plugin whose file was remembered`,
  )
}

function hashOf(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256')
  for (const [, data] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(data).update('\0')
  return hash.digest('hex')
}

function collect(file: URL, files: Map<string, Buffer>): void {
  if (files.has(file.href)) return
  const data = readFileSync(file)
  files.set(file.href, data)
  // Any relative path in quotes that names a file: static and dynamic imports as well as data.
  for (const [, path = ''] of data.toString('utf8').matchAll(/(?<!import type [^;'"]*)['"](\.{1,2}\/[^'"\n]+)['"]/g)) {
    const next = new URL(path, file)
    if (existsSync(next)) collect(next, files)
  }
}

/** The innermost folder that holds all files. */
function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0] ?? '.')
  while (paths.some(path => relative(folder, path).startsWith('..'))) folder = dirname(folder)
  return folder
}
