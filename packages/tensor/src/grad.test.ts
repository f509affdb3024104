import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as t from './index.ts'
import type { Op, Shape, Tensor } from './ops.ts'
import { generator, numbers } from './testing.ts'

interface Case {
  /** Shapes of the operands to differentiate with respect to. */
  readonly operands: readonly Shape[]
  readonly apply: (...operands: Tensor[]) => Tensor
  /** Keeps arguments where the op is smooth. */
  readonly map?: (x: number) => number
}

const unary = (apply: (x: Tensor) => Tensor, map?: Case['map']): Case[] => [
  { operands: [[2, 3]], apply, ...(map && { map }) },
]

const binary = (apply: (a: Tensor, b: Tensor) => Tensor): Case[] =>
  [
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3]],
    [
      [2, 1],
      [4, 1, 3],
    ],
    [[], [2, 2]],
  ].map(operands => ({ operands, apply }))

const indices = t.argmax(t.constant([0, 1, 0, 1, 0, 0], [2, 3]))

/** Cases for each op that has a derivative; the reason for each that has none. */
const cases: { readonly [O in Op]: readonly Case[] | string } = {
  input: 'a leaf',
  parameter: 'a leaf',
  constant: 'a leaf',
  neg: unary(t.neg),
  abs: unary(t.abs),
  sign: 'piecewise constant',
  exp: unary(t.exp),
  log: unary(t.log, Math.abs),
  sqrt: unary(t.sqrt, Math.abs),
  relu: unary(t.relu),
  sigmoid: unary(t.sigmoid),
  tanh: unary(t.tanh),
  erf: unary(t.erf),
  gelu: unary(t.gelu, x => 3 * x),
  add: binary(t.add),
  sub: binary(t.sub),
  mul: binary(t.mul),
  div: binary(t.div),
  maximum: binary(t.maximum),
  minimum: binary(t.minimum),
  greater: 'piecewise constant',
  equal: 'piecewise constant',
  where: [{ operands: [[2, 3], [3]], apply: (a, b) => t.where(t.constant([1, 0, 1, 0, 1, 1], [2, 3]), a, b) }],
  matmul: [false, true].flatMap(ta =>
    [false, true].flatMap(tb => {
      const side = (m: number, n: number, transposed: boolean, batch: number[]) => [
        ...batch,
        ...(transposed ? [n, m] : [m, n]),
      ]
      const apply = (a: Tensor, b: Tensor) => t.matmul(a, b, ta, tb)
      return [
        { operands: [side(2, 3, ta, []), side(3, 4, tb, [])], apply },
        { operands: [side(2, 3, ta, [2, 2]), side(3, 4, tb, [])], apply },
        { operands: [side(2, 3, ta, [2, 1]), side(3, 2, tb, [1, 3])], apply },
      ]
    }),
  ),
  sum: [
    { operands: [[2, 3, 2]], apply: x => t.sum(x, [1]) },
    { operands: [[2, 3, 2]], apply: x => t.sum(x, [0, -1]) },
  ],
  max: [{ operands: [[2, 3, 2]], apply: x => t.max(x, [1, 2]) }],
  softmax: unary(t.softmax),
  layerNorm: [{ operands: [[2, 4], [4], [4]], apply: (x, scale, bias) => t.layerNorm(x, scale, bias, 0.01) }],
  reshape: unary(x => t.reshape(x, [3, 2])),
  transpose: [{ operands: [[2, 3, 4]], apply: x => t.transpose(x, [2, 0, 1]) }],
  slice: [
    {
      operands: [[3, 4]],
      apply: x =>
        t.slice(x, [
          [1, 3],
          [0, 2],
        ]),
    },
  ],
  pad: unary(x => t.pad(x, [1, 0], [0, 2])),
  concat: [
    {
      operands: [
        [2, 3],
        [2, 1],
      ],
      apply: (a, b) => t.concat([a, b, a], 1),
    },
  ],
  broadcast: [{ operands: [[2, 1, 3]], apply: x => t.broadcast(x, [4, 2, 5, 3]) }],
  gather: [
    { operands: [[2, 3, 2]], apply: x => t.gather(x, indices, 1) },
    { operands: [[2, 3]], apply: x => t.gather(x, indices, 0) },
    { operands: [[2, 3]], apply: x => t.gather(x, indices, -1) },
    { operands: [[2]], apply: x => t.gather(x, indices, 0) },
  ],
  unfold: [
    { operands: [[2, 5, 4]], apply: x => t.unfold(x, { kernel: [3, 2], strides: [1, 1], dilations: [1, 1] }) },
    { operands: [[2, 2, 6, 5]], apply: x => t.unfold(x, { kernel: [2, 3], strides: [3, 1], dilations: [2, 1] }) },
    { operands: [[3, 5, 4]], apply: x => t.unfold(x, { kernel: [2, 2], strides: [2, 2], dilations: [1, 1] }) },
  ],
  fold: [
    {
      operands: [[2, 6, 8]],
      apply: x => t.fold(x, { kernel: [2, 2], strides: [1, 2], dilations: [1, 2], size: [4, 5] }),
    },
    {
      operands: [[4, 12]],
      apply: x => t.fold(x, { kernel: [2, 2], strides: [2, 2], dilations: [1, 1], size: [5, 4] }),
    },
  ],
  topK: [{ operands: [[2, 5]], apply: x => t.topK(x, 3).values }],
  oneHot: 'indices are whole numbers',
}

