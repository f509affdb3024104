import { Dataset as Hdf5Dataset, File as Hdf5File, Reference, ready } from 'h5wasm/node'
import { DatasetError } from '../errors.ts'

export { Hdf5Dataset, type Hdf5File }

/** Opens an HDF5 file; `DatasetError` for a file that is none. */
export async function openHdf5(file: string, mode: 'r' | 'w'): Promise<Hdf5File> {
  const library = await ready
  // Without it the library prints its errors and answers with invalid handles.
  library.activate_throwing_error_handler()
  try {
    return new Hdf5File(file, mode)
  } catch (error) {
    throw new DatasetError(file, `expected an HDF5 file that can be ${mode === 'r' ? 'read' : 'written'}`, {
      cause: error,
    })
  }
}

/** A dataset of the file, by its path. */
export function hdf5Dataset(file: Hdf5File, path: string): Hdf5Dataset {
  const found = file.get(path)
  if (found instanceof Hdf5Dataset) return found
  throw new DatasetError(file.filename, `expected a dataset ${path}, got ${found ? 'a group' : 'nothing'}`)
}

/** The datasets that a dataset of references points at. */
export function referenced(file: Hdf5File, references: Hdf5Dataset): Hdf5Dataset[] {
  const list = references.value
  return (Array.isArray(list) ? list.flat(8) : [list]).map(reference => {
    const found = reference instanceof Reference ? file.dereference(reference) : null
    if (found instanceof Hdf5Dataset) return found
    throw new DatasetError(file.filename, `expected ${references.path} to refer to datasets`)
  })
}
