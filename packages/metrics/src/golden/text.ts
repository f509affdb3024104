import { createHash } from 'node:crypto'

export type Cell = string | number | null | readonly Cell[]

/** A value so that equal text is equal bits: the shortest decimal that is read back as the same float64, and `-0` apart from `0`. */
export function text(value: Cell): string {
  if (typeof value === 'object' && value !== null) return value.map(text).join(' ')
  return Object.is(value, -0) ? '-0' : String(value)
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16)

/** Of each mask how many pixels it takes, and a digest of which. */
export const masksText = (masks: readonly Uint8Array[]): string =>
  masks.map(mask => `${mask.reduce((sum, pixel) => sum + pixel, 0)}:${digest(mask)}`).join(' ')

/** Of each list of float32 some of its values, evenly chosen, and a digest of all. */
export const valuesText = (lists: readonly Float32Array[], shown: number): string =>
  lists
    .map(list => {
      const bytes = new Uint8Array(list.buffer, list.byteOffset, list.byteLength)
      const some = list.filter((_, i) => i % Math.ceil(list.length / shown) === 0)
      return `${Array.from(some, value => text(Number(value.toPrecision(9)))).join(' ')} sha256:${digest(bytes)}`
    })
    .join(' | ')
