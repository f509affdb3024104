import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grad, input, interpret, matmul, mul, parameter, program, softmax } from '@vitrine/tensor'
import { pathMetrics } from '../metrics.ts'
import { protocols } from '../protocols.ts'
import { followPaths } from './follow-paths.ts'

const rules = protocols.standard.diagnostics
const pixels = 36

/** Class 0 is scored by w . x, class 1 by nothing, so p = sigmoid(w . x): the gradient of the score is w whatever the image. */
const image = input('image', [1, pixels])
const logits = matmul(image, parameter('weights', [pixels, 2]))
const score = matmul(image, parameter('first', [pixels, 1]))
const [gradient] = grad(score, [image])
const scorer = program({
  probabilities: softmax(logits),
  constant: gradient!,
  changing: mul(gradient!, image),
})
const w = Float64Array.from({ length: pixels }, (_, i) => 0.2 + ((i * 7) % pixels) / pixels)
const weights: Record<string, Float64Array> = {
  weights: Float64Array.from({ length: 2 * pixels }, (_, i) => (i % 2 === 0 ? w[i / 2]! : 0)),
  first: w,
}
const run = (data: Float64Array) =>
  interpret(scorer, { image: { shape: [1, pixels], data } }, name => {
    const data = weights[name]!
    return { shape: [pixels, data.length / pixels], data }
  })

/** The evidence goes, largest first, so that p falls from sigmoid of all of it towards 1/2. */
function path(name: 'constant' | 'changing') {
  const x = Float64Array.from({ length: pixels }, (_, i) => 0.1 + 0.01 * i)
  const order = Array.from(x.keys()).sort((a, b) => w[b]! * x[b]! - w[a]! * x[a]!)
  const steps = [0, 4, 9, 16, 25].map(count => {
    const data = x.slice()
    for (const pixel of order.slice(0, count)) data[pixel] = 0
    return run(data)
  })
  const found = followPaths(
    steps.map(step => step[name]!.data),
    steps.map(step => step.probabilities!.data[0]!),
  )
  assert.ok(found.state === 'ok')
  return found.values
}

test('a map that loses what the score loses is coupled to it, and not frozen', () => {
  const values = path('changing')
  assert.equal(pathMetrics.coupling.measure(values, rules), 1)
  // p of the rest is below half the distance to certainty; the rule asks for any fall at all here.
  assert.equal(pathMetrics['frozen-share'].measure(values, { ...rules, fall: 0.05 }), 0)
})

test("the gradient of a linear score is frozen: the same map whatever is left of the class's evidence", () => {
  const values = path('constant')
  assert.deepEqual(values.similarity, [1, 1, 1, 1, 1])
  assert.equal(pathMetrics.coupling.measure(values, rules), 0)
  assert.equal(pathMetrics['frozen-share'].measure(values, { ...rules, fall: 0.05 }), 1)
})

test('an image whose confidence never falls says nothing about frozen maps', () => {
  const values = { probability: [0.8, 0.7, 0.41], similarity: [1, 1, 1] }
  assert.equal(pathMetrics['frozen-share'].measure(values, rules), null)
  assert.equal(pathMetrics['frozen-share'].measure({ ...values, probability: [0.8, 0.7, 0.39] }, rules), 1)
})

test('a confidence that never moves is no evidence of coupling', () => {
  assert.equal(pathMetrics.coupling.measure({ probability: [0.8, 0.8, 0.8], similarity: [1, 0.3, 0.2] }, rules), null)
})

test('steps without an order are left out', () => {
  const values = { probability: [0.8, 0.1, 0.7], similarity: [1, null, 1] }
  assert.equal(pathMetrics['frozen-share'].measure(values, rules), null)
})

test('coupling is the rank correlation of the two changes', () => {
  // Changes of p: 0.1, 0.3, 0.2 -> ranks 1, 3, 2. Changes of the map: 0.1, 0.2, 0.3 -> ranks 1, 2, 3. Spearman 1 - 6 * 2 / (3 * 8).
  const values = { probability: [0.8, 0.7, 0.5, 1], similarity: [1, 0.9, 0.8, 0.7] }
  assert.ok(Math.abs(pathMetrics.coupling.measure(values, rules)! - 0.5) < 1e-9)
})
