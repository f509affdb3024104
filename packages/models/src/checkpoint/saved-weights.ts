import { sizeOf } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { type Checkpoint, type CheckpointArray, firstFew, type StoredArray, stored } from './checkpoint.ts'
import { dtypeOf } from './dtypes.ts'
import { NumpyArray } from './numpy.ts'
import { kindOf, type PickleValue } from './pickle.ts'
import { shown } from './shown.ts'
import { type Storage, StoredView } from './torch-values.ts'

/** Where the numbers of a storage lie in the file. */
export type Locate = (storage: Storage) => { readonly offset: number; readonly length: number }

const DEPTH = 12
const NAME_LENGTH = 1000

/**
 * All tensors in what a training saved, under the keys that lead to them, joined by dots: `model.blocks.0.norm1.weight` may be one key, or
 * one dictionary in another. NumPy arrays of weights count as tensors.
 */
export function weightsIn<B extends Bytes>(bytes: B, saved: PickleValue, locate: Locate): Checkpoint<B> {
  const arrays = new Map<string, CheckpointArray<B>>()
  const seen = new Set<PickleValue>()
  const add = (name: string, array: CheckpointArray<B> | undefined): void => {
    if (arrays.has(name)) throw new ModelError(`${bytes.name}: ${shown(name)} is there twice; save the model again`)
    if (array) arrays.set(name, array)
  }
  const walk = (value: PickleValue, name: string, depth: number): void => {
    if (value instanceof StoredView) add(name, stored(place(bytes, name, value, locate)))
    if (value instanceof NumpyArray) add(name, value.asArray(`${bytes.name}: ${shown(name)}`))
    const entries = Array.isArray(value) ? value.entries() : value instanceof Map ? value : undefined
    // A pickle may hold a container in itself, or one in many places.
    if (!entries || seen.has(value) || depth > DEPTH) return
    seen.add(value)
    for (const [key, inner] of entries) {
      if (typeof inner !== 'object' || (typeof key !== 'string' && typeof key !== 'number')) continue
      const path = name === '' ? String(key) : `${name}.${key}`
      if (path.length <= NAME_LENGTH) walk(inner, path, depth + 1)
    }
  }
  walk(saved, '', 0)
  if (arrays.size === 0) {
    const keys = saved instanceof Map ? [...saved.keys()].map(key => (typeof key === 'string' ? key : kindOf(key))) : []
    throw new ModelError(
      `${bytes.name}: expected tensors by name, got ${saved instanceof Map ? `keys ${firstFew(keys)}` : kindOf(saved)}. Save \`model.state_dict()\``,
    )
  }
  return { name: bytes.name, sources: [bytes], arrays }
}

function place<B extends Bytes>(
  bytes: B,
  name: string,
  { storage, offset, shape, strides }: StoredView,
  locate: Locate,
): StoredArray<B> {
  const { key, dtype, size } = storage
  const numbers = locate(storage)
  const element = dtypeOf(dtype)?.bytes ?? 0
  if (numbers.length < size * element)
    throw new ModelError(
      `${bytes.name}: storage ${shown(key)}: expected ${size * element} bytes of ${dtype}, got ${numbers.length}`,
    )
  const count = sizeOf(shape)
  const last = count === 0 ? -1 : shape.reduce((sum, n, axis) => sum + (n - 1) * (strides[axis] ?? 0), 0)
  // A view that repeats its numbers could be any size.
  if (!(offset + last < size) || count > size)
    throw new ModelError(
      `${bytes.name}: ${shown(name)}: [${shape.join(', ')}] with strides [${strides.join(', ')}] from ${offset} does not fit ${size} numbers`,
    )
  const rowMajor = shape.every((n, axis) => n === 1 || strides[axis] === sizeOf(shape.slice(axis + 1)))
  return {
    bytes,
    dtype,
    shape,
    ...(!rowMajor && count > 0 && { strides }),
    offset: numbers.offset + offset * element,
    length: (last + 1) * element,
  }
}