for (const [op, list] of Object.entries(cases)) {
  if (typeof list === 'string') {
    test(`${op} has no derivative: ${list}`, () => assert.equal(t.vjps[op as Op], null))
    continue
  }
  list.forEach((one, i) => {
    test(`the derivative of ${op} agrees with central differences, case ${i + 1}`, () => checkDerivative(one))
  })
}

test('a gradient can be differentiated again', () => {
  const x = t.input('x', [])
  const [first] = t.grad(t.mul(t.exp(x), x), [x])
  assert(first)
  const [second] = t.grad(first, [x])
  assert(second)
  const out = t.interpret(t.program({ second }), { x: { shape: [], data: Float64Array.of(0.5) } })
  assert.ok(Math.abs((out.second?.data[0] ?? 0) - 2.5 * Math.exp(0.5)) < 1e-12)
})

test('nothing passes a cut', () => {
  const x = t.input('x', [3])
  const inner = t.exp(x)
  const [dx] = t.grad(t.add(t.mul(inner, 2), x), [x], { cut: [inner] })
  assert(dx)
  const out = t.interpret(t.program({ dx }), { x: { shape: [3], data: Float64Array.of(1, 2, 3) } })
  assert.deepEqual([...(out.dx?.data ?? [])], [1, 1, 1])
})

function checkDerivative({ operands, apply, map = x => x }: Case): void {
  const random = generator(7)
  const xs = operands.map((shape, i) => t.input(`x${i}`, shape))
  const values = operands.map(shape => numbers(t.sizeOf(shape), random).map(map))
  const y = apply(...xs)
  const seed = t.constant(numbers(t.sizeOf(y.shape), random), y.shape)
  const objective = t.program({
    f: t.sum(
      t.mul(y, seed),
      y.shape.map((_, i) => i),
    ),
  })
  const gradients = t.program(Object.fromEntries(t.grad(y, xs, { seed }).map((g, i) => [`g${i}`, g])))
  const host = (v: readonly Float64Array[]) =>
    Object.fromEntries(v.map((data, i) => [`x${i}`, { shape: operands[i] ?? [], data }]))
  const f = (v: readonly Float64Array[]) => t.interpret(objective, host(v)).f?.data[0] ?? Number.NaN
  const found = t.interpret(gradients, host(values))
  const h = 1e-5
  values.forEach((x, i) => {
    x.forEach((_, j) => {
      const moved = (by: number) => values.map((v, k) => (k === i ? v.map((n, m) => (m === j ? n + by : n)) : v))
      const expected = (f(moved(h)) - f(moved(-h))) / (2 * h)
      const actual = found[`g${i}`]?.data[j] ?? Number.NaN
      assert.ok(
        Math.abs(actual - expected) <= 1e-8 * (1 + Math.abs(expected)),
        `operand ${i}, element ${j}: expected ${expected}, got ${actual}`,
      )
    })
  })
}
