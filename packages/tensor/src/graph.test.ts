import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as t from './index.ts'
import type { Tensor } from './ops.ts'

const LENGTH = 100_000

/** A tensor whose sign is turned so many times, an even number, which leaves it as it was. */
function chain(from: Tensor): Tensor {
  let y = from
  for (let i = 0; i < LENGTH; i++) y = t.neg(y)
  return y
}

const x = t.input('x', [1])
const long = chain(x)

test('whether a long chain depends on an input is found without a deep stack', () => {
  assert.equal(t.isFixed(long), false)
  assert.equal(t.isFixed(chain(t.parameter('w', [1]))), true)
})

test('a long chain is narrowed, printed, counted and run', () => {
  const p = t.program({ y: long })
  assert.equal(p.nodes.length, LENGTH + 1)
  assert.equal(t.print(p).split('\n').length, LENGTH + 2)
  assert.equal(t.countFlops(p), 0)
  assert.equal(t.interpret(p, { x: { shape: [1], data: Float64Array.of(7) } }).y?.data[0], 7)
})

test('a long chain has a derivative', () => {
  const [dx = x] = t.grad(long, [x])
  assert.equal(t.interpret(t.program({ dx }), {}).dx?.data[0], 1)
})

test('the start of a long chain is substituted', () => {
  const [y = x] = t.substitute([long], new Map([[x, t.input('z', [1])]]))
  assert.deepEqual(
    t.program({ y }).inputs.map(({ params }) => params.name),
    ['z'],
  )
})

test('an op may have more operands than a call takes arguments', () => {
  const wide = t.concat(
    Array.from({ length: 2 * LENGTH }, (_, i) => (i % 2 === 0 ? x : t.neg(x))),
    0,
  )
  assert.equal(t.program({ wide }).nodes.length, 3)
})
