import { ModelError } from '../errors.ts'

/** Bytes that are read a part at a time: of a file, of memory, of a browser's `Blob`. */
export interface Bytes {
  /** For messages: a path, or the name of a file. */
  readonly name: string
  readonly size: number
  /**
   * The bytes from `offset` to `offset + length`, which the caller owns; they begin at byte 0 of their buffer.
   *
   * @throws ModelError where they are not all there
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>
}

/** Bytes that can also be read without waiting. A `Blob` cannot. */
export interface SyncBytes extends Bytes {
  readSync(offset: number, length: number): Uint8Array<ArrayBuffer>
}

/** Throws a ModelError where a range is not inside of the bytes. */
export function checkRange({ name, size }: Pick<Bytes, 'name' | 'size'>, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > size)
    throw new ModelError(`${name}: ends at byte ${size}, expected bytes ${offset} to ${offset + length}`)
}

/** Bytes in memory. */
export function memoryBytes(name: string, content: ArrayBuffer | Uint8Array): SyncBytes {
  const all = ArrayBuffer.isView(content)
    ? new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
    : new Uint8Array(content)
  const readSync = (offset: number, length: number): Uint8Array<ArrayBuffer> => {
    checkRange({ name, size: all.length }, offset, length)
    return all.slice(offset, offset + length)
  }
  return { name, size: all.length, readSync, read: async (offset, length) => readSync(offset, length) }
}

/** Bytes of a `Blob`, such as a file that was dropped onto a page. */
export function blobBytes(name: string, blob: Blob): Bytes {
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      checkRange({ name, size: blob.size }, offset, length)
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
    },
  }
}
