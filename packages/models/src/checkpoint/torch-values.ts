import { ModelError } from '../errors.ts'
import { kindOf, PickleGlobal, type PickleOptions, type PickleValue } from './pickle.ts'

/** The numbers behind one or several tensors. Its place in the file may be known only after the pickle was read. */
export class Storage {
  readonly key: string
  readonly dtype: string
  /** In elements. */
  readonly size: number
  constructor(key: string, dtype: string, size: number) {
    this.key = key
    this.dtype = dtype
    this.size = size
  }
}

export class StoredView {
  readonly storage: Storage
  /** In elements of the storage. */
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage
    this.offset = offset
    this.shape = shape
    this.strides = strides
  }
}

/** A value that a checkpoint may hold and that no weight needs: arguments of the training, a random state, a learning rate. */
class Inert {}

const STORAGES: Readonly<Record<string, string>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
}

const DTYPES: Readonly<Record<string, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
}

const whole = (value: PickleValue | undefined): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const wholes = (value: PickleValue | undefined): value is number[] => Array.isArray(value) && value.every(whole)

/** torch._utils._rebuild_tensor_v2(storage, offset, size, stride, …) */
function rebuildTensor([storage, offset, shape, strides]: readonly PickleValue[]): StoredView {
  if (!(storage instanceof Storage) || !whole(offset) || !wholes(shape) || !wholes(strides))
    throw new ModelError(
      `not a checkpoint: expected a tensor's storage, offset, size and stride, got ${kindOf(storage)}`,
    )
  if (shape.length !== strides.length || shape.length > 16)
    throw new ModelError(`not a checkpoint: a tensor has ${shape.length} sizes and ${strides.length} strides`)
  return new StoredView(storage, offset, shape, strides)
}

const ordered = ([items]: readonly PickleValue[]): Map<PickleValue, PickleValue> =>
  new Map(
    Array.isArray(items)
      ? items.filter(pair => Array.isArray(pair)).map((pair: PickleValue[]) => [pair[0] ?? null, pair[1] ?? null])
      : [],
  )

const inert = (): Inert => new Inert()

/** Every class and function that a checkpoint may name, and what it stands for. */
export const GLOBALS: PickleOptions['globals'] = {
  'collections.OrderedDict': ordered,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_parameter': ([data]) => data ?? null,
  'torch._utils._rebuild_parameter_with_state': ([data]) => data ?? null,
  'torch.nn.parameter.Parameter': ([data]) => data ?? null,
  'torch.Size': ([sizes]) => sizes ?? [],
  ...Object.fromEntries(Object.keys(STORAGES).map(name => [`torch.${name}`, inert])),
  'torch.storage.UntypedStorage': inert,
  'torch.UntypedStorage': inert,
  ...Object.fromEntries(Object.keys(DTYPES).map(name => [`torch.${name}`, inert])),
  'torch.device': inert,
  'argparse.Namespace': inert,
  'collections.defaultdict': () => new Map(),
  'collections.Counter': ordered,
  'pathlib.PosixPath': inert,
  'pathlib.WindowsPath': inert,
  'numpy.dtype': inert,
  'numpy.core.multiarray.scalar': inert,
  'numpy._core.multiarray.scalar': inert,
  '_codecs.encode': inert,
}

/** torch.save's persistent id of a storage: ('storage', type, key, location, elements). */
export function storageOf(storages: Map<string, Storage>, where: string): (id: PickleValue) => Storage {
  return id => {
    const [kind, type, key, , size] = Array.isArray(id) ? id : []
    const dtype = type instanceof PickleGlobal ? STORAGES[type.name.replace('torch.', '')] : undefined
    if (kind !== 'storage' || typeof key !== 'string' || !whole(size))
      throw new ModelError(`${where}: expected the id of a storage, got ${kindOf(id)}`)
    if (dtype === undefined)
      throw new ModelError(
        `${where}: storage ${key}: expected ${Object.keys(STORAGES).join(', ')}, got ${kindOf(type)}`,
      )
    const known = storages.get(key) ?? new Storage(key, dtype, size)
    storages.set(key, known)
    return known
  }
}
