import { openPromise } from 'yauzl'
import { ModelError } from '../errors.ts'

// A checkpoint has one entry for each array; the limit bounds what a damaged directory can ask for.
const ENTRIES = 100_000

/** Where the bytes of an entry lie, as they are in memory if they are `stored` and not compressed. */
export interface ZipEntry {
  readonly offset: number
  readonly length: number
  readonly stored: boolean
}

/** The entries of an archive by name. Throws a ModelError for one that is damaged. */
export async function openZip(path: string): Promise<Map<string, ZipEntry>> {
  const damaged = (error: unknown): never => {
    throw new ModelError(`${path}: cannot be read as a zip archive (${error instanceof Error ? error.message : error})`)
  }
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false }).catch(damaged)
  const places = new Map<string, ZipEntry>()
  try {
    for await (const entry of zip.eachEntry()) {
      const { fileName, compressionMethod, uncompressedSize } = entry
      if (fileName.endsWith('/')) continue
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
      places.set(fileName, { offset: fileDataStart, length: uncompressedSize, stored: compressionMethod === 0 })
      if (places.size > ENTRIES) throw new Error(`more than ${ENTRIES} entries`)
    }
  } catch (error) {
    damaged(error)
  } finally {
    zip.close()
  }
  return places
}
