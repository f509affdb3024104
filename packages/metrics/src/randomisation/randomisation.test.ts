import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Heatmap } from '../types.ts'
import { histogramEntropy } from './entropy-rise.ts'
import { measureRandomisation } from './measure-randomisation.ts'
import { redrawn } from './redrawn.ts'
import { staysAlike } from './stays-alike.ts'

const map = (values: readonly number[]): Heatmap => ({
  ...{ rows: 1, columns: values.length, values, scale: 'relative', signed: true },
})
const original = map([1, 2, 3, 4, 5])
const backwards = map([5, 4, 3, 2, 1])
/** Spearman 0.9 with the original: one pair of neighbours is swapped, 1 - 6 * 2 / (5 * 24). */
const swapped = map([1, 2, 4, 3, 5])

function valuesOf(...asked: Parameters<typeof measureRandomisation>) {
  const found = measureRandomisation(...asked)
  assert.ok(found.state === 'ok')
  return found.values
}
const near = (found: number | null | undefined, expected: number) =>
  assert.ok(Math.abs(Number(found) - expected) < 1e-12, `${found}, expected ${expected}`)

test('rank correlations are the mean of the stages, of the last stage, and of another class, by hand', () => {
  const found = valuesOf({ original, stages: [original, swapped, backwards], otherClass: swapped })
  near(found['cascade-similarity'], (1 + 0.9 - 1) / 3)
  near(found['random-model-similarity'], -1)
  near(found['random-logit'], 0.9)
})

test('a map whose signs alone change is another one, and the same without signs', () => {
  const signs = map([-1, -2, -3, -4, -5])
  const found = valuesOf({ original, stages: [signs] })
  near(found['cascade-similarity'], -1)
  near(found['cascade-magnitude'], 1)
  assert.equal(found['random-logit'], null)
})

test('maps that do not depend on the model fail, and nothing rises', () => {
  const found = valuesOf({ original, stages: [original, original], otherClass: original })
  for (const id of ['cascade-similarity', 'cascade-magnitude', 'random-model-similarity', 'random-logit'])
    near(found[id], 1)
  assert.equal(found['entropy-rise'], 0)
})

test('entropy is that of a histogram of 100 bins from the least value to the greatest', () => {
  // Half of the values in the first bin, a quarter in the 51st, which holds 0.5, and a quarter in the last.
  near(histogramEntropy(Float64Array.of(0, 0.001, 0.5, 1)), 1.5 * Math.log(2))
  near(histogramEntropy(Float64Array.from({ length: 200 }, (_, i) => i)), Math.log(100))
  assert.equal(histogramEntropy(Float64Array.of(2, 2)), 0)
})

test('a stage that ranks nothing has no similarity; a flat map and NaN are states', () => {
  const flat = map([1, 1, 1, 1, 1])
  const found = valuesOf({ original, stages: [swapped, flat] })
  near(found['cascade-similarity'], 0.9)
  assert.equal(found['random-model-similarity'], null)
  assert.equal(valuesOf({ original, stages: [flat] })['cascade-similarity'], null)
  assert.deepEqual(measureRandomisation({ original: flat, stages: [original] }), { state: 'flat' })
  assert.deepEqual(measureRandomisation({ original, stages: [map([1, Number.NaN, 3, 4, 5])] }), { state: 'nan' })
})

test('redrawn numbers have the mean and the deviation of the others, and no correlation with them', () => {
  const count = 20_000
  const values = Float32Array.from({ length: count }, (_, i) => 3 + 0.5 * Math.sin(i))
  const drawn = redrawn(values, 5)
  const mean = (of: Float32Array) => of.reduce((sum, value) => sum + value, 0) / count
  const [before, after] = [mean(values), mean(drawn)]
  const [x, y] = [values.map(value => value - before), drawn.map(value => value - after)]
  const product = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0) / count
  const scale = Math.sqrt(product(x, x))
  // Four standard errors: deviation / sqrt(n) of the mean, 1 / sqrt(2 n) of the deviation, 1 / sqrt(n) of the correlation.
  assert.ok(Math.abs(after - before) < (4 * scale) / Math.sqrt(count))
  assert.ok(Math.abs(Math.sqrt(product(y, y)) / scale - 1) < 4 / Math.sqrt(2 * count))
  assert.ok(Math.abs(product(x, y)) / scale ** 2 < 4 / Math.sqrt(count))
  assert.deepEqual(redrawn(Float32Array.of(7, 7, 7), 1), Float32Array.of(7, 7, 7))
})

test('a method fails where its maps stay more alike, on average, than the protocol allows', () => {
  assert.deepEqual(staysAlike({ alike: 0.5 }, [0.75, 0.5, null]), { similarity: 0.625, images: 2, fails: true })
  assert.equal(staysAlike({ alike: 0.5 }, [0.5])?.fails, false)
  assert.equal(staysAlike({ alike: 0.5 }, [null]), null)
})
