import type { Op, OpParams, Tensor } from './ops.ts'
import { type Result, resultOf } from './shapes.ts'

type Intern = <O extends Op>(op: O, inputs: readonly Tensor[], params: OpParams[O], result: Result) => Tensor

let nextId = 0

/**
 * Makes nodes such that equal ones are one object as long as it is alive (hash-consing).
 *
 * @param digest tells constants apart; those that share a digest are compared number by number
 */
export function interner(digest: (data: Float64Array) => string): Intern {
  const buckets = new Map<string, readonly WeakRef<Tensor>[]>()
  const forget = new FinalizationRegistry<string>(key => {
    const alive = (buckets.get(key) ?? []).filter(node => node.deref())
    if (alive.length > 0) buckets.set(key, alive)
    else buckets.delete(key)
  })
  return (op, inputs, params, { shape, dtype }) => {
    const data = dataOf(params)
    const text = data ? digest(data) : JSON.stringify(params)
    const key = `${op}(${inputs.map(t => t.id).join(' ')})${text}${shape.join('x')}${dtype}`
    const bucket = buckets.get(key) ?? []
    for (const reference of bucket) {
      const known = reference.deref()
      if (known && (!data || sameData(data, dataOf(known.params)))) return known
    }
    const node = Object.freeze({ id: nextId++, op, inputs: Object.freeze([...inputs]), params, shape, dtype }) as Tensor
    buckets.set(key, [...bucket, new WeakRef(node)])
    forget.register(node, key)
    return node
  }
}

const dataOf = (params: OpParams[Op]): Float64Array | undefined =>
  'data' in params && params.data instanceof Float64Array ? params.data : undefined

const sameData = (a: Float64Array, b: Float64Array | undefined): boolean =>
  b?.length === a.length && a.every((n, i) => Object.is(n, b[i]))

/**
 * A constant's numbers as a short text: themselves up to four, else their count and four multiplicative hashes over their 32-bit
 * halves. Part of a printed program, and so of the hash of a method in records.
 */
export function digest(data: Float64Array): string {
  if (data.length <= 4) return Array.from(data, n => (Object.is(n, -0) ? '-0' : n)).join(',')
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length * 2)
  let [a, b, c, d] = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35]
  for (const word of words) {
    a = Math.imul(a ^ word, 0x01000193)
    b = Math.imul(b + word, 0x85ebca77) ^ (b >>> 13)
    c = Math.imul(c ^ (word >>> 7), 0xc2b2ae3d) + word
    d = (Math.imul(d, 31) + word) | 0
  }
  return `${data.length}:${a >>> 0}:${b >>> 0}:${c >>> 0}:${d >>> 0}`
}

/** The node for an operation whose result is known: an existing one if an equal one is alive, else a new one. */
export const intern: Intern = interner(digest)

/** The node for an operation, once its operands are checked. `declared` is the result of an op that takes it as an argument. */
export const apply = <O extends Op>(op: O, inputs: readonly Tensor[], params: OpParams[O], declared?: Result): Tensor =>
  intern(op, inputs, params, resultOf(op, inputs, params, declared))
