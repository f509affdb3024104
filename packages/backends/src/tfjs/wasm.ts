import { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { backend, engine } from '@tensorflow/tfjs-core'
import { dim, type Shape, sizeOf } from '@vitrine/tensor'
import { BackendError } from '../errors.ts'
import { transpositions } from './axes.ts'
import { mapErf } from './erf.ts'
import { type SliceRows, sliceByAxes, transposed } from './movement.ts'
import { type Arithmetic, type Product, portable } from './portable.ts'
import { kernel, shaped, type Value } from './values.ts'

/**
 * Products with fewer multiplications than this go through the kernel's own loop over a stack: calling the kernel once for each matrix
 * would take longer than the arithmetic.
 */
const SMALL = 2 ** 13

/**
 * Arithmetic of WebAssembly that reads and writes its heap. Three of its kernels are slow: `BatchMatMul` uses the fast library (XNNPACK)
 * for single matrices that are not transposed only, and has a tenth of that speed otherwise; `Slice` copies the whole operand;
 * `GatherV2` computes the index of every number.
 */
export const wasm: Arithmetic = {
  product(given) {
    const { a, b, transposeA, transposeB, batch } = given
    const [m, k] = transposeA ? [dim(a.shape, -1), dim(a.shape, -2)] : [dim(a.shape, -2), dim(a.shape, -1)]
    const n = dim(b.shape, transposeB ? -2 : -1)
    const single = sizeOf(b.shape.slice(0, -2)) === 1
    if (!single && m * k * n < SMALL) return portable.product(given)
    const x = transposeA ? turned(a) : a
    const y = transposeB ? turned(b) : b
    return single ? rowsTimesMatrix(x, y, [sizeOf(batch) * m, k, n]) : products(x, y, [m, k, n], given)
  },
  slice: (x, starts, ends) => sliceByAxes(x, starts, ends, sliceRows),
  gather(x, { outer, size, inner }, indices) {
    const picks = heapOf(indices).slice()
    const outside = picks.find(index => index < 0 || index >= size)
    if (outside !== undefined) throw new BackendError('tfjs', `gather: ${outside} is not an index of ${size} rows`)
    const out = empty([outer, picks.length * inner], x.dtype)
    const [source, target] = [heapOf(x), heapOf(out)]
    for (let o = 0; o < outer; o++)
      picks.forEach((index, i) => {
        const from = (o * size + index) * inner
        target.set(source.subarray(from, from + inner), (o * picks.length + i) * inner)
      })
    return out
  },
  erf: x => mapped(x, 'erf'),
  gelu: x => mapped(x, 'gelu'),
  check(x) {
    if (addressOf(x) === 0) throw new BackendError('tfjs', 'the memory of WebAssembly is full')
  },
}

const sliceRows: SliceRows = (x, { outer, size, inner }, start, end) => {
  const width = (end - start) * inner
  const out = empty([outer, width], x.dtype)
  const [source, target] = [heapOf(x), heapOf(out)]
  for (let o = 0; o < outer; o++) {
    const from = (o * size + start) * inner
    target.set(source.subarray(from, from + width), o * width)
  }
  return out
}

function mapped(x: Value, f: 'erf' | 'gelu'): Value {
  const out = empty(x.shape)
  const [source, target] = [heapOf(x), heapOf(out)]
  if (source instanceof Float32Array && target instanceof Float32Array) mapErf(source, target, f)
  return out
}

type Sizes = readonly [m: number, k: number, n: number]

/** For numbers that have been the right operand of a product, by their data id: the shape that they had. */
const packed = new WeakMap<object, string>()

/**
 * `[m, k] x [k, n]`. The kernel packs the right operand for its shape and caches that by the data id alone. Numbers that come again under
 * another shape are therefore copied, which gives them another id.
 */
function rowsTimesMatrix(x: Value, y: Value, [m, k, n]: Sizes): Value {
  const shape = `${k} ${n}`
  const known = packed.get(y.dataId)
  packed.set(y.dataId, known ?? shape)
  const own = known === undefined || known === shape ? y : copied(y)
  return kernel(
    'BatchMatMul',
    { a: shaped(x, [m, k]), b: shaped(own, [k, n]) },
    { transposeA: false, transposeB: false },
  )
}

/** Ids for matrices inside a stack. The engine counts its own ids up from 0 and does not reach these. */
const [A, B, OUT] = [0x7ffffffd, 0x7ffffffe, 0x7fffffff]

/** Multiplies a stack matrix by matrix, in place in the heap. */
function products(x: Value, y: Value, [m, k, n]: Sizes, { batch }: Product): Value {
  const { wasm } = engineOf()
  const count = sizeOf(batch)
  const out = empty([...batch, m, n])
  const [a, b, c] = [addressOf(x), addressOf(y), addressOf(out)]
  const [matricesOfX, matricesOfY] = [matricesOf(x, batch), matricesOf(y, batch)]
  const multiply = multiplier()
  const shapes = [bytesOf([1, m, k]), bytesOf([1, k, n])] as const
  for (let i = 0; i < count; i++) {
    wasm.tfjs.registerTensor(A, m * k, a + 4 * m * k * (matricesOfX[i] ?? 0))
    wasm.tfjs.registerTensor(B, k * n, b + 4 * k * n * (matricesOfY[i] ?? 0))
    wasm.tfjs.registerTensor(OUT, m * n, c + 4 * m * n * i)
    multiply(A, shapes[0], 3, B, shapes[1], 3, 0, 0, OUT)
    for (const id of [A, B, OUT]) wasm.tfjs.disposeData(id)
  }
  return out
}

/** For each matrix of the result, the index of the matrix of an operand that it is made of. */
function matricesOf(x: Value, batch: readonly number[]): number[] {
  const own = x.shape.slice(0, -2)
  const lead = batch.length - own.length
  let [indices, step] = [[0], 1]
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    const stride = (own[axis - lead] ?? 1) === 1 ? 0 : step
    step *= own[axis - lead] ?? 1
    const inner = indices
    indices = Array.from({ length: batch[axis] ?? 1 }, (_, i) => inner.map(index => index + i * stride)).flat()
  }
  return indices
}

