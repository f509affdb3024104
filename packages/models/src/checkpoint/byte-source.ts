import { closeSync, readSync } from 'node:fs'
import { ModelError } from '../errors.ts'
import { fileSize, openFile } from './tensor-file.ts'

const WINDOW = 1 << 16

/** A part of a file, read from front to back through a small window. */
export interface ByteSource {
  /** Offset in the file of what comes next. */
  readonly position: number
  /** The next `count` bytes, valid until the next call; a ModelError where the source ends before them. */
  take(count: number): Uint8Array
  /** Text up to a line feed, which is consumed. */
  line(): string
  skip(count: number): void
}

/** Reads `[start, end)` of a file; the whole of it by default. The file is open only while `use` runs. */
export function withBytes<T>(path: string, use: (source: ByteSource) => T, start = 0, end: number = fileSize(path)): T {
  const file = openFile(path)
  let position = start
  let window: Uint8Array = new Uint8Array(0)
  let windowStart = start
  const ends = (wanted: number): never => {
    throw new ModelError(`${path}: ends at byte ${end}, expected ${wanted} more bytes from byte ${position}`)
  }
  const take = (count: number): Uint8Array => {
    if (position + count > end) ends(count)
    let from = position - windowStart
    if (from < 0 || from + count > window.length) {
      window = new Uint8Array(Math.min(Math.max(count, WINDOW), end - position))
      let filled = 0
      while (filled < window.length) {
        const got = readSync(file, window, filled, window.length - filled, position + filled)
        if (got === 0) ends(count)
        filled += got
      }
      windowStart = position
      from = 0
    }
    position += count
    return window.subarray(from, from + count)
  }
  try {
    return use({
      get position() {
        return position
      },
      take,
      line() {
        const characters: number[] = []
        for (;;) {
          const [byte = 0] = take(1)
          if (byte === 10) return String.fromCharCode(...characters)
          if (characters.push(byte) > 1000)
            throw new ModelError(`${path}: a line of a pickle is longer than 1000 bytes`)
        }
      },
      skip(count) {
        if (count < 0 || position + count > end) ends(count)
        position += count
      },
    })
  } finally {
    closeSync(file)
  }
}
