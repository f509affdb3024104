import { sizeOf } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import type { SyncBytes } from './bytes.ts'
import { type Checkpoint, stored } from './checkpoint.ts'
import { dtypeOf } from './dtypes.ts'
import { strideOfColumns, TYPES } from './numpy.ts'
import { shown } from './shown.ts'

const MAGIC = '\x93NUMPY'

/** Whether bytes begin as `numpy.save` writes them. */
export const isNpy = (bytes: SyncBytes): boolean =>
  bytes.size >= MAGIC.length && String.fromCharCode(...bytes.readSync(0, MAGIC.length)) === MAGIC

/**
 * Opens an array that `numpy.save` wrote: magic bytes, a version, the length of a header, the header as a Python dictionary, then the numbers
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). Nothing in it is executed: arrays of objects are refused.
 *
 * @param name under which the array stands in the checkpoint
 * @throws {ModelError} naming the file and what is wrong with it
 */
export function openNpySync<B extends SyncBytes>(bytes: B, name: string): Checkpoint<B> {
  const [major = 0] = bytes.readSync(MAGIC.length, 2)
  const at = MAGIC.length + 2
  const view = new DataView(bytes.readSync(at, major === 1 ? 2 : 4).buffer)
  const length = major === 1 ? view.getUint16(0, true) : view.getUint32(0, true)
  const header = new TextDecoder('latin1').decode(bytes.readSync(at + view.byteLength, length))
  const read = (key: string, value: string) => new RegExp(`['"]${key}['"]\\s*:\\s*${value}`).exec(header)?.[1]
  const [code, order, sizes] = [
    read('descr', `['"]([^'"]*)['"]`),
    read('fortran_order', '(True|False)'),
    read('shape', '\\(([\\d,\\s]*)\\)'),
  ]
  if (sizes === undefined || order === undefined)
    throw new ModelError(`${bytes.name}: expected the header of an array of NumPy, got ${shown(header.trim())}`)
  const dtype = code === undefined || code.startsWith('>') ? undefined : TYPES[code.slice(1)]
  const width = dtype && dtypeOf(dtype)?.bytes
  if (!dtype || !width)
    throw new ModelError(
      `${bytes.name}: expected little-endian numbers such as <f4 or <f8, got ${shown(code ?? 'several fields')}; save it with numpy.save(FILE, array.astype("float32"))`,
    )
  const shape = sizes
    .split(',')
    .map(size => size.trim())
    .filter(size => size !== '')
    .map(Number)
  const offset = at + view.byteLength + length
  if (bytes.size - offset !== sizeOf(shape) * width)
    throw new ModelError(
      `${bytes.name}: ${bytes.size - offset} bytes do not hold ${dtype} [${shape.join(', ')}]; save or copy it again`,
    )
  const part = {
    ...{ bytes, offset, length: bytes.size - offset, dtype, shape },
    ...(order === 'True' && { strides: strideOfColumns(shape) }),
  }
  return { name: bytes.name, sources: [bytes], arrays: new Map([[name, stored(part)]]) }
}
