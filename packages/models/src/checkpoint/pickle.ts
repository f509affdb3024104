import { ModelError } from '../errors.ts'
import type { Cursor } from './cursor.ts'
import { shown } from './shown.ts'

/** What a pickle is made of. Lists and tuples are arrays, dictionaries are maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Set<PickleValue>
  | Map<PickleValue, PickleValue>
  | object

/** An object whose state is set after it was made. A state that is set on anything else is left out. */
export interface Buildable {
  build(state: PickleValue): void
}

/** An instance of a class that holds no weights: what is put into it is left out. */
export class Inert {}

/** A class or function by its name: nothing is imported, `make` says what a call of it stands for. */
export class PickleGlobal {
  readonly name: string
  readonly make: (args: readonly PickleValue[]) => PickleValue
  constructor(name: string, make: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name
    this.make = make
  }
}

export interface PickleOptions {
  /** Where the pickle comes from, for messages. */
  readonly where: string
  /** What a class or function stands for, by `module.name`. Where it is undefined, the pickle is refused. */
  readonly globals: (name: string) => ((args: readonly PickleValue[]) => PickleValue) | undefined
  /** What a persistent id stands for: in a checkpoint, a storage. */
  readonly persistent?: (id: PickleValue) => PickleValue
}

// A checkpoint of a large model has some ten thousand operations; lists of a data set's indices may have a million.
const OPERATIONS = 3_000_000
const CONTAINERS = 1_000_000
const INTEGER_BYTES = 256

interface Machine {
  readonly source: Cursor
  readonly stack: PickleValue[]
  readonly marks: number[]
  readonly memo: Map<number, PickleValue>
  readonly options: PickleOptions
  /** Makes a list, dictionary, set or object, of which there may not be too many. */
  container<T extends object>(made: T): T
  fail(problem: string): never
}

type Operation = (machine: Machine) => void

const utf8 = new TextDecoder()

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

const unsigned = ({ source }: Machine, bytes: 1 | 2 | 4 | 8): number => {
  const data = view(source.take(bytes))
  if (bytes === 8) return Number(data.getBigUint64(0, true))
  return bytes === 1 ? data.getUint8(0) : bytes === 2 ? data.getUint16(0, true) : data.getUint32(0, true)
}

const text = (machine: Machine, length: number): string => utf8.decode(machine.source.take(length))

// A view: the pickle is in memory as a whole.
const blob = (machine: Machine, length: number): Uint8Array => machine.source.take(length)

/** A little-endian two's complement integer. */
function integer(machine: Machine, length: number): number | bigint {
  if (length > INTEGER_BYTES) machine.fail(`an integer of ${length} bytes, expected at most ${INTEGER_BYTES}`)
  const bytes = machine.source.take(length)
  const magnitude = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  return small((bytes.at(-1) ?? 0) & 0x80 ? magnitude - (1n << BigInt(8 * length)) : magnitude)
}

const small = (n: bigint): number | bigint => (Number.isSafeInteger(Number(n)) ? Number(n) : n)

function parseInteger(machine: Machine, line: string): number | bigint {
  if (!/^-?\d{1,600}L?$/.test(line)) machine.fail(`expected an integer, got "${line.slice(0, 40)}"`)
  return small(BigInt(line.replace('L', '')))
}

function pop({ stack, marks, fail }: Machine): PickleValue {
  if (stack.length <= (marks.at(-1) ?? 0)) fail('an operation needs a value that is not there')
  return stack.pop() ?? null
}

/** What lies above the last mark, which is removed. */
function popMark({ stack, marks, fail }: Machine): PickleValue[] {
  const mark = marks.pop()
  return mark === undefined ? fail('an operation needs a mark that is not there') : stack.splice(mark)
}

function top({ stack, fail }: Machine): PickleValue {
  return stack.at(-1) ?? fail('an operation needs a container that is not there')
}

function extend(machine: Machine, items: readonly PickleValue[]): void {
  const list = top(machine)
  if (list instanceof Inert) return
  if (!Array.isArray(list)) machine.fail(`expected a list to append to, got ${kindOf(list)}`)
  for (const item of items) list.push(item)
}

