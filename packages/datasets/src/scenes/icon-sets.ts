import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatasetError } from '../errors.ts'
import type { IconFamily } from './vocabulary.ts'

/** An icon as its family has it: a piece of SVG and the view box it is meant for. */
export interface Drawing {
  readonly body: string
  readonly left?: number
  readonly top?: number
  readonly width?: number
  readonly height?: number
}

/** Drawings by name, and the view box of those that do not say theirs. */
export interface IconSet extends Omit<Drawing, 'body'> {
  readonly icons: Readonly<Record<string, Drawing>>
  readonly aliases?: Readonly<Record<string, { readonly parent: string; readonly [transform: string]: unknown }>>
}

const located = (family: IconFamily, file: string): URL =>
  new URL(import.meta.resolve(`@iconify-json/${family}/${file}`))

/** A small file of a family's package. */
export const familyFile = (family: IconFamily, file: 'package.json' | 'info.json') =>
  JSON.parse(readFileSync(located(family, file), 'utf8'))

/**
 * The drawings of some icons of a family. Its package is up to 99 MiB of JSON, which takes a second of processor to read: what was asked for
 * is kept in the user's cache (`$XDG_CACHE_HOME/vitrine/icons`, `~/.cache` if unset), by the version of the package and the names.
 *
 * @throws DatasetError where the family lacks one
 */
export async function readDrawings(family: IconFamily, names: readonly string[]): Promise<IconSet> {
  const file = cacheFile(family, names)
  const kept = await readFile(file, 'utf8').then(parsed, () => undefined)
  if (kept && names.every(name => typeof kept.icons?.[name]?.body === 'string')) return kept
  const whole: IconSet = JSON.parse(await readFile(located(family, 'icons.json'), 'utf8'))
  const { left, top, width, height } = whole
  const icons = Object.fromEntries(names.map(name => [name, findDrawing(family, whole, name)]))
  const text = JSON.stringify({ left, top, width, height, icons })
  await keep(file, text)
  return JSON.parse(text)
}

function cacheFile(family: IconFamily, names: readonly string[]): string {
  const { version }: { version: string } = familyFile(family, 'package.json')
  const hash = createHash('sha256').update(names.join()).digest('hex').slice(0, 12)
  const home = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(home, 'vitrine', 'icons', `${family}-${version}-${hash}.json`)
}

/** What a file of the cache holds; `undefined` where it is damaged. */
function parsed(text: string): (Partial<IconSet> & Pick<IconSet, 'icons'>) | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Other processes find the whole file or none. A cache that cannot be written costs time, and nothing else. */
async function keep(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(draft, text)
    await rename(draft, file)
  } catch {
    await rm(draft, { force: true }).catch(() => undefined)
  }
}

/** The drawing of this name, through aliases. */
function findDrawing(family: IconFamily, set: IconSet, name: string): Drawing {
  const drawing = set.icons[name]
  if (drawing) return drawing
  const { parent, ...changes } = set.aliases?.[name] ?? { parent: undefined }
  if (parent === undefined) throw new DatasetError(family, `expected an icon "${name}", got none`)
  if (Object.keys(changes).length > 0) {
    throw new DatasetError(family, `expected a plain alias "${name}", got one with ${Object.keys(changes).join(', ')}`)
  }
  return findDrawing(family, set, parent)
}