/** Every matrix transposed. */
function turned(x: Value): Value {
  const rank = x.shape.length
  const permutation = [...Array(rank - 2).keys(), rank - 1, rank - 2]
  const shape = permutation.map(axis => dim(x.shape, axis))
  return shaped(transposed(x, transpositions({ shape: x.shape, permutation })), shape)
}

function engineOf(): BackendWasm {
  const current = backend()
  if (!(current instanceof BackendWasm)) throw new BackendError('tfjs', 'expected the engine "wasm" to be set')
  return current
}

type Multiply = (
  a: number,
  shapeOfA: Uint8Array,
  rankOfA: number,
  b: number,
  shapeOfB: Uint8Array,
  rankOfB: number,
  transposeA: number,
  transposeB: number,
  out: number,
) => void

const multipliers = new WeakMap<BackendWasm, Multiply>()

/** The C function behind the kernel `BatchMatMul`. It takes the ids of tensors in the heap. */
function multiplier(): Multiply {
  const own = engineOf()
  const { cwrap } = own.wasm as unknown as {
    cwrap(name: string, result: null, parameters: readonly string[]): Multiply
  }
  const n = 'number'
  const found = multipliers.get(own) ?? cwrap('BatchMatMul', null, [n, 'array', n, n, 'array', n, n, n, n])
  multipliers.set(own, found)
  return found
}

const bytesOf = (shape: Shape): Uint8Array => new Uint8Array(Int32Array.from(shape).buffer)

const addressOf = (x: Value): number => engineOf().getMemoryOffset(x.dataId)

/** A view of a tensor's numbers in the heap. The next allocation may move the heap and end it. */
const heapOf = (x: Value) => engineOf().typedArrayFromHeap(x)

/** A new tensor with undefined numbers. */
const empty = (shape: Shape, dtype: Value['dtype'] = 'float32'): Value =>
  engine().makeTensorFromTensorInfo(engineOf().makeOutput([...shape], dtype))

function copied(x: Value): Value {
  const out = empty(x.shape, x.dtype)
  heapOf(out).set(heapOf(x))
  return out
}
