import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interner } from './intern.ts'
import type { Tensor } from './ops.ts'

/** Constants of a table whose digest tells nothing apart. */
function colliding(): (...numbers: number[]) => Tensor {
  const intern = interner(() => 'the same for all')
  return (...numbers) =>
    intern('constant', [], { data: Float64Array.from(numbers) }, { shape: [numbers.length], dtype: 'float' })
}

test('constants that share a digest stay apart where their numbers differ', () => {
  const constant = colliding()
  const [a, b] = [constant(1, 2, 3, 4, 5), constant(1, 2, 3, 4, 6)]
  assert.notEqual(a, b)
  assert.equal(constant(1, 2, 3, 4, 5), a)
  assert.equal(constant(1, 2, 3, 4, 6), b)
})

test('constants that share a digest stay apart by the sign of zero, and a NaN equals itself', () => {
  const constant = colliding()
  assert.notEqual(constant(0), constant(-0))
  assert.equal(constant(Number.NaN), constant(Number.NaN))
})