function assign(machine: Machine, items: readonly PickleValue[]): void {
  const map = top(machine)
  if (map instanceof Inert) return
  if (!(map instanceof Map)) machine.fail(`expected a dictionary to write to, got ${kindOf(map)}`)
  for (let i = 0; i + 1 < items.length; i += 2) map.set(items[i] ?? null, items[i + 1] ?? null)
}

function recall({ stack, memo, fail }: Machine, index: number): void {
  const found = memo.get(index)
  stack.push(found === undefined ? fail(`nothing is remembered as ${index}`) : found)
}

function remember(machine: Machine, index: number): void {
  machine.memo.set(index, top(machine))
}

function findGlobal({ stack, options: { globals, where } }: Machine, module: string, name: string): void {
  const full = `${module}.${name}`
  const make = globals(full)
  if (!make)
    throw new ModelError(
      `${where}: refuses "${shown(full)}": expected tensors and plain values. Save \`model.state_dict()\`, or convert the file to safetensors`,
    )
  stack.push(new PickleGlobal(full, make))
}

const isBuildable = (value: PickleValue): value is Buildable & object =>
  typeof value === 'object' && value !== null && 'build' in value && typeof value.build === 'function'

function call(machine: Machine, callee: PickleValue, args: PickleValue): void {
  if (!(callee instanceof PickleGlobal)) machine.fail(`expected a known function to call, got ${kindOf(callee)}`)
  if (!Array.isArray(args)) machine.fail(`${callee.name}: expected a tuple of arguments, got ${kindOf(args)}`)
  const made = callee.make(args)
  machine.stack.push(typeof made === 'object' && made !== null ? machine.container(made) : made)
}

const map = (entries: readonly PickleValue[]): Map<PickleValue, PickleValue> => {
  const made = new Map<PickleValue, PickleValue>()
  for (let i = 0; i + 1 < entries.length; i += 2) made.set(entries[i] ?? null, entries[i + 1] ?? null)
  return made
}

const push =
  (value: (machine: Machine) => PickleValue): Operation =>
  machine => {
    machine.stack.push(value(machine))
  }

const tuple = (count: number): Operation =>
  push(machine => machine.container(Array.from({ length: count }, () => pop(machine)).reverse()))

const nothing: Operation = () => {}

