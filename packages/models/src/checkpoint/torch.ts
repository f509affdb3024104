import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { type Checkpoint, firstFew } from './checkpoint.ts'
import { Cursor, EndOfBytesError } from './cursor.ts'
import { dtypeOf } from './dtypes.ts'
import { foreignArchive } from './file-kinds.ts'
import { kindOf, type PickleValue, unpickle } from './pickle.ts'
import { weightsIn } from './saved-weights.ts'
import { type Storage, scriptGlobal, storageOf, torchGlobal } from './torch-values.ts'
import { openZip, type ZipEntry } from './zip.ts'

// Pickles are read into memory whole. Those of real checkpoints take some megabytes: the arrays lie outside of them.
const PICKLE_BYTES = 64 * 2 ** 20
const FIRST_READ = 2 ** 20

/**
 * Opens what `torch.save` wrote since PyTorch 1.6: a zip archive with a pickle and one uncompressed entry for each storage. The arrays
 * stay where they lie. An archive of TorchScript is one too; of its modules the arrays are read, its code is not.
 */
export async function openTorchZip<B extends Bytes>(bytes: B): Promise<Checkpoint<B>> {
  const fail = (problem: string): never => {
    throw new ModelError(`${bytes.name}: ${problem}`)
  }
  const entries = await openZip(bytes)
  const names = [...entries.keys()]
  const pickle = names.find(name => /^[^/]+\/data\.pkl$/.test(name))
  if (pickle === undefined)
    return fail(
      `expected a checkpoint with data.pkl, got ${foreignArchive(names) ?? `a zip archive with ${firstFew(names)}`}`,
    )
  const root = pickle.slice(0, -'data.pkl'.length)
  const isScripted = names.some(name => name.startsWith(`${root}code/`))
  const entry = (name: string): ZipEntry => {
    const found = entries.get(`${root}${name}`)
    return found?.stored
      ? found
      : fail(`expected an uncompressed entry ${name}, got ${found ? 'a compressed one' : firstFew(names)}`)
  }
  const read = async (name: string, limit: number): Promise<Uint8Array> => {
    const { offset, length } = entry(name)
    if (length > limit) fail(`${name}: expected at most ${limit} bytes, got ${length}`)
    return bytes.read(offset, length)
  }
  if (entries.has(`${root}byteorder`)) {
    const order = String.fromCharCode(...(await read('byteorder', 20)))
    if (order !== 'little') fail(`expected little-endian numbers, got "${order}"`)
  }
  const where = `${bytes.name} (${pickle})`
  const globals = isScripted ? scriptGlobal : torchGlobal
  const options = { where, globals, persistent: storageOf(new Map(), where) }
  const saved = unpickle(new Cursor(await read('data.pkl', PICKLE_BYTES), where), options)
  const checkpoint = weightsIn(bytes, saved, storage => entry(`data/${storage.key}`))
  return isScripted ? { ...checkpoint, isScripted } : checkpoint
}

const MAGIC = 0x1950a86a20f9469cfc6cn
const LEGACY_PROTOCOL = 1001

/** Opens what `torch.save` wrote before PyTorch 1.6: pickles one after the other, then each storage after its length. */
export async function openTorchLegacy<B extends Bytes>(bytes: B): Promise<Checkpoint<B>> {
  const { saved, keys, storages, end } = await legacyPickles(bytes)
  const places = new Map<string, { offset: number; length: number }>()
  let position = end
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined
    if (!storage) throw new ModelError(`${bytes.name}: the storage ${kindOf(key)} belongs to no tensor`)
    const count = Number(new DataView((await bytes.read(position, 8)).buffer).getBigInt64(0, true))
    if (count !== storage.size)
      throw new ModelError(`${bytes.name}: storage ${storage.key}: expected ${storage.size} numbers, got ${count}`)
    const place = { offset: position + 8, length: count * (dtypeOf(storage.dtype)?.bytes ?? 0) }
    position = place.offset + place.length
    if (position > bytes.size)
      throw new ModelError(
        `${bytes.name}: ends at byte ${bytes.size}, expected storage ${storage.key} up to byte ${position}`,
      )
    places.set(storage.key, place)
  }
  return weightsIn(bytes, saved, storage => {
    const found = places.get(storage.key)
    if (!found) throw new ModelError(`${bytes.name}: storage ${storage.key} is missing`)
    return found
  })
}

interface LegacyPickles {
  readonly saved: PickleValue
  /** Keys of the storages, in the order in which they follow. */
  readonly keys: readonly PickleValue[]
  readonly storages: ReadonlyMap<string, Storage>
  /** Where the pickles end. */
  readonly end: number
}

/** Nothing says how long the pickles are: more of the file is read until they are whole. */
async function legacyPickles(bytes: Bytes): Promise<LegacyPickles> {
  for (let size = FIRST_READ; ; size *= 8) {
    const length = Math.min(size, PICKLE_BYTES, bytes.size)
    const cursor = new Cursor(await bytes.read(0, length), bytes.name)
    try {
      return parseLegacy(cursor)
    } catch (error) {
      if (!(error instanceof EndOfBytesError) || length === bytes.size) throw error
      if (length === PICKLE_BYTES)
        throw new ModelError(`${bytes.name}: expected at most ${PICKLE_BYTES} bytes before the numbers, got more`)
    }
  }
}

function parseLegacy(cursor: Cursor): LegacyPickles {
  const { where } = cursor
  const storages = new Map<string, Storage>()
  const options = { where, globals: torchGlobal, persistent: storageOf(storages, where) }
  const magic = unpickle(cursor, options)
  if (magic !== MAGIC)
    throw new ModelError(
      `${where}: expected a file of torch.save, got a pickle of ${kindOf(magic)}; save it with \`torch.save(model.state_dict(), FILE)\``,
    )
  const protocol = unpickle(cursor, options)
  if (protocol !== LEGACY_PROTOCOL)
    throw new ModelError(`${where}: expected protocol ${LEGACY_PROTOCOL}, got ${kindOf(protocol)}`)
  const system = unpickle(cursor, options)
  if (system instanceof Map && system.get('little_endian') === false)
    throw new ModelError(`${where}: expected little-endian numbers, got big-endian ones`)
  const saved = unpickle(cursor, options)
  const keys = unpickle(cursor, options)
  return { saved, keys: Array.isArray(keys) ? keys : [], storages, end: cursor.position }
}
