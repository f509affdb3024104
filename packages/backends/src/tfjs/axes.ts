import { dim, type Shape, sizeOf } from '@vitrine/tensor'

// Kernels are fast up to rank 4; above it some are wrong and some are missing. So ops are rewritten on fewer axes: axes of size 1 are
// dropped, and neighbouring axes that move together become one.

/** Merges neighbouring axes of one kind and drops axes of size 1. */
export function merged<K>(shape: Shape, kindOf: (axis: number) => K): { readonly size: number; readonly kind: K }[] {
  const groups: { size: number; kind: K }[] = []
  shape.forEach((size, axis) => {
    if (size === 1) return
    const kind = kindOf(axis)
    const last = groups.at(-1)
    if (last && last.kind === kind) last.size *= size
    else groups.push({ size, kind })
  })
  return groups
}

export interface Permutation {
  readonly shape: Shape
  readonly permutation: readonly number[]
}

/** The same permutation of the numbers, written on as few axes as possible. */
export function mergedPermutation({ shape, permutation }: Permutation): Permutation {
  const wide = permutation.filter(axis => shape[axis] !== 1)
  const blocks: { readonly first: number; last: number; size: number }[] = []
  for (const axis of wide) {
    const block = blocks.at(-1)
    const joined = block && shape.every((n, i) => i <= block.last || i >= axis || n === 1) && axis > block.last
    if (joined) {
      block.last = axis
      block.size *= dim(shape, axis)
    } else blocks.push({ first: axis, last: axis, size: dim(shape, axis) })
  }
  const sorted = blocks.toSorted((a, b) => a.first - b.first)
  return { shape: sorted.map(b => b.size), permutation: blocks.map(b => sorted.indexOf(b)) }
}

/** Splits a permutation into transpositions of at most 4 axes each, with a reshape before each. */
export function transpositions(movement: Permutation): Permutation[] {
  const { shape, permutation } = mergedPermutation(movement)
  if (permutation.every((axis, i) => axis === i)) return []
  if (movement.shape.length <= 4) return [movement]
  if (shape.length <= 4) return [{ shape, permutation }]
  const order = shape.map((_, axis) => axis)
  const steps: Permutation[] = []
  permutation.forEach((axis, to) => {
    const from = order.indexOf(axis)
    if (from === to) return
    let count = 1
    while (permutation[to + count] === order[from + count] && from + count < order.length) count++
    const size = (start: number, end: number) => sizeOf(order.slice(start, end).map(a => dim(shape, a)))
    // [before, passed, block, after] -> [before, block, passed, after]
    const cut = [size(0, to), size(to, from), size(from, from + count), size(from + count, order.length)]
    steps.push(mergedPermutation({ shape: cut, permutation: [0, 2, 1, 3] }))
    order.splice(to, 0, ...order.splice(from, count))
  })
  return steps
}

/** One axis of a tensor seen as `[outer, size, inner]`. */
export interface AxisView {
  readonly outer: number
  readonly size: number
  readonly inner: number
}

export const viewOf = (shape: Shape, axis: number): AxisView => ({
  outer: sizeOf(shape.slice(0, axis)),
  size: dim(shape, axis),
  inner: sizeOf(shape.slice(axis + 1)),
})

/** Which operands of a broadcasting op vary along an axis. */
export function broadcastAxes(shapes: readonly Shape[], result: Shape): { size: number; varies: readonly boolean[] }[] {
  const varies = (axis: number) => shapes.map(s => (s[axis - result.length + s.length] ?? 1) !== 1)
  return merged(result, axis => varies(axis).join()).map(({ size, kind }) => ({
    size,
    varies: kind.split(',').map(word => word === 'true'),
  }))
}
