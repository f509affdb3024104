import { sizeOf } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { type Checkpoint, firstFew, type StoredArray, stored } from './checkpoint.ts'
import { dtypeOf } from './dtypes.ts'
import { kindOf, type PickleValue } from './pickle.ts'
import { type Storage, StoredView } from './torch-values.ts'

/** Where training scripts keep the weights, the averaged ones first, as timm looks for them. */
const CONTAINERS = ['state_dict_ema', 'model_ema', 'state_dict', 'model', 'model_state_dict', 'teacher', 'module']

/** Where the numbers of a storage lie in the file. */
export type Locate = (storage: Storage) => { readonly offset: number; readonly length: number }

const tensorsOf = (value: PickleValue | undefined): [string, StoredView][] =>
  value instanceof Map
    ? [...value].filter(
        (entry): entry is [string, StoredView] => typeof entry[0] === 'string' && entry[1] instanceof StoredView,
      )
    : []

/** The dictionary of tensors in what a training saved. */
export function weightsIn<B extends Bytes>(bytes: B, saved: PickleValue, locate: Locate): Checkpoint<B> {
  const inside = (name: string) => (saved instanceof Map ? tensorsOf(saved.get(name)) : [])
  const container = CONTAINERS.find(name => inside(name).length > 0)
  const tensors = container === undefined ? tensorsOf(saved) : inside(container)
  if (tensors.length === 0) {
    const found = saved instanceof Map ? `keys ${firstFew([...saved.keys()].map(keyText))}` : kindOf(saved)
    throw new ModelError(
      `${bytes.name}: expected a dictionary of tensors, or one under ${CONTAINERS.join(', ')}; got ${found}`,
    )
  }
  const arrays = tensors.map(([name, view]) => [name, stored(place(bytes, name, view, locate))] as const)
  return { name: bytes.name, sources: [bytes], arrays: new Map(arrays) }
}

const keyText = (key: PickleValue): string => (typeof key === 'string' ? key : kindOf(key))

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
      `${bytes.name}: storage ${key}: expected ${size * element} bytes of ${dtype}, got ${numbers.length}`,
    )
  const count = sizeOf(shape)
  const last = count === 0 ? -1 : shape.reduce((sum, n, axis) => sum + (n - 1) * (strides[axis] ?? 0), 0)
  // A view that repeats its numbers could be any size.
  if (!(offset + last < size) || count > size)
    throw new ModelError(
      `${bytes.name}: ${name}: [${shape.join(', ')}] with strides [${strides.join(', ')}] from ${offset} does not fit ${size} numbers`,
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
