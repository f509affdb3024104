import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DatasetError } from '../errors.ts'
import { problemOf } from '../printable.ts'

/** Largest files that are read, in bytes. A larger one is refused before it is read. */
export const mostBytes = {
  /** JavaScript has no longer strings than 512 MiB; COCO's largest file, of 118,000 images, has 448 MiB. */
  json: 512 * 2 ** 20 - 32,
  /** Tables and lists: more than a million rows. */
  table: 64 * 2 ** 20,
  /** One image's annotation. */
  annotation: 4 * 2 ** 20,
  image: 512 * 2 ** 20,
  /** The development kit's has 0.2 MiB. */
  matlab: 16 * 2 ** 20,
} as const

// Opened without waiting: a FIFO that nobody writes to would block for ever.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** Contents of a regular file; a `DatasetError` names a file that is missing, of another kind (FIFO, device, folder) or too large. */
export async function readBytes(file: string, kind: keyof typeof mostBytes): Promise<Buffer> {
  const handle = await open(file, flags).catch((error: unknown) => refuse(file, error))
  try {
    expectRegular(file, kind, await handle.stat())
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

/** The same at once, as text in UTF-8 without a byte order mark. */
export function readText(file: string, kind: Exclude<keyof typeof mostBytes, 'image'>): string {
  return readBytesSync(file, kind)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
}

export function readBytesSync(file: string, kind: keyof typeof mostBytes): Buffer {
  let handle: number
  try {
    handle = openSync(file, flags)
  } catch (error) {
    return refuse(file, error)
  }
  try {
    expectRegular(file, kind, fstatSync(handle))
    return readFileSync(handle)
  } finally {
    closeSync(handle)
  }
}

function refuse(file: string, error: unknown): never {
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
  throw new DatasetError(
    file,
    missing ? 'expected a file, found none' : `expected a file that can be read: ${problemOf(error)}`,
    {
      cause: error,
    },
  )
}

function expectRegular(file: string, kind: keyof typeof mostBytes, stats: Stats): void {
  if (!stats.isFile())
    throw new DatasetError(
      file,
      `expected a regular file, found ${stats.isDirectory() ? 'a folder' : 'a pipe or a device'}`,
    )
  if (stats.size > mostBytes[kind])
    throw new DatasetError(
      file,
      `expected at most ${mebibytes(mostBytes[kind])} in a file of this kind, found ${mebibytes(stats.size)}`,
    )
}

export const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`

const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

export const isFolder = (path: string): boolean => statOf(path)?.isDirectory() === true
export const isFile = (path: string): boolean => statOf(path)?.isFile() === true

/** Size in bytes; -1 for what is no file. */
export function sizeOf(folder: string, name: string): number {
  const stats = statOf(join(folder, name))
  return stats?.isFile() ? stats.size : -1
}
