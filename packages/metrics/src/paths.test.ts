import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricError } from './errors.ts'
import { objectOnInput, removalMasks, sharedSteps, type Walk } from './paths.ts'
import { protocols } from './protocols.ts'
import type { InputImage } from './subject.ts'

const { standard } = protocols
const size = { width: 8, height: 6 }
const pixels = size.width * size.height
const image: InputImage = { ...size, values: Float32Array.from({ length: 2 * pixels }, (_, i) => Math.sin(i)) }
const object = Uint8Array.from({ length: pixels }, (_, p) => Number(p % 8 < 4 && p >= 8 && p < 24))
const walk: Walk = { image, object, seed: 5 }
const spread = (values: ArrayLike<number>) => {
  const list = Array.from(values)
  const mean = list.reduce((a, b) => a + b, 0) / list.length
  return Math.sqrt(list.reduce((sum, v) => sum + (v - mean) ** 2, 0) / list.length)
}

test('noise grows with the step and is the same in each', () => {
  const large: InputImage = { width: 64, height: 64, values: new Float32Array(3 * 64 * 64) }
  const [one, two] = sharedSteps({ kind: 'noise', steps: [0.5, 1] }, { ...walk, image: large })
  assert.ok(Math.abs(spread(one!) - 0.5) < 0.01)
  assert.deepEqual(
    two,
    one!.map(value => 2 * value),
  )
})

test('a blur keeps the mean of a wide flat image and smooths a point as a Gaussian', () => {
  const point: InputImage = { width: 41, height: 41, values: new Float32Array(41 * 41) }
  point.values[20 * 41 + 20] = 1
  const [blurred] = sharedSteps({ kind: 'blur', steps: [2] }, { ...walk, image: point })
  // A Gaussian density at distances 0 and 2 from its centre, of standard deviation 2 in both axes.
  const density = (d: number) => Math.exp(-(d ** 2) / 8) / (2 * Math.PI * 4)
  assert.ok(Math.abs(blurred![20 * 41 + 20]! - density(0)) < 3e-4)
  assert.ok(Math.abs(blurred![20 * 41 + 22]! - density(2)) < 3e-4)
  assert.equal(blurred![20 * 41 + 22], blurred![22 * 41 + 20])
})

test("occlusion covers a share of the object, from the left, by the picture's other half", () => {
  const [half, all] = sharedSteps({ kind: 'occlusion', steps: [0.5, 1] }, walk)
  const opposite = (p: number) => ((Math.floor(p / 8) + 3) % 6) * 8 + ((p + 4) % 8)
  for (let p = 0; p < pixels; p++) {
    const inObject = object[p] === 1
    for (const c of [0, pixels]) {
      assert.equal(all![c + p], image.values[c + (inObject ? opposite(p) : p)])
      assert.equal(half![c + p], image.values[c + (inObject && p % 8 < 2 ? opposite(p) : p)])
    }
  }
})

test('removal takes what the MoRF curve takes at the same shares', () => {
  const masks = standard.faithfulness.steps.map((_, i) => Uint8Array.of(i))
  const found = removalMasks(standard, { kind: 'removal', steps: [0.1, 0.5] }, masks)
  assert.deepEqual(found, [Uint8Array.of(1), Uint8Array.of(3)])
})

test('a removal that the curve has no step for is an error', () => {
  assert.throws(() => removalMasks(standard, { kind: 'removal', steps: [0.33] }, []), MetricError)
})

test("the truth on the input's pixels keeps its place at another size", () => {
  const found = objectOnInput(Uint8Array.of(1, 0, 0, 0), { width: 2, height: 2 }, { ...size, values: image.values })
  assert.deepEqual(
    Array.from(found),
    Array.from({ length: pixels }, (_, p) => Number(p % 8 < 4 && p < 24)),
  )
})
