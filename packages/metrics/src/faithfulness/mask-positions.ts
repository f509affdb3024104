import type { PixelMask } from './ties.ts'

/** FNV-1a, 32 bits; of four pixels at a time, and of the rest. */
function hash(mask: PixelMask): number {
  let state = 0x811c9dc5
  const words = new Uint32Array(mask.buffer, mask.byteOffset, mask.length >> 2)
  for (let i = 0; i < words.length; i++) state = Math.imul(state ^ words[i]!, 0x01000193)
  for (let i = 4 * words.length; i < mask.length; i++) state = Math.imul(state ^ mask[i]!, 0x01000193)
  return state
}

function equal(a: PixelMask, b: PixelMask): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Numbers masks from 0 in the order in which they are first seen; equal masks have one number. */
export function maskPositions(): (mask: PixelMask) => number {
  const byHash = new Map<number, { readonly mask: PixelMask; readonly position: number }[]>()
  let count = 0
  return mask => {
    const key = hash(mask)
    const bucket = byHash.get(key) ?? []
    byHash.set(key, bucket)
    const known = bucket.find(other => equal(other.mask, mask))
    if (known) return known.position
    bucket.push({ mask, position: count })
    return count++
  }
}
