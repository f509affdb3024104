import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl'
import { ModelError } from '../errors.ts'
import { fileSize, readRange } from './tensor-file.ts'

// A checkpoint has one entry for each array; the limit bounds what a damaged directory can ask for.
const ENTRIES = 100_000

/** Where the bytes of an entry lie, as they are in memory if they are `stored` and not compressed. */
export interface ZipEntry {
  readonly offset: number
  readonly length: number
  readonly stored: boolean
}

/** Reads a file for yauzl; places beyond its end, which a damaged directory may name, are errors and no exceptions. */
class FileReader extends RandomAccessReader {
  private readonly path: string
  private readonly size: number

  constructor(path: string, size: number) {
    super()
    this.path = path
    this.size = size
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const end = position + length
    const inside = position >= 0 && end <= this.size
    if (inside) buffer.set(new Uint8Array(readRange({ path: this.path, offset: position, length })), offset)
    callback(inside ? null : new Error(`names byte ${end} of ${this.size}`))
  }
}

/** The entries of an archive by name. Throws a ModelError for one that is damaged. */
export async function openZip(path: string): Promise<Map<string, ZipEntry>> {
  const places = new Map<string, ZipEntry>()
  const size = fileSize(path)
  try {
    const zip = await fromRandomAccessReaderPromise(new FileReader(path, size), size, { autoClose: false })
    for await (const entry of zip.eachEntry()) {
      const { fileName, compressionMethod, uncompressedSize } = entry
      if (fileName.endsWith('/')) continue
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
      places.set(fileName, { offset: fileDataStart, length: uncompressedSize, stored: compressionMethod === 0 })
      if (places.size > ENTRIES) throw new Error(`more than ${ENTRIES} entries`)
    }
  } catch (error) {
    throw new ModelError(`${path}: cannot be read as a zip archive (${error instanceof Error ? error.message : error})`)
  }
  return places
}
