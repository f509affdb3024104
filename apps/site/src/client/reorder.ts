/**
 * Brings the children of an element into an order, and leaves as many as it can where they are: the browser lays out anew what moves.
 *
 * @param ordered all children
 */
export function reorder(parent: Element, ordered: readonly Element[]): void {
  const places = new Map([...parent.children].map((child, i) => [child, i]))
  const still = new Set(longestIncreasing(ordered.map(child => places.get(child) ?? -1)).map(i => ordered[i]))
  let next: Element | null = null
  for (const child of ordered.toReversed()) {
    if (!still.has(child)) parent.insertBefore(child, next)
    next = child
  }
}

/** Positions of a longest increasing subsequence: for each length the one that ends with the least value, in O(n log n). */
export function longestIncreasing(values: readonly number[]): number[] {
  const ends: number[] = []
  const before: number[] = []
  const value = (i: number | undefined) => values[i ?? -1] ?? Number.NEGATIVE_INFINITY
  for (const [i, v] of values.entries()) {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (value(ends[middle]) < v) low = middle + 1
      else high = middle
    }
    before[i] = ends[low - 1] ?? -1
    ends[low] = i
  }
  const found: number[] = []
  for (let i = ends.at(-1) ?? -1; i >= 0; i = before[i] ?? -1) found.unshift(i)
  return found
}
