import { type Dirent, readdirSync } from 'node:fs'
import { join, normalize, parse, sep } from 'node:path'
import { DatasetError } from './errors.ts'
import { isFolder } from './formats/file.ts'
import { shortList } from './printable.ts'

/** The first of the folders that is there. */
export function firstFolder(subject: string, root: string, candidates: readonly string[], advice = ''): string {
  const found = candidates.map(name => join(root, name)).find(isFolder)
  if (found !== undefined) return found
  const there = isFolder(root) ? `it holds ${shortList(readdirSync(root))}` : 'there is no such folder'
  throw new DatasetError(
    subject,
    `expected a folder ${candidates.join(', ').replace(/, ([^,]*)$/, ' or $1')} in ${root}, but ${there}${advice}`,
  )
}

const visible = (folder: string, wanted: (entry: Dirent) => boolean): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(entry => !entry.name.startsWith('.') && wanted(entry))
    .map(entry => entry.name)
    .sort()

/** Names of the folders inside, sorted. */
export const foldersIn = (folder: string): string[] =>
  visible(folder, entry => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name))))

const IMAGE = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif)$/i

/** Names of the image files inside, sorted; endings in any case. */
export const imagesIn = (folder: string): string[] =>
  visible(folder, entry => !entry.isDirectory() && IMAGE.test(entry.name))

/** Names of the other files inside, sorted. */
export const othersIn = (folder: string): string[] =>
  visible(folder, entry => entry.isFile() && !IMAGE.test(entry.name))

/** The file name without folder and ending. */
export const stemOf = (path: string): string => parse(path).name

/** Whether a name of a file, as an index has it, stays below the folder that it is meant for. */
export function isBelow(name: string): boolean {
  const path = normalize(name)
  return path !== '.' && !path.startsWith('..') && !path.startsWith(sep) && !/\0|^[a-z]:/i.test(path)
}

/** The first of each group, then the second of each, and so on: any run of samples mixes the groups as well as it can. */
export function inTurns<T>(groups: readonly (readonly T[])[]): T[] {
  const longest = groups.reduce((most, group) => Math.max(most, group.length), 0)
  return Array.from({ length: longest }, (_, i) => groups.flatMap(group => group.slice(i, i + 1))).flat()
}
