import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { readBytesSync, sizeOf } from './formats/file.ts'

/**
 * The hash of a dataset in files: of what is read at once (labels, boxes), every byte; of images and masks, names and sizes, since a
 * picture that changes keeps its size in bytes by accident only, and reading them all would take as long as measuring them. Times of
 * change are left out: a copy of the data is the same data.
 *
 * @param version raised whenever the reader makes other samples of the same files
 *
 * @example
 * fingerprint('my-dataset', 1).facts(...labels).sizes(folder, imageNames).contents(folder, ['boxes.csv']).digest()
 */
export function fingerprint(reader: string, version: number) {
  const hash = createHash('sha256').update(JSON.stringify([reader, version]))
  const fingerprint = {
    /** Everything in a list of texts and numbers. */
    facts(...facts: readonly (string | number)[]) {
      hash.update(`${JSON.stringify(facts)}\n`)
      return fingerprint
    },
    /** Name and size of each file; size -1 for one that is not there. */
    sizes(folder: string, names: Iterable<string>) {
      for (const name of names) hash.update(`${name}\0${sizeOf(folder, name)}\n`)
      return fingerprint
    },
    /** Name and contents of each file; one that is missing or cannot be read is a fact as well. */
    contents(folder: string, names: Iterable<string>) {
      for (const name of names) {
        hash.update(`${name}\0`).update(contentsOf(join(folder, name)))
      }
      return fingerprint
    },
    digest: () => hash.digest('hex'),
  }
  return fingerprint
}

function contentsOf(file: string): Buffer | string {
  try {
    return readBytesSync(file, 'json')
  } catch {
    return '\0missing'
  }
}
