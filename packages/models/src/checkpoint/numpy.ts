import { sizeOf } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import { memoryBytes } from './bytes.ts'
import { type CheckpointArray, readArraySync, stored } from './checkpoint.ts'
import { dtypeOf } from './dtypes.ts'
import type { Buildable, PickleValue } from './pickle.ts'

/** NumPy's codes of element types, by the names that safetensors has for them. */
export const TYPES: Readonly<Record<string, string>> = {
  f8: 'F64',
  f4: 'F32',
  f2: 'F16',
  i8: 'I64',
  i4: 'I32',
  i2: 'I16',
  i1: 'I8',
  u1: 'U8',
  b1: 'BOOL',
}

/** How far apart the elements of each axis lie where columns come first. */
export const strideOfColumns = (shape: readonly number[]): readonly number[] =>
  shape.map((_, axis) => sizeOf(shape.slice(0, axis)))

/** `numpy.dtype` in a pickle: a code such as `f4`, and the byte order in the state. */
export class NumpyType implements Buildable {
  readonly code: string
  bigEndian = false

  constructor(code: PickleValue) {
    this.code = typeof code === 'string' ? code : ''
  }

  build(state: PickleValue): void {
    this.bigEndian = Array.isArray(state) && state[1] === '>'
  }
}

/** `numpy.ndarray` in a pickle, whose state is (version, shape, type, whether columns come first, bytes). */
export class NumpyArray implements Buildable {
  private state: readonly PickleValue[] = []

  build(state: PickleValue): void {
    this.state = Array.isArray(state) ? state : []
  }

  /** The numbers, if they are of a type that weights may have. The array lies in the pickle and so in memory. */
  asArray(name: string): CheckpointArray<never> | undefined {
    const [, shape, type, columnsFirst, data] = this.state
    const dtype = type instanceof NumpyType && !type.bigEndian ? TYPES[type.code] : undefined
    if (dtype === undefined || !isShape(shape) || !(data instanceof Uint8Array)) return undefined
    if (data.length !== sizeOf(shape) * (dtypeOf(dtype)?.bytes ?? 0))
      throw new ModelError(`${name}: ${data.length} bytes do not hold ${dtype} [${shape.join(', ')}]`)
    const part = {
      bytes: memoryBytes(name, data),
      offset: 0,
      length: data.length,
      dtype,
      shape,
      ...(columnsFirst === true && { strides: strideOfColumns(shape) }),
    }
    return { shape, parts: [], make: () => readArraySync(stored(part)) }
  }
}

const isShape = (value: PickleValue | undefined): value is number[] =>
  Array.isArray(value) && value.every(n => Number.isSafeInteger(n) && n >= 0)

/** Bytes as Python 2's protocols write them: text of which each character is a byte. */
export function encodeLatin1([text]: readonly PickleValue[]): PickleValue {
  return typeof text === 'string' ? Uint8Array.from(text, character => character.charCodeAt(0)) : (text ?? null)
}
