/** Independent standard normal numbers from uniform ones (Box & Muller 1958). */
export function standardNormal(uniform: () => number, count: number): Float32Array {
  const values = new Float32Array(count)
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
    const angle = 2 * Math.PI * uniform()
    values[i] = radius * Math.cos(angle)
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle)
  }
  return values
}

/** A whole number from 0 to `below` - 1, all equally likely. */
export const wholeBelow = (uniform: () => number, below: number): number => Math.floor(uniform() * below)

/** Shuffles in place (Fisher & Yates). */
export function shuffle<T>(uniform: () => number, items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = wholeBelow(uniform, i + 1)
    const [a, b] = [items[i] as T, items[j] as T]
    items[i] = b
    items[j] = a
  }
  return items
}
