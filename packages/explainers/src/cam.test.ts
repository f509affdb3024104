import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constant, interpret, program } from '@vitrine/tensor'
import { principalComponent } from './cam.ts'

const run = (matrix: readonly number[], n: number): number[] => [
  ...(interpret(program({ v: principalComponent(constant(matrix, [1, n, n])) }), {}).v?.data ?? []),
]

test('the principal component is the first eigenvector times the root of its eigenvalue, its largest entry positive', () => {
  // 9 u u' + 4 v v' with u = [-3, 0, 4] / 5 and v = [0, 1, 0].
  const [u, v] = [
    [-3 / 5, 0, 4 / 5],
    [0, 1, 0],
  ]
  const matrix = u.flatMap((a, i) => u.map((b, j) => 9 * a * b + 4 * (v[i] ?? 0) * (v[j] ?? 0)))
  run(matrix, 3).forEach((x, i) => {
    assert.ok(Math.abs(x - 3 * (u[i] ?? 0)) < 1e-12, `entry ${i}: ${x}`)
  })
})

test('eigenvalues that are close are told apart', () => {
  // Eigenvalues 3 and 2.99 along the axes.
  const found = run([2.99, 0, 0, 3], 2)
  assert.ok(Math.abs(found[0] ?? 1) < 1e-9)
  assert.ok(Math.abs((found[1] ?? 0) - Math.sqrt(3)) < 1e-9)
})
