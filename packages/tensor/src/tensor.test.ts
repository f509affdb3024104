import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as t from './index.ts'

const x = t.input('x', [2, 3])

test('equal nodes are the same node', () => {
  assert.equal(t.add(t.exp(x), 1), t.add(t.exp(t.input('x', [2, 3])), 1))
  assert.equal(t.constant([1, 2, 3, 4, 5, 6]), t.constant([1, 2, 3, 4, 5, 6]))
  assert.notEqual(t.constant([1, 2, 3, 4, 5, 6]), t.constant([1, 2, 3, 4, 5, 7]))
})

const errors: readonly (readonly [() => unknown, RegExp])[] = [
  [
    () => t.matmul(t.input('a', [4, 197, 64]), t.input('b', [4, 32, 197])),
    /matmul: cannot multiply \[4, 197, 64\] by \[4, 32, 197\]/,
  ],
  [() => t.add(x, t.input('y', [4])), /add: cannot broadcast \[2, 3\] with \[4\]/],
  [() => t.reshape(x, [4, 2]), /reshape: cannot view \[2, 3\] as \[4, 2\]/],
  [() => t.reshape(x, [-1, 4]), /reshape: cannot view/],
  [() => t.transpose(x, [0, 0]), /transpose: \[0, 0\] does not order the axes of \[2, 3\]/],
  [() => t.sliceAxis(x, 1, 2, 4), /slice: 0:2, 2:4 is not inside \[2, 3\]/],
  [() => t.concat([x, t.input('z', [3, 3])], 1), /concat: \[2, 3\], \[3, 3\] do not agree off axis 1/],
  [() => t.broadcast(x, [2, 6]), /broadcast: cannot repeat \[2, 3\] to \[2, 6\]/],
  [() => t.sum(x, [2]), /sum: axes \[2\] do not exist in \[2, 3\]/],
  [() => t.layerNorm(x, t.input('s', [2]), t.input('s', [2]), 0), /layerNorm: expected scale of \[3\]/],
  [() => t.topK(x, 4), /topK: expected 1 to 3 of \[2, 3\], got 4/],
  [() => t.oneHot(x, 3), /oneHot: expected int indices, got float \[2, 3\]/],
  [() => t.add(t.argmax(x), 1), /add: expected a float tensor, got int \[2\]/],
  [() => t.constant([1, 2], [3]), /constant: 2 numbers do not fill \[3\]/],
  [() => t.grad(x, [x], { seed: t.ones([2]) }), /grad: seed \[2\] for \[2, 3\]/],
  [() => t.program({ a: t.input('n', [2]), b: t.input('n', [3]) }), /program: "n" is both float \[2\] and float \[3\]/],
]

errors.forEach(([build, message], i) => {
  test(`a shape error names the op and the shapes, case ${i + 1}`, () =>
    assert.throws(build, { name: 'ShapeError', message }))
})

test('flops count two for each multiply-add of a product that depends on an input', () => {
  const w = t.parameter('w', [4, 3])
  const p = t.program({ y: t.linear(x, w), fixed: t.matmul(w, w, false, true) })
  assert.equal(t.countFlops(p), 2 * 2 * 4 * 3)
})

test('the interpreter says which input is missing', () => {
  const p = t.program({ y: t.exp(x) })
  assert.throws(() => t.interpret(p, {}), /input "x": expected 6 numbers for \[2, 3\], got nothing/)
})
