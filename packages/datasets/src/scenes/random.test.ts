import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cosine, sine } from './random.ts'
import { randomStream } from './random-stream.ts'

const draws = (n: number, draw: () => number) => Array.from({ length: n }, draw)
const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length

test('a stream is the same for the same words', () => {
  const [a, b] = [randomStream('x', 0, 7), randomStream('x', 0, 7)]
  assert.deepEqual(draws(20, a.normal), draws(20, b.normal))
})

test('streams of neighbouring words differ', () => {
  const firsts = draws(1000, () => 0).map((_, index) => randomStream('x', 0, index).uniform(0, 1))
  assert.equal(new Set(firsts).size, 1000)
  assert.ok(Math.abs(mean(firsts) - 0.5) < 0.04)
})

test('normal has mean 0, variance 1 and kurtosis 3', () => {
  const values = draws(100_000, randomStream('normal').normal)
  assert.ok(Math.abs(mean(values)) < 0.02)
  assert.ok(Math.abs(mean(values.map(x => x ** 2)) - 1) < 0.03)
  assert.ok(Math.abs(mean(values.map(x => x ** 4)) - 3) < 0.3)
})

test('uniform stays in its range and fills it', () => {
  const random = randomStream('uniform')
  const values = draws(10_000, () => random.uniform(-3, 5))
  assert.ok(Math.min(...values) >= -3 && Math.min(...values) < -2.9)
  assert.ok(Math.max(...values) < 5 && Math.max(...values) > 4.9)
})

test('below gives every integer equally often', () => {
  const random = randomStream('below')
  const counts = [0, 0, 0, 0]
  for (let i = 0; i < 40_000; i++) counts[random.below(4)]!++
  assert.ok(counts.every(count => Math.abs(count - 10_000) < 400))
})

test('shuffled keeps the items and leaves its argument alone', () => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8]
  const shuffled = randomStream('shuffle').shuffled(items)
  assert.notDeepEqual(shuffled, items)
  assert.deepEqual(
    shuffled.toSorted((a, b) => a - b),
    items,
  )
})

test('sine and cosine are rounded, not wrong', () => {
  for (const angle of [0, 0.3, 1, 2.5, -7, 40]) {
    assert.ok(Math.abs(sine(angle) - Math.sin(angle)) < 1e-7)
    assert.ok(Math.abs(cosine(angle) - Math.cos(angle)) < 1e-7)
  }
})
