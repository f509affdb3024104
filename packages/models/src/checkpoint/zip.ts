import { type Reader, ZipReader } from '@zip.js/zip.js/lib/zip-core-reader.js'
import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { shown } from './shown.ts'

// A checkpoint has one entry for each array; the limit bounds what a damaged directory can ask for.
const ENTRIES = 100_000

const LOCAL_HEADER = 0x04034b50
const LOCAL_HEADER_BYTES = 30

/** Where the bytes of an entry lie, as they are in memory if they are `stored` and not compressed. */
export interface ZipEntry {
  readonly offset: number
  readonly length: number
  readonly stored: boolean
}

/** Bytes as zip.js reads them. Entries are only listed, so a stream of their contents is never asked for. */
function readerOf(bytes: Bytes): Reader<Bytes> {
  const createReadable = (): never => {
    throw new Error('expected no stream of an entry to be asked for')
  }
  return {
    size: bytes.size,
    readUint8Array: (offset, length) => bytes.read(offset, Math.min(length, bytes.size - offset)),
    createReadable,
    get readable() {
      return createReadable()
    },
  }
}

/**
 * The entries of an archive by name.
 *
 * @throws ModelError for an archive that is damaged
 */
export async function openZip(bytes: Bytes): Promise<Map<string, ZipEntry>> {
  const places = new Map<string, ZipEntry>()
  try {
    for await (const entry of new ZipReader(readerOf(bytes)).getEntriesGenerator()) {
      if (entry.directory) continue
      if (places.has(entry.filename)) throw new Error(`${shown(entry.filename)} is there twice`)
      if (places.size >= ENTRIES) throw new Error(`more than ${ENTRIES} entries`)
      places.set(entry.filename, {
        offset: await dataStart(bytes, entry.offset),
        length: entry.uncompressedSize,
        stored: entry.compressionMethod === 0 && !entry.encrypted,
      })
    }
  } catch (error) {
    const problem = error instanceof Error ? error.message : shown(error)
    throw new ModelError(`${bytes.name}: cannot be read as a zip archive (${problem}); download or copy the file again`)
  }
  return places
}

/** Behind an entry's own header, whose length is not always the one in the directory. */
async function dataStart(bytes: Bytes, header: number): Promise<number> {
  const view = new DataView((await bytes.read(header, LOCAL_HEADER_BYTES)).buffer)
  if (view.getUint32(0, true) !== LOCAL_HEADER) throw new Error(`expected an entry at byte ${header}`)
  return header + LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true)
}
