import { randomSource, wholeBelow } from '../random.ts'

export interface ResampleOptions {
  /** How many resamples are drawn. */
  readonly resamples?: number
  /** 32-bit integer; the same seed draws the same images. */
  readonly seed?: number
  /** Share of the resamples that an interval holds. */
  readonly level?: number
}

export const resampleDefaults = { resamples: 10_000, seed: 0, level: 0.95 } as const satisfies ResampleOptions

/** The images of every resample. Where there are few images, resamples of the same images are kept once. */
export interface Resamples {
  readonly images: number
  /** How often each of the resamples was drawn. */
  readonly times: Uint32Array
  /** The images of the resamples, one resample after another, in blocks of whole resamples. */
  readonly blocks: Iterable<Uint32Array>
}

/** Draws in a block: few enough for a processor's cache. */
const BLOCK = 1 << 16

/** Draws that are kept in memory; those of 10,000 resamples of 50,000 images would take 2 GB, and are drawn anew instead. */
const KEPT = 1 << 22

/** With up to this many images, resamples are drawn several times: 8 images have 6,435 different ones, 9 have 24,310. */
const FEW = 8

/** By how many images and resamples, and the seed. */
const kept = new Map<string, Resamples>()

/**
 * Resamples of as many images as there are, drawn with replacement (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 6).
 * The latest are kept in memory, since a record's metrics, a board's methods and records of as many images share them.
 */
export function resamplesOf(
  images: number,
  { resamples = resampleDefaults.resamples, seed = resampleDefaults.seed }: ResampleOptions = {},
): Resamples {
  const key = `${images} ${resamples} ${seed}`
  const known = kept.get(key)
  if (known) return known
  const blocks = { [Symbol.iterator]: () => draw(images, resamples, seed) }
  const found = images <= FEW ? withoutRepeats(images, blocks) : { images, times: ones(resamples), blocks }
  const size = images * found.times.length
  if (size > KEPT) return found
  const sizes = [...kept.values()].reduce((sum, { images, times }) => sum + images * times.length, size)
  if (sizes > KEPT) kept.clear()
  const inMemory = { ...found, blocks: [...found.blocks] }
  kept.set(key, inMemory)
  return inMemory
}

const ones = (length: number): Uint32Array => new Uint32Array(length).fill(1)

function* draw(images: number, resamples: number, seed: number): Generator<Uint32Array> {
  const source = randomSource(seed)
  const block = Math.max(1, Math.floor(BLOCK / Math.max(1, images)))
  for (let start = 0; start < resamples; start += block) {
    const drawn = new Uint32Array(images * Math.min(block, resamples - start))
    for (let i = 0; i < drawn.length; i++) drawn[i] = wholeBelow(source, images)
    yield drawn
  }
}

/** Each different resample once, its images in ascending order. */
function withoutRepeats(images: number, blocks: Iterable<Uint32Array>): Resamples {
  // The sorted images of a resample are the digits of its number.
  const times = new Map<number, number>()
  for (const drawn of blocks) {
    for (let at = 0; at < drawn.length; at += images) {
      const digits = drawn.subarray(at, at + images).sort()
      let number = 0
      for (const digit of digits) number = number * images + digit
      times.set(number, (times.get(number) ?? 0) + 1)
    }
  }
  const block = new Uint32Array(images * times.size)
  for (const [r, found] of [...times.keys()].entries()) {
    for (let i = images - 1, rest = found; i >= 0; i--, rest = Math.floor(rest / images))
      block[r * images + i] = rest % images
  }
  return { images, times: Uint32Array.from(times.values()), blocks: [block] }
}
