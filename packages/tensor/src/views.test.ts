import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as t from './index.ts'
import type { Tensor } from './ops.ts'
import { generator, numbers } from './testing.ts'

// The score reads exp(x) as [4, 6]. Views of it in other shapes lie beside the way from x to the score.
const x = t.input('x', [2, 3, 4])
const y = t.exp(x)
const score = t.sum(t.tanh(t.matmul(t.reshape(y, [4, 6]), t.constant([1, -2, 3, -1, 2, 1], [6, 1]))), [0, 1])
const data = { x: { shape: x.shape, data: numbers(24, generator(3)) } }

const run = (tensor: Tensor): number[] => [...(t.interpret(t.program({ tensor }), data).tensor?.data ?? [])]
const gradient = (target: Tensor, options = {}): Tensor => t.grad(score, [target], options)[0] ?? assert.fail()

const views: Readonly<Record<string, (source: Tensor) => Tensor>> = {
  reshape: source => t.reshape(source, [3, 8]),
  transpose: source => t.transpose(source, [2, 0, 1]),
  slice: source => t.sliceAxis(source, 2, 1, 3),
  'a view of a view': source => t.reshape(t.transpose(t.sliceAxis(source, 0, 0, 1), [0, 2, 1]), [2, 6]),
}

for (const [name, view] of Object.entries(views))
  test(`a target beside the way gets the gradient of its source, viewed alike: ${name}`, () => {
    const found = gradient(view(y))
    assert.deepEqual(found.shape, view(y).shape)
    assert.deepEqual(run(found), run(view(gradient(y))))
    assert.ok(run(found).some(n => n !== 0))
  })

test('the gradient of a view is what central differences of its elements say', () => {
  const turned = t.transpose(y, [2, 0, 1])
  const found = run(gradient(turned))
  const given = t.input('given', turned.shape)
  const [moved = score] = t.substitute([score], new Map([[turned, given]]))
  const p = t.program({ moved })
  const values = Float64Array.from(run(turned))
  const at = (i: number, by: number) =>
    t.interpret(p, { given: { shape: given.shape, data: values.map((v, k) => (k === i ? v + by : v)) } }).moved
      ?.data[0] ?? Number.NaN
  found.forEach((g, i) => {
    const expected = (at(i, 1e-5) - at(i, -1e-5)) / 2e-5
    assert.ok(Math.abs(g - expected) < 1e-8, `element ${i}: expected ${expected}, got ${g}`)
  })
})

test('a target that the score is not computed from is an error that names it', () => {
  assert.throws(() => gradient(t.input('z', [2, 3])), {
    name: 'UnusedTensorError',
    message: /reverse: expected .*computed from, got input "z" float \[2, 3\]/,
  })
  assert.throws(() => gradient(t.reshape(t.neg(y), [24])), /got reshape float \[24\]/)
})

test('zeros are what such a target gets where they are asked for', () => {
  assert.deepEqual(run(gradient(t.input('z', [2]), { allowUnused: true })), [0, 0])
})

test('a target behind a cut gets zeros', () => {
  assert.deepEqual(run(gradient(x, { cut: [y] })), Array(24).fill(0))
})

test('a cut beside the way cuts the tensor that it views, or is an error', () => {
  assert.deepEqual(run(gradient(x, { cut: [t.reshape(y, [24])] })), Array(24).fill(0))
  assert.throws(() => gradient(x, { cut: [t.neg(y)] }), { name: 'UnusedTensorError' })
  assert.throws(() => gradient(x, { cut: [t.sliceAxis(y, 0, 0, 1)] }), { name: 'UnusedTensorError' })
})

test('a view beside the way stands for its source where it is substituted', () => {
  const turned = t.transpose(y, [2, 0, 1])
  const [found = score] = t.substitute(
    [score],
    new Map([[t.reshape(turned, [8, 3]), t.reshape(t.neg(turned), [8, 3])]]),
  )
  const [expected = score] = t.substitute([score], new Map([[y, t.neg(y)]]))
  assert.deepEqual(run(found), run(expected))
  assert.notDeepEqual(run(found), run(score))
})

test('a tensor that is substituted and does not occur is an error that names it', () => {
  assert.throws(() => t.substitute([score], new Map([[t.neg(y), y]])), {
    name: 'UnusedTensorError',
    message: /substitute: expected tensors that the outputs are computed from, got neg float \[2, 3, 4\]/,
  })
})

test('a part of a tensor cannot stand for all of it', () => {
  const part = t.sliceAxis(y, 0, 0, 1)
  assert.throws(() => t.substitute([score], new Map([[part, t.neg(part)]])), /got slice float \[1, 3, 4\]/)
})

test('two substitutes for one tensor are an error', () => {
  const flat = t.reshape(y, [24])
  const twice = new Map([
    [y, t.neg(y)],
    [flat, flat],
  ])
  assert.throws(() => t.substitute([score], twice), /exp \[2, 3, 4\] is replaced twice/)
})