/** Python's pickle opcodes, protocols 0 to 5, by their byte. Absent: extension codes and out-of-band buffers. */
const OPERATIONS_BY_CODE: Readonly<Record<string, Operation>> = {
  '\x80': m => void m.source.take(1),
  '\x95': m => void m.source.take(8),
  '(': ({ marks, stack }) => void marks.push(stack.length),
  '0': m => void (m.stack.length === m.marks.at(-1) ? m.marks.pop() : pop(m)),
  '1': m => void popMark(m),
  '2': push(top),
  N: push(() => null),
  '\x88': push(() => true),
  '\x89': push(() => false),
  I: push(m => {
    const line = m.source.line()
    return line === '00' ? false : line === '01' ? true : parseInteger(m, line)
  }),
  L: push(m => parseInteger(m, m.source.line())),
  J: push(({ source }) => view(source.take(4)).getInt32(0, true)),
  K: push(m => unsigned(m, 1)),
  M: push(m => unsigned(m, 2)),
  '\x8a': push(m => integer(m, unsigned(m, 1))),
  '\x8b': push(m => integer(m, unsigned(m, 4))),
  F: push(({ source }) => Number.parseFloat(source.line())),
  G: push(({ source }) => view(source.take(8)).getFloat64(0)),
  S: push(({ source }) => source.line().slice(1, -1)),
  V: push(({ source }) => source.line()),
  U: push(m => text(m, unsigned(m, 1))),
  T: push(m => text(m, unsigned(m, 4))),
  X: push(m => text(m, unsigned(m, 4))),
  '\x8c': push(m => text(m, unsigned(m, 1))),
  '\x8d': push(m => text(m, unsigned(m, 8))),
  C: push(m => blob(m, unsigned(m, 1))),
  B: push(m => blob(m, unsigned(m, 4))),
  '\x8e': push(m => blob(m, unsigned(m, 8))),
  '\x96': push(m => blob(m, unsigned(m, 8))),
  ']': push(m => m.container([])),
  l: push(m => m.container(popMark(m))),
  a: m => extend(m, [pop(m)]),
  e: m => extend(m, popMark(m)),
  ')': push(m => m.container([])),
  t: push(m => m.container(popMark(m))),
  '\x85': tuple(1),
  '\x86': tuple(2),
  '\x87': tuple(3),
  '}': push(m => m.container(new Map())),
  d: push(m => m.container(map(popMark(m)))),
  s: m => {
    const value = pop(m)
    assign(m, [pop(m), value])
  },
  u: m => assign(m, popMark(m)),
  '\x8f': push(m => m.container(new Set())),
  '\x90': m => {
    const items = popMark(m)
    const set = top(m)
    if (!(set instanceof Set)) return m.fail(`expected a set to add to, got ${kindOf(set)}`)
    for (const item of items) set.add(item)
  },
  '\x91': push(m => m.container(new Set(popMark(m)))),
  p: m => remember(m, Number(parseInteger(m, m.source.line()))),
  q: m => remember(m, unsigned(m, 1)),
  r: m => remember(m, unsigned(m, 4)),
  '\x94': m => remember(m, m.memo.size),
  g: m => recall(m, Number(parseInteger(m, m.source.line()))),
  h: m => recall(m, unsigned(m, 1)),
  j: m => recall(m, unsigned(m, 4)),
  c: m => {
    const module = m.source.line()
    findGlobal(m, module, m.source.line())
  },
  '\x93': m => {
    const [name, module] = [pop(m), pop(m)]
    if (typeof name !== 'string' || typeof module !== 'string') return m.fail('expected a module and a name')
    findGlobal(m, module, name)
  },
  R: m => {
    const args = pop(m)
    call(m, pop(m), args)
  },
  '\x81': m => {
    const args = pop(m)
    call(m, pop(m), args)
  },
  // The keyword arguments of a constructor change no tensor.
  '\x92': m => {
    pop(m)
    const args = pop(m)
    call(m, pop(m), args)
  },
  b: m => {
    const state = pop(m)
    const instance = top(m)
    if (isBuildable(instance)) instance.build(state)
  },
  Q: m => {
    const { persistent } = m.options
    const id = pop(m)
    m.stack.push(persistent ? persistent(id) : m.fail('expected no persistent id'))
  },
  '.': nothing,
}

const BY_BYTE: readonly (Operation | undefined)[] = Array.from(
  { length: 256 },
  (_, byte) => OPERATIONS_BY_CODE[String.fromCharCode(byte)],
)

const STOP = '.'.charCodeAt(0)

/**
 * Reads one pickle as data. Nothing is executed: a class or function is looked up in `globals` by its name and every other one is
 * refused; objects, strings and operations are bounded, so that no pickle takes more memory or time than its size allows.
 */
export function unpickle(source: Cursor, options: PickleOptions): PickleValue {
  const start = source.position
  let containers = 0
  const machine: Machine = {
    source,
    stack: [],
    marks: [],
    memo: new Map(),
    options,
    container(made) {
      if (++containers > CONTAINERS) machine.fail(`more than ${CONTAINERS} lists, dictionaries and objects`)
      return made
    },
    fail(problem) {
      throw new ModelError(
        `${options.where}: not a checkpoint: ${problem} (byte ${source.position - start} of the pickle)`,
      )
    },
  }
  for (let count = 0; count < OPERATIONS; count++) {
    const [code = 0] = source.take(1)
    if (code === STOP) return pop(machine)
    const operation = BY_BYTE[code] ?? machine.fail(`no operation has the code ${code}`)
    operation(machine)
  }
  return machine.fail(`more than ${OPERATIONS} operations`)
}

/** The kind of a value in Python's words. */
export function kindOf(value: PickleValue | undefined): string {
  if (value === null || value === undefined) return 'None'
  if (Array.isArray(value)) return 'a list or tuple'
  if (value instanceof Map) return 'a dictionary'
  if (value instanceof Set) return 'a set'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof PickleGlobal) return shown(value.name)
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${shown(value, 40)}`
}
