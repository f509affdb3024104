import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, realpathSync, type Stats, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { checkRange, type SyncBytes } from '../checkpoint/bytes.ts'
import { shown } from '../checkpoint/shown.ts'
import { ModelError } from '../errors.ts'

/** Bytes of a file of this machine. */
export interface FileBytes extends SyncBytes {
  /** Absolute, or relative to the working directory. */
  readonly path: string
}

/**
 * A file, which is open only while it is read. What was opened is what is read: a file that changes meanwhile is an error.
 *
 * @throws ModelError where it is no regular file: a pipe or a device would be waited for, or never end
 */
export function fileBytes(path: string): FileBytes {
  const stats = regularFile(path)
  const { size } = stats
  const readSync = (offset: number, length: number) => {
    checkRange({ name: path, size }, offset, length)
    return readPart(path, offset, length, stats)
  }
  return { name: path, path, size, readSync, read: async (offset, length) => readSync(offset, length) }
}

function regularFile(path: string): Stats {
  const stats = attempt(path, () => statSync(path))
  if (!stats.isFile()) throw new ModelError(`${path}: expected a file, got ${kindOf(stats)}`)
  return stats
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a pipe: write it to a file first'
  return stats.isSocket() ? 'a socket' : 'a device'
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof ModelError) throw error
    throw new ModelError(`${path}: cannot be read (${error instanceof Error ? error.message : error})`)
  }
}

function readPart(path: string, offset: number, length: number, opened: Stats): Uint8Array<ArrayBuffer> {
  return attempt(path, () => {
    const file = openSync(path, 'r')
    try {
      const { ino, mtimeMs, size } = fstatSync(file)
      if (ino !== opened.ino || mtimeMs !== opened.mtimeMs || size !== opened.size)
        throw new ModelError(`${path}: has changed since it was opened; open it again`)
      const bytes = new Uint8Array(length)
      for (let done = 0; done < length; ) {
        const count = readSync(file, bytes, done, length - done, offset + done)
        if (count === 0) throw new ModelError(`${path}: ends at byte ${offset + done}, expected ${offset + length}`)
        done += count
      }
      return bytes
    } finally {
      closeSync(file)
    }
  })
}

const HASHED_AT_ONCE = 2 ** 20

/** SHA-256 of a file's bytes, as hex. */
export async function hashFile(path: string): Promise<string> {
  regularFile(path)
  const hash = createHash('sha256')
  const file = await open(path)
  try {
    // One buffer for all: a stream leaves one behind for each part, which add up to more than an opened model.
    const part = new Uint8Array(HASHED_AT_ONCE)
    for (;;) {
      const { bytesRead } = await file.read(part, 0, part.length)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(part.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

/** SHA-256 of a file. In the hub's cache a file of weights is named by its hash, which must be right. */
export async function verifiedHash(path: string): Promise<string> {
  const [hash, name] = [await hashFile(path), basename(realpathSync(path))]
  if (/^[0-9a-f]{64}$/.test(name) && name !== hash)
    throw new ModelError(`${path}: expected the hash ${name}, got ${hash}: the copy in the cache is damaged; remove it`)
  return hash
}

const JSON_BYTES = 64 * 2 ** 20

/** A file of JSON. Throws a ModelError where it is none. */
export function readJsonFile(path: string): unknown {
  const { size, readSync } = fileBytes(path)
  if (size > JSON_BYTES) throw new ModelError(`${path}: expected at most ${JSON_BYTES} bytes of JSON, got ${size}`)
  try {
    return JSON.parse(new TextDecoder().decode(readSync(0, size)))
  } catch (error) {
    if (error instanceof ModelError) throw error
    throw new ModelError(`${path}: expected JSON (${shown(error instanceof Error ? error.message : error)})`)
  }
}

const TEXT_BYTES = 8 * 2 ** 20

/** A file of text. */
export function readTextFile(path: string): string {
  const { size, readSync } = fileBytes(path)
  if (size > TEXT_BYTES) throw new ModelError(`${path}: expected at most ${TEXT_BYTES} bytes of text, got ${size}`)
  return new TextDecoder().decode(readSync(0, size))
}
