import type { Dataset as Hdf5Dataset, File as Hdf5File } from 'h5wasm/node'
import { DatasetError } from '../errors.ts'
import { problemOf } from '../printable.ts'
import { isFile } from './file.ts'

export type { Hdf5Dataset, Hdf5File }

/** The library, loaded at its first use. */
async function load() {
  const library = await import('h5wasm/node')
  // Without it the library prints its errors and answers with invalid handles.
  ;(await library.ready).activate_throwing_error_handler()
  return library
}

/** Opens an HDF5 file; `DatasetError` for a file that is none. Whoever opens it closes it. */
export async function openHdf5(path: string, mode: 'r' | 'w') {
  const { Dataset, File, Reference } = await load()
  if (mode === 'r' && !isFile(path)) throw new DatasetError(path, 'expected an HDF5 file, found none')
  const file = guarded(
    path,
    () => new File(path, mode),
    `expected an HDF5 file that can be ${mode === 'r' ? 'read' : 'written'}`,
  )

  /** A dataset of the file, by its path. */
  function dataset(name: string): Hdf5Dataset {
    const found = guarded(path, () => file.get(name))
    if (found instanceof Dataset) return found
    throw new DatasetError(path, `expected a dataset ${name}, got ${found ? 'a group' : 'nothing'}`)
  }
  return {
    file,
    dataset,
    /** Values of a dataset that says that it has at most `most`, for a few bytes can stand for any number. */
    values(from: Hdf5Dataset, most: number) {
      const shape = guarded(path, () => from.shape) ?? []
      const count = shape.reduce((product, length) => product * length, 1)
      if (!(count <= most))
        throw new DatasetError(
          path,
          `${from.path}: expected at most ${most.toLocaleString('en')} values, got [${shape.join(', ')}]`,
        )
      return guarded(path, () => from.value)
    },
    /** The datasets that a dataset of references points at; with `only`, the one at that place. */
    referenced(references: Hdf5Dataset, most: number, only?: number): Hdf5Dataset[] {
      const value = this.values(references, most)
      const list: readonly unknown[] = Array.isArray(value) ? value.flat(8) : [value]
      return (only === undefined ? list : list.slice(only, only + 1)).map(reference => {
        const found = reference instanceof Reference ? guarded(path, () => file.dereference(reference)) : null
        if (found instanceof Dataset) return found
        throw new DatasetError(path, `expected ${references.path} to refer to datasets`)
      })
    },
    close: () => void file.close(),
  }
}

export type OpenHdf5 = Awaited<ReturnType<typeof openHdf5>>

/** Opens a file for some work and closes it after that, whatever happens. */
export async function withHdf5<T>(path: string, work: (opened: OpenHdf5) => T): Promise<T> {
  const opened = await openHdf5(path, 'r')
  try {
    return work(opened)
  } finally {
    opened.close()
  }
}

/** What the library throws, in one line that names the file. */
export function guarded<T>(path: string, work: () => T, expected = 'expected a whole HDF5 file'): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof DatasetError) throw error
    throw new DatasetError(path, `${expected}: ${reasonOf(error)}`, { cause: error })
  }
}

/** The library reports a stack of up to 60 lines, of which the last call says what is wrong. */
function reasonOf(error: unknown): string {
  const calls = error instanceof Error ? [...error.message.matchAll(/ in \w+\(\): (.+)/g)] : []
  return calls.at(-1)?.[1] ?? problemOf(error)
}
