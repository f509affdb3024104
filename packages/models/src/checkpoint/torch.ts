import { sizeOf } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import { type ByteSource, withBytes } from './byte-source.ts'
import { kindOf, PickleGlobal, type PickleOptions, type PickleValue, unpickle } from './pickle.ts'
import { bytesOf, fileSize, firstFew, type StoredTensor, type TensorFile, tensorFile } from './tensor-file.ts'
import { openZip, type ZipEntry } from './zip.ts'

/** The numbers behind one or several tensors. Its place in the file may be known only after the pickle was read. */
class Storage {
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

class StoredView {
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
const GLOBALS: PickleOptions['globals'] = {
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
function storageOf(storages: Map<string, Storage>, where: string): (id: PickleValue) => Storage {
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

/**
 * Opens what `torch.save` wrote since PyTorch 1.6: a zip archive with a pickle and one uncompressed entry for each storage. The arrays
 * stay where they lie.
 */
export async function openTorchZip(path: string): Promise<TensorFile> {
  const entries = await openZip(path)
  const names = [...entries.keys()]
  const pickle = names.find(name => /^[^/]+\/data\.pkl$/.test(name))
  if (pickle === undefined)
    throw new ModelError(`${path}: expected a checkpoint with data.pkl, got a zip archive with ${firstFew(names)}`)
  const root = pickle.slice(0, -'data.pkl'.length)
  if (names.some(name => name.startsWith(`${root}code/`)))
    throw new ModelError(`${path}: is a TorchScript archive. Save \`model.state_dict()\` instead`)
  const entry = (name: string): ZipEntry => {
    const found = entries.get(`${root}${name}`)
    if (!found?.stored)
      throw new ModelError(
        `${path}: expected an uncompressed entry ${name}, got ${found ? 'a compressed one' : firstFew(names)}`,
      )
    return found
  }
  const read = <T>({ offset, length }: ZipEntry, use: (source: ByteSource) => T): T =>
    withBytes(path, use, offset, offset + length)
  if (entries.has(`${root}byteorder`)) {
    const at = entry('byteorder')
    const order = read(at, source => Buffer.from(source.take(Math.min(at.length, 20))).toString())
    if (order !== 'little') throw new ModelError(`${path}: expected little-endian numbers, got "${order}"`)
  }
  const where = `${path} (${pickle})`
  const options = { where, globals: GLOBALS, persistent: storageOf(new Map(), where) }
  const saved = read(entry('data.pkl'), source => unpickle(source, options))
  return stateDict(path, saved, storage => place(path, storage, entry(`data/${storage.key}`)))
}

const MAGIC = 0x1950a86a20f9469cfc6cn
const LEGACY_PROTOCOL = 1001

/** Opens what `torch.save` wrote before PyTorch 1.6: pickles one after the other, then each storage after its length. */
export function openTorchLegacy(path: string): TensorFile {
  const storages = new Map<string, Storage>()
  const options = { where: path, globals: GLOBALS, persistent: storageOf(storages, path) }
  const places = new Map<string, { offset: number; length: number }>()
  const end = fileSize(path)
  const saved = withBytes(path, source => {
    const magic = unpickle(source, options)
    if (magic !== MAGIC)
      throw new ModelError(`${path}: expected a file of torch.save, got a pickle of ${kindOf(magic)}`)
    const protocol = unpickle(source, options)
    if (protocol !== LEGACY_PROTOCOL)
      throw new ModelError(`${path}: expected protocol ${LEGACY_PROTOCOL}, got ${kindOf(protocol)}`)
    const system = unpickle(source, options)
    if (system instanceof Map && system.get('little_endian') === false)
      throw new ModelError(`${path}: expected little-endian numbers, got big-endian ones`)
    const root = unpickle(source, options)
    const keys = unpickle(source, options)
    for (const key of Array.isArray(keys) ? keys : []) {
      const storage = typeof key === 'string' ? storages.get(key) : undefined
      if (!storage) throw new ModelError(`${path}: the storage ${kindOf(key)} belongs to no tensor`)
      const count = Number(Buffer.from(source.take(8)).readBigInt64LE())
      if (count !== storage.size)
        throw new ModelError(`${path}: storage ${storage.key}: expected ${storage.size} numbers, got ${count}`)
      const length = count * (bytesOf(storage.dtype) ?? 0)
      if (source.position + length > end)
        throw new ModelError(
          `${path}: ends at byte ${end}, expected storage ${storage.key} up to byte ${source.position + length}`,
        )
      places.set(storage.key, { offset: source.position, length })
      source.skip(length)
    }
    return root
  })
  return stateDict(path, saved, storage => {
    const found = places.get(storage.key)
    if (!found) throw new ModelError(`${path}: storage ${storage.key} is missing`)
    return place(path, storage, found)
  })
}

interface Placed {
  readonly offset: number
  readonly dtype: string
  readonly size: number
}

function place(
  path: string,
  { key, dtype, size }: Storage,
  { offset, length }: { readonly offset: number; readonly length: number },
): Placed {
  const expected = size * (bytesOf(dtype) ?? 0)
  if (length < expected)
    throw new ModelError(`${path}: storage ${key}: expected ${expected} bytes of ${dtype}, got ${length}`)
  return { offset, dtype, size }
}

/** Where training scripts keep the weights, the averaged ones first, as timm looks for them. */
const CONTAINERS = ['state_dict_ema', 'model_ema', 'state_dict', 'model', 'model_state_dict', 'teacher', 'module']

const tensorsOf = (value: PickleValue | undefined): [string, StoredView][] =>
  value instanceof Map
    ? [...value].filter(
        (entry): entry is [string, StoredView] => typeof entry[0] === 'string' && entry[1] instanceof StoredView,
      )
    : []

function stateDict(path: string, saved: PickleValue, locate: (storage: Storage) => Placed): TensorFile {
  const inside = (name: string) => (saved instanceof Map ? tensorsOf(saved.get(name)) : [])
  const container = CONTAINERS.find(name => inside(name).length > 0)
  const tensors = container === undefined ? tensorsOf(saved) : inside(container)
  if (tensors.length === 0) {
    const found = saved instanceof Map ? `keys ${firstFew([...saved.keys()].map(String))}` : kindOf(saved)
    throw new ModelError(
      `${path}: expected a dictionary of tensors, or one under ${CONTAINERS.join(', ')}; got ${found}`,
    )
  }
  return tensorFile(path, new Map(tensors.map(([name, view]) => [name, storedTensor(path, name, view, locate)])))
}

function storedTensor(
  path: string,
  name: string,
  { storage, offset, shape, strides }: StoredView,
  locate: (storage: Storage) => Placed,
): StoredTensor {
  const placed = locate(storage)
  const element = bytesOf(placed.dtype) ?? 0
  const count = sizeOf(shape)
  const last = count === 0 ? -1 : shape.reduce((sum, n, axis) => sum + (n - 1) * (strides[axis] ?? 0), 0)
  // A view that repeats its numbers could be any size.
  if (!(offset + last < placed.size) || count > placed.size)
    throw new ModelError(
      `${path}: ${name}: [${shape.join(', ')}] with strides [${strides.join(', ')}] from ${offset} does not fit ${placed.size} numbers`,
    )
  const rowMajor = shape.every((n, axis) => n === 1 || strides[axis] === sizeOf(shape.slice(axis + 1)))
  return {
    dtype: placed.dtype,
    shape,
    ...(!rowMajor && count > 0 && { strides }),
    path,
    offset: placed.offset + offset * element,
    length: (last + 1) * element,
  }
}
