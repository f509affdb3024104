import { createHash } from 'node:crypto'
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, parse } from 'node:path'
import type { Dataset, Sample } from './dataset.ts'
import { DatasetError, expectInteger, SampleError } from './errors.ts'

/** Where a reader finds its files. */
export interface Source {
  /** Absolute path of a folder or a file. */
  readonly root: string
  /** The part of the dataset, as the dataset's own files call it. */
  readonly split?: string
}

/** Opens a dataset that lies in files: reads its index and its labels, no image. */
export type Reader = (source: Source) => Promise<Dataset>

/** An image of the index. */
export interface Entry {
  /** Names the sample within its dataset. */
  readonly name: string
  readonly label: number
}

/**
 * The dataset of an index: each sample is read when it is asked for, and what goes wrong then is that sample's `SampleError`, in one line
 * that names files below `root`, since it is published.
 */
export function fileDataset<E extends Entry>(
  root: string,
  facts: Pick<Dataset, 'id' | 'name' | 'description' | 'classNames' | 'hash'>,
  entries: readonly E[],
  read: (entry: E) => Promise<Pick<Sample, 'image' | 'objects'>>,
): Dataset {
  if (entries.length === 0) throw new DatasetError(facts.id, 'expected at least one image, found none')
  return {
    ...facts,
    size: entries.length,
    licences: [],
    async sample(index) {
      expectInteger(facts.id, 'an index', index, 0, entries.length - 1)
      const entry = entries[index] as E
      const id = `${facts.id}/${entry.name}`
      try {
        const { image, objects } = await read(entry)
        checkObjects(objects, image.width * image.height)
        return { id, image, label: entry.label, objects }
      } catch (error) {
        const [problem = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
        throw new SampleError(id, entry.label, problem.replaceAll(`${root}/`, ''), { cause: error })
      }
    },
  }
}

function checkObjects(objects: Sample['objects'], pixels: number): void {
  for (const { box, mask } of objects) {
    if (!box.every(Number.isFinite) || box[0] > box[2] || box[1] > box[3])
      throw new Error(`expected a box [xmin, ymin, xmax, ymax], got [${box.join(', ')}]`)
    if (mask && mask.length !== pixels)
      throw new Error(`expected a mask of the image's ${pixels} pixels, got ${mask.length}`)
  }
}

/** The first of the folders that is there. */
export function firstFolder(subject: string, root: string, candidates: readonly string[]): string {
  const found = candidates.map(name => join(root, name)).find(isFolder)
  if (found !== undefined) return found
  const there = isFolder(root) ? `it holds ${shortList(readdirSync(root))}` : 'there is no such folder'
  throw new DatasetError(subject, `expected a folder ${candidates.join(' or ')} in ${root}, but ${there}`)
}

export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
export const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

/** Names for a message, the first few of many. */
export const shortList = (names: readonly string[]): string =>
  names.length === 0 ? 'nothing' : `${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`

const visible = (folder: string, wanted: (entry: Dirent) => boolean): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(entry => !entry.name.startsWith('.') && wanted(entry))
    .map(entry => entry.name)
    .sort()

/** Names of the folders inside, sorted. */
export const foldersIn = (folder: string): string[] =>
  visible(folder, entry => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name))))

/** Names of the image files inside, sorted; endings in any case. */
export const imagesIn = (folder: string): string[] =>
  visible(folder, entry => !entry.isDirectory() && /\.(jpe?g|png|webp|gif|tiff?|avif)$/i.test(entry.name))

/** The file name without folder and ending. */
export const stemOf = (path: string): string => parse(path).name

/** Reads a text file of the dataset; `DatasetError` if it cannot be read. */
export function readText(subject: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new DatasetError(subject, `expected the file ${file}: ${error instanceof Error ? error.message : error}`)
  }
}

/** The first of each group, then the second of each, and so on: any run of samples mixes the groups as well as it can. */
export function inTurns<T>(groups: readonly (readonly T[])[]): T[] {
  const longest = groups.reduce((most, group) => Math.max(most, group.length), 0)
  return Array.from({ length: longest }, (_, i) => groups.flatMap(group => group.slice(i, i + 1))).flat()
}

/**
 * The hash of a dataset in files: of what is read at once (labels, boxes), every byte; of images and masks, names and sizes, since a
 * picture that changes keeps its size in bytes by accident only, and reading them all would take as long as measuring them. Times of
 * change are left out: a copy of the data is the same data.
 */
export function fingerprint(reader: string, version: number) {
  const hash = createHash('sha256').update(JSON.stringify([reader, version]))
  const fingerprint = {
    /** Everything in a list of texts and numbers. */
    facts(...facts: readonly (string | number)[]) {
      hash.update(`${JSON.stringify(facts)}\n`)
      return fingerprint
    },
    /** Name and size of a file; size -1 for one that is not there. */
    sizes(folder: string, names: Iterable<string>) {
      for (const name of names) {
        const size = statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? -1
        hash.update(`${name}\0${size}\n`)
      }
      return fingerprint
    },
    /** Name and contents of small files; nothing for one that is not there. */
    contents(folder: string, names: Iterable<string>) {
      for (const name of names) {
        hash.update(`${name}\0`)
        try {
          hash.update(readFileSync(join(folder, name)))
        } catch {
          hash.update('\0missing')
        }
      }
      return fingerprint
    },
    digest: () => hash.digest('hex'),
  }
  return fingerprint
}
