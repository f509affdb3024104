import { ModelError } from '../errors.ts'
import { encodeLatin1, NumpyArray, NumpyType } from './numpy.ts'
import { Inert, kindOf, PickleGlobal, type PickleOptions, type PickleValue } from './pickle.ts'

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

type Make = (args: readonly PickleValue[]) => PickleValue

const inert: Make = () => new Inert()
const dictionary: Make = () => new Map()
const first: Make = ([data]) => data ?? null

/** A call of a function that is itself an argument, as torch saves tensors of subclasses. */
const callInside: Make = ([callee, , args]) =>
  callee instanceof PickleGlobal && Array.isArray(args) ? callee.make(args) : null

/** The classes and functions that tensors are made by, and dictionaries. */
const GLOBALS: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['collections.OrderedDict', ordered],
  ['collections.Counter', ordered],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_parameter', first],
  ['torch._utils._rebuild_parameter_with_state', first],
  ['torch._utils._rebuild_device_tensor_from_numpy', first],
  ['torch._tensor._rebuild_from_type_v2', callInside],
  ['torch.nn.parameter.Parameter', first],
  ['torch.Size', ([sizes]) => sizes ?? []],
  ['numpy.dtype', ([code]) => new NumpyType(code ?? null)],
  ['numpy.core.multiarray._reconstruct', () => new NumpyArray()],
  ['numpy._core.multiarray._reconstruct', () => new NumpyArray()],
  ['_codecs.encode', encodeLatin1],
])

/** What else trainings save beside their weights, by the names of modules and classes. Nothing of it is imported or called. */
const BESIDE: readonly (readonly [RegExp, Make])[] = [
  [
    /^collections\.defaultdict$|\.(?:AttributeDict|AttrDict|EasyDict|CfgNode|ConfigDict|Config|Munch|Bunch)$/,
    dictionary,
  ],
  [/^addict\.addict\.Dict$/, dictionary],
  [new RegExp(`^torch\\.(?:${[...Object.keys(STORAGES), ...Object.keys(DTYPES)].join('|')})$`), inert],
  [/^torch\.(?:device|UntypedStorage|storage\.(?:UntypedStorage|TypedStorage)|torch_version\.TorchVersion)$/, inert],
  [
    /^(?:builtins|__builtin__)\.(?:list|dict|set|frozenset|tuple|int|long|float|complex|str|unicode|bool|bytes|object|slice|range|bytearray)$/,
    inert,
  ],
  [/^(?:copyreg|copy_reg)\._reconstructor$/, inert],
  [/^numpy\.(?:ndarray|(?:_?core\.multiarray\.|_?core\.numeric\.)?\w+|random\.\w+(?:\.\w+)?)$/, inert],
  [
    /^(?:argparse\.Namespace|types\.SimpleNamespace|pathlib\.\w+|pathlib\._local\.\w+|datetime\.\w+|uuid\.UUID|decimal\.Decimal)$/,
    inert,
  ],
  [/^(?:collections\.(?:deque|ChainMap)|enum\.\w+)$/, inert],
  [/^(?:omegaconf|yacs|mmengine|mmcv|ml_collections|hydra)\.[\w.]+$/, inert],
  [/^(?:pytorch_lightning|lightning|lightning_fabric|lightning_utilities|transformers|timm)\.[\w.]+$/, inert],
  [/^__main__\.\w+$/, inert],
]

/** What a class or function of a checkpoint stands for; undefined for one that is refused. */
export const torchGlobal: PickleOptions['globals'] = name =>
  GLOBALS.get(name) ?? BESIDE.find(([pattern]) => pattern.test(name))?.[1]

/** An object of TorchScript: its attributes by name. */
class ScriptObject extends Map<PickleValue, PickleValue> {
  build(state: PickleValue): void {
    if (state instanceof Map) for (const [name, value] of state) this.set(name, value)
  }
}

/** The same for an archive of TorchScript, whose modules are classes of its own. */
export const scriptGlobal: PickleOptions['globals'] = name => {
  if (name.startsWith('__torch__.')) return () => new ScriptObject()
  if (/^torch\.jit\._pickle\.\w+$/.test(name)) return first
  return torchGlobal(name)
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
