import { upTo } from '../numbers.ts'

/** Selection of the greatest values by introselect (Musser 1997), the variant that C++ standard libraries ship as `nth_element`. */

interface Pairs {
  values: Float32Array
  indices: Uint32Array
}

function swap({ values, indices }: Pairs, a: number, b: number): void {
  const value = values[a]!
  values[a] = values[b]!
  values[b] = value
  const index = indices[a]!
  indices[a] = indices[b]!
  indices[b] = index
}

/** Puts the median of positions a, b, c at `target`. */
function medianTo(pairs: Pairs, target: number, a: number, b: number, c: number): void {
  const { values } = pairs
  const before = (i: number, j: number) => values[i]! > values[j]!
  const [high, low] = before(a, b) ? [a, b] : [b, a]
  const median = before(low, c) ? low : before(high, c) ? c : high
  swap(pairs, target, median)
}

/** Parts `[first, last)` around the pivot's value; equal values stop both scans and change sides. */
function part(pairs: Pairs, first: number, last: number, pivot: number): number {
  const { values } = pairs
  const middle = values[pivot]!
  let left = first
  let right = last
  for (;;) {
    while (values[left]! > middle) left++
    right--
    while (middle > values[right]!) right--
    if (left >= right) return left
    swap(pairs, left, right)
    left++
  }
}

/** Stable. */
function insertionSort(pairs: Pairs, first: number, last: number): void {
  for (let i = first + 1; i < last; i++) {
    for (let j = i; j > first && pairs.values[j]! > pairs.values[j - 1]!; j--) swap(pairs, j, j - 1)
  }
}

/**
 * Indices of the `count` greatest values, in no order; among equal values the choice is the algorithm's. `null` if the depth limit of
 * 2 log2(n) partitions is used up, where implementations change to a heap.
 */
export function introselect(source: Float32Array, count: number): Uint32Array | null {
  if (count === 0) return new Uint32Array(0)
  const pairs: Pairs = { values: source.slice(), indices: upTo(source.length) }
  let first = 0
  let last = source.length
  let depth = 2 * Math.floor(Math.log2(source.length))
  while (last - first > 3) {
    if (depth-- === 0) return null
    medianTo(pairs, first, first + 1, first + ((last - first) >> 1), last - 1)
    const cut = part(pairs, first + 1, last, first)
    if (cut < count) first = cut
    else last = cut
  }
  insertionSort(pairs, first, last)
  return pairs.indices.slice(0, count)
}
