import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJson } from '../testing/reference.ts'
import { kernelBlur } from './kernel-blur.ts'
import { type PixelRemoval, removerOf } from './remove.ts'

interface Reference {
  readonly width: number
  readonly height: number
  readonly image: number[]
  /** By RISE's `gkern(11, 5)`. */
  readonly blurred: number[]
  /** By Quantus' and pytorch-grad-cam's noisy linear imputation without noise. */
  readonly imputed: Readonly<Record<string, { readonly taken: number[]; readonly pixels: number[] }>>
}

const { image, blurred, imputed, ...size } = readJson<Reference>('removal/reference.json')
const { width, height } = size
const scene = { width, height, values: Float32Array.from(image), black: [-2, -1, -3], seed: 5 }

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN))).reduce((most, one) => Math.max(most, one), 0)

const maskOf = (taken: readonly number[]): Uint8Array => {
  const mask = new Uint8Array(width * height)
  for (const pixel of taken) mask[pixel] = 1
  return mask
}

function without(removal: PixelRemoval, mask: Uint8Array): Float32Array {
  const out = new Float32Array(image.length)
  removerOf(removal, scene)(mask, out)
  return out
}

for (const [name, { taken, pixels }] of Object.entries(imputed))
  test(`linear imputation of ${name} is that of Quantus and pytorch-grad-cam within 1e-3`, () => {
    const found = without({ kind: 'linear-imputation', noise: 0 }, maskOf(taken))
    assert.ok(largest(found, pixels) < 1e-3, `${largest(found, pixels)}`)
  })

test('imputed pixels have noise of the given deviation, and the others none', () => {
  const mask = maskOf(imputed.scattered?.taken ?? assert.fail())
  const plain = without({ kind: 'linear-imputation', noise: 0 }, mask)
  const differences = without({ kind: 'linear-imputation', noise: 0.5 }, mask).map(
    (value, i) => value - (plain[i] ?? 0),
  )
  const taken = differences.filter((_, i) => mask[i % mask.length] === 1)
  assert.ok(differences.every((value, i) => mask[i % mask.length] === 1 || value === 0))
  // 300 draws or so: the standard error of the deviation is 4 % of it.
  const deviation = Math.sqrt(taken.reduce((sum, value) => sum + value ** 2, 0) / taken.length)
  assert.ok(Math.abs(deviation - 0.5) < 0.08, `${deviation}`)
})

test("the kernel blur is RISE's", () => {
  assert.ok(largest(kernelBlur(scene, 11, 5), blurred) < 1e-6)
})

test('colours: zero and black are the same for all images, the mean colour is of this one', () => {
  const everything = new Uint8Array(width * height).fill(1)
  const area = width * height
  const colourOf = (removal: PixelRemoval) => [0, 1, 2].map(channel => without(removal, everything)[channel * area + 7])
  assert.deepEqual(colourOf({ kind: 'zero' }), [0, 0, 0])
  assert.deepEqual(colourOf({ kind: 'black' }), [-2, -1, -3])
  const means = [0, 1, 2].map(
    channel => image.slice(channel * area, (channel + 1) * area).reduce((a, b) => a + b) / area,
  )
  assert.ok(largest(colourOf({ kind: 'mean-colour' }).map(Number), means) < 1e-6)
  assert.ok(largest(colourOf({ kind: 'linear-imputation', noise: 0 }).map(Number), means) < 1e-6)
})

test('a blurred constant is the constant, up to the edges, which are repeated', () => {
  const flat = { ...scene, values: new Float32Array(image.length).fill(0.7) }
  const out = new Float32Array(image.length)
  removerOf({ kind: 'blur', sigma: 3 }, flat)(new Uint8Array(width * height).fill(1), out)
  assert.ok(out.every(value => Math.abs(value - 0.7) < 1e-6))
})

test('what the mask does not take stays to the last bit, under every removal', () => {
  const mask = maskOf(imputed.disc?.taken ?? assert.fail())
  const removals: readonly PixelRemoval[] = [
    { kind: 'zero' },
    { kind: 'black' },
    { kind: 'mean-colour' },
    { kind: 'blur', sigma: 2 },
    { kind: 'kernel-blur', size: 5, sigma: 2 },
    { kind: 'linear-imputation', noise: 0.1 },
  ]
  for (const removal of removals) {
    const out = without(removal, mask)
    assert.ok(
      out.every((value, i) => mask[i % mask.length] === 1 || value === scene.values[i]),
      removal.kind,
    )
    assert.ok(
      out.some((value, i) => value !== scene.values[i]),
      removal.kind,
    )
  }
})
