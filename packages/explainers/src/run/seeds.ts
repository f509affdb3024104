import { sizeOf } from '@vitrine/tensor'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { Draw } from './program.ts'

/** The random numbers of one image for an input of a program, uniform in [0, 1). They depend on the arguments alone. */
export function drawNumbers(seed: number, imageId: string, { input: name, shape }: Draw): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, uniformSource(`${seed} ${imageId} ${name}`))
}

/** A source of uniform numbers in [0, 1), one a call, that depend on `seed` alone (xoroshiro128+). */
export function uniformSource(seed: string): () => number {
  const generator = xoroshiro128plus(hash32(seed))
  return () => uniformFloat64(generator)
}

/** A 32-bit hash of a text, for seeds: FNV-1a, then the finaliser of MurmurHash3. */
export function hash32(text: string): number {
  let h = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) | 0
}
