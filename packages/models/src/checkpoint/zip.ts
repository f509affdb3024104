import { openPromise } from 'yauzl'
import { ModelError } from '../errors.ts'

// A checkpoint has one entry for each array; the limit bounds what a damaged directory can ask for.
const ENTRIES = 100_000

/** Where each entry's bytes lie. Throws a ModelError for an archive that is damaged or compressed. */
export async function openZip(path: string): Promise<Map<string, { offset: number; length: number }>> {
  const damaged = (error: unknown): never => {
    throw new ModelError(`${path}: cannot be read as a zip archive (${error instanceof Error ? error.message : error})`)
  }
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false }).catch(damaged)
  const places = new Map<string, { offset: number; length: number }>()
  try {
    for await (const entry of zip.eachEntry()) {
      const { fileName, compressionMethod, uncompressedSize } = entry
      if (fileName.endsWith('/')) continue
      if (compressionMethod !== 0)
        throw new Error(`${fileName}: expected a stored entry, got a compressed one; save it with torch.save`)
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
      places.set(fileName, { offset: fileDataStart, length: uncompressedSize })
      if (places.size > ENTRIES) throw new Error(`more than ${ENTRIES} entries`)
    }
  } catch (error) {
    damaged(error)
  } finally {
    zip.close()
  }
  return places
}
