import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricError } from '../errors.ts'
import { protocols } from '../protocols.ts'
import type { InputImage } from '../types.ts'
import { sharedSteps } from './paths.ts'
import { removalMasks } from './removal.ts'
import { boxOnInput, objectOnInput, type Walk } from './walk.ts'

const { standard } = protocols
const size = { width: 8, height: 6 }
const pixels = size.width * size.height
const image: InputImage = { ...size, values: Float32Array.from({ length: 2 * pixels }, (_, i) => Math.sin(i)) }
const object = Uint8Array.from({ length: pixels }, (_, p) => Number(p % 8 < 4 && p >= 8 && p < 24))
const walk: Walk = { image, object, distractor: null, seed: 5 }
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

test("without a distractor, occlusion covers a share of the object, from the left, by the picture's other half", () => {
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

test("occlusion covers the object's box, from the left, by the picture of a distractor", () => {
  const values = new Float32Array(4 * 5).fill(9)
  const set = (row: number, from: number, numbers: number[]) => values.set(numbers, row * 5 + from)
  // The object, an L in a box of 2 x 2, and a distractor of 1 x 2 pixels.
  const object = new Uint8Array(4 * 5)
  for (const pixel of [5, 10, 11]) object[pixel] = 1
  set(1, 3, [40, 80])
  const scene: Walk = { image: { width: 5, height: 4, values }, object, distractor: [3, 1, 5, 2], seed: 5 }
  const [third, all] = sharedSteps({ kind: 'occlusion', steps: [1 / 3, 1] }, scene)
  const covered = (pixels: readonly (readonly [number, number])[]) => {
    const out = values.slice()
    for (const [pixel, value] of pixels) out[pixel] = value
    return out
  }
  assert.deepEqual(third, covered([[5, 40]]))
  const inOrder = [5, 10, 6, 11].map((pixel, i): [number, number] => [pixel, i < 2 ? 40 : 80])
  assert.deepEqual(all, covered(inOrder))
})

test('a distractor is stretched to the size of the object, bilinearly and in every channel', () => {
  const values = Float32Array.from([0, 0, 0, 0, 4, 8, 0, 0, 0, 0, 40, 80])
  const object = Uint8Array.of(1, 1, 1, 1, 0, 0)
  const scene: Walk = { image: { width: 6, height: 1, values }, object, distractor: [4, 0, 6, 1], seed: 5 }
  const [half, all] = sharedSteps({ kind: 'occlusion', steps: [0.5, 1] }, scene)
  // Four centres in the distractor's own pixels: -1/4, 1/4, 3/4, 5/4.
  assert.deepEqual([...all!], [4, 5, 7, 8, 4, 8, 40, 50, 70, 80, 40, 80])
  assert.deepEqual([...half!], [4, 5, 0, 0, 4, 8, 40, 50, 0, 0, 40, 80])
})

test('where no object is annotated, nothing is covered', () => {
  for (const distractor of [null, [0, 0, 2, 2] as const]) {
    const [all] = sharedSteps(
      { kind: 'occlusion', steps: [1] },
      { ...walk, object: new Uint8Array(pixels), distractor },
    )
    assert.deepEqual(all, image.values)
  }
})

test('a box on another grid has every pixel that it touches', () => {
  assert.deepEqual(
    boxOnInput([1, 0, 3, 5], { width: 4, height: 5 }, { width: 6, height: 2, values: image.values }),
    [1, 0, 5, 2],
  )
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
