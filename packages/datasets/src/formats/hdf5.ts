import { statSync } from 'node:fs'
import type { Dataset as Hdf5Dataset, File as Hdf5File } from 'h5wasm/node'
import { DatasetError } from '../errors.ts'
import { problemOf } from '../printable.ts'
import { isFile } from './file.ts'

export type { Hdf5Dataset, Hdf5File }

type Library = typeof import('h5wasm/node')

/**
 * Files in which the library failed, by device and inode. It keeps open what it had opened of them, and would answer from that after they
 * have changed.
 */
const failed = new Set<string>()

const identityOf = (path: string): string => {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats ? `${stats.dev}:${stats.ino}` : ''
}

let library: Promise<Library> | undefined
let instances = 0

/** The library, loaded at its first use; a new instance of it for a file in which it failed before. */
async function load(path: string): Promise<Library> {
  if (failed.delete(identityOf(path))) library = import(`${import.meta.resolve('h5wasm/node')}?instance=${++instances}`)
  library ??= import('h5wasm/node')
  const loaded = await library
  // Without it the library prints its errors and answers with invalid handles.
  ;(await loaded.ready).activate_throwing_error_handler()
  return loaded
}

/** Opens an HDF5 file; `DatasetError` for a file that is none. Whoever opens it closes it. */
export async function openHdf5(path: string, mode: 'r' | 'w') {
  if (mode === 'r' && !isFile(path)) throw new DatasetError(path, 'expected an HDF5 file that can be read, found none')
  const { Dataset, File, Reference } = await load(path)
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
  /** Values of a dataset that says that it has at most `most`, for a few bytes can stand for any number. */
  function values(from: Hdf5Dataset, most: number) {
    const shape = guarded(path, () => from.shape) ?? []
    const count = shape.reduce((product, length) => product * length, 1)
    if (count <= most) return guarded(path, () => from.value)
    throw new DatasetError(
      path,
      `${from.path}: expected at most ${most.toLocaleString('en')} values, got [${shape.join(', ')}]`,
    )
  }

  /** The datasets that a dataset of references points at; with `only`, the one at that place. */
  function referenced(references: Hdf5Dataset, most: number, only?: number): Hdf5Dataset[] {
    const value = values(references, most)
    const list: readonly unknown[] = Array.isArray(value) ? value.flat(8) : [value]
    return (only === undefined ? list : list.slice(only, only + 1)).map(reference => {
      const found = reference instanceof Reference ? guarded(path, () => file.dereference(reference)) : null
      if (found instanceof Dataset) return found
      throw new DatasetError(path, `expected ${references.path} to refer to datasets`)
    })
  }
  return { file, dataset, values, referenced }
}

export type OpenHdf5 = Awaited<ReturnType<typeof openHdf5>>

/** Opens a file for some work and closes it after that, whatever happens. */
export async function withHdf5<T>(path: string, work: (opened: OpenHdf5) => T): Promise<T> {
  const opened = await openHdf5(path, 'r')
  try {
    return work(opened)
  } finally {
    closeQuietly(opened)
  }
}

/** Closes a file that was read; where that fails, an error before it is what matters. */
export function closeQuietly({ file }: OpenHdf5): void {
  try {
    file.close()
  } catch {
    failed.add(identityOf(file.filename))
  }
}

/** What the library throws, in one line that names the file. */
export function guarded<T>(path: string, work: () => T, expected = 'expected a whole HDF5 file'): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof DatasetError) throw error
    failed.add(identityOf(path))
    throw new DatasetError(path, `${expected}: ${reasonOf(error)}`, { cause: error })
  }
}

/** The library reports a stack of up to 60 lines, of which the last call says what is wrong, or what the operating system said. */
function reasonOf(error: unknown): string {
  const [, system] = (error instanceof Error && /error message = '([^']+)'/.exec(error.message)) || []
  if (system !== undefined) return system
  const calls = error instanceof Error ? [...error.message.matchAll(/ in \w+\(\): (.+)/g)] : []
  return calls.at(-1)?.[1] ?? problemOf(error)
}
