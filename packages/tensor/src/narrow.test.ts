import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topological } from './graph.ts'
import * as t from './index.ts'
import type { Tensor } from './ops.ts'
import { generator, numbers } from './testing.ts'

/** The program of exactly these nodes. */
function unnarrowed(outputs: Readonly<Record<string, Tensor>>): t.Program {
  const nodes = topological(Object.values(outputs))
  return {
    nodes,
    outputs,
    inputs: nodes.filter(n => n.op === 'input'),
    parameters: nodes.filter(n => n.op === 'parameter'),
  }
}

test('reading one token leaves one row of work after the last product that mixes tokens', () => {
  const tokens = t.input('x', [1, 9, 4])
  const [w, mix] = [t.parameter('w', [4, 4]), t.parameter('m', [9, 9])]
  const mixed = t.matmul(mix, tokens)
  const y = t.sliceAxis(t.gelu(t.linear(t.softmax(t.linear(mixed, w)), w)), 1, 0, 1)
  assert.equal(t.countFlops(t.program({ y })), 2 * (9 * 4 + 2 * 4 * 4))
})

test('the cotangent of one token stays one row until a product mixes tokens', () => {
  const tokens = t.input('x', [2, 9, 4])
  const [w, s] = [t.parameter('w', [4, 4]), t.parameter('s', [4])]
  const y = t.sliceAxis(t.layerNorm(t.add(tokens, t.gelu(t.linear(tokens, w))), s, s, 1e-6), 1, 0, 1)
  const [dx] = t.grad(y, [tokens])
  assert(dx)
  assert.equal(dx.op, 'pad')
  const p = t.program({ row: t.sliceAxis(dx, 1, 0, 1), rest: t.sliceAxis(dx, 1, 1, 9) })
  const wide = p.nodes.filter(n => n.shape[1] === 9)
  assert.deepEqual(
    wide.map(n => n.op),
    ['input'],
  )
})

test('cotangents of slices that tile an axis are put side by side', () => {
  const x = t.input('x', [2, 6])
  const parts = [0, 1, 2].map(i => t.exp(t.sliceAxis(x, 1, 2 * i, 2 * i + 2)))
  const [dx] = t.grad(t.concat(parts, 1), [x])
  assert.equal(dx?.op, 'concat')
})

test('a narrowed program gives the same numbers, for random programs and their gradients', () => {
  for (let seed = 0; seed < 150; seed++) {
    const random = generator(seed)
    const outputs = randomProgram(random)
    const x = { x: { shape: [2, 3, 4], data: numbers(24, random) } }
    const weights = () => ({ shape: [4, 4], data: numbers(16, generator(1)) })
    const expected = t.interpret(unnarrowed(outputs), x, weights)
    const actual = t.interpret(t.program(outputs), x, weights)
    for (const name of Object.keys(outputs)) {
      const [e, a] = [expected[name], actual[name]]
      assert.deepEqual(a?.shape, e?.shape)
      e?.data.forEach((n, i) => {
        assert.ok(Math.abs(n - (a?.data[i] ?? Number.NaN)) <= 1e-12 * (1 + Math.abs(n)), `seed ${seed}, ${name}[${i}]`)
      })
    }
  }
})

function randomProgram(random: () => number): Record<string, Tensor> {
  const x = t.input('x', [2, 3, 4])
  const w = t.parameter('w', [4, 4])
  const choose = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const window = (n: number): [number, number] => {
    const start = Math.floor(random() * n)
    return [start, start + 1 + Math.floor(random() * (n - start))]
  }
  const steps: readonly ((h: Tensor) => Tensor)[] = [
    h => t.sigmoid(h),
    h => t.gelu(h),
    h => t.softmax(h),
    h => t.mul(h, choose([2, t.sum(h, [-1]), h])),
    h => t.sub(h, t.mean(h, [-2])),
    h => t.transpose(h, [0, 2, 1]),
    h => t.reshape(h, [t.dim(h.shape, 0), -1, 1]),
    h => t.reshape(h, [1, ...h.shape.slice(0, 1), t.sizeOf(h.shape) / t.dim(h.shape, 0)]),
    h =>
      t.slice(
        h,
        h.shape.map(n => window(n)),
      ),
    h => t.pad(h, [0, 1, 0], [0, 2, 1]),
    h => t.concat([h, t.tanh(h)], choose([0, 1, 2])),
    h => t.matmul(h, t.sigmoid(h), false, true),
    h => (h.shape[2] === 4 ? t.linear(h, w) : t.abs(h)),
    h => t.max(h, [1]),
    h => t.gather(h, t.argmax(t.constant([1, 0, 1, 0], [2, 2])), 1),
    h => t.topK(h, 1).values,
    h => {
      const [a = 1, b = 1, c = 1] = h.shape
      const images = t.reshape(t.pad(h, [0, 1, 0], [0, 1, 0]), [a, 1, b + 2, c])
      return t.unfold(images, { kernel: [2, 1], strides: [1, choose([1, 2])], dilations: [2, 1] })
    },
    h => t.broadcast(t.sum(h, [1]), [t.dim(h.shape, 0), 2, t.dim(h.shape, 2)]),
  ]
  let h: Tensor = x
  for (let i = 0; i < 7; i++) h = choose(steps)(h)
  // Zeros cut out of a pad make some of these programs constant.
  const [dx] = t.grad(h, [x], { allowUnused: true })
  return { h, part: t.sliceAxis(h, 1, 0, 1), ...(dx && { dx, row: t.sliceAxis(dx, 1, 0, 1) }) }
}

test('a tensor that is substituted reaches the outputs in its new form and nothing else changes', () => {
  const x = t.input('x', [2, 6, 4])
  const hidden = t.softmax(t.matmul(x, x, false, true))
  const outputs = (mixed: Tensor) => t.sum(t.pad(t.sliceAxis(t.matmul(mixed, x), 1, 1, 4), [0, 1, 0], [0, 0, 2]), [1])
  const [y] = t.substitute([outputs(hidden)], new Map([[hidden, t.mul(hidden, 3)]]))
  assert(y)
  assert.equal(y, outputs(t.mul(hidden, 3)))
  const data = { x: { shape: [2, 6, 4], data: numbers(48, generator(5)) } }
  const run = (rows: Tensor) => [...(t.interpret(t.program({ rows }), data).rows?.data ?? [])]
  const threefold = run(outputs(hidden)).map(v => 3 * v)
  run(y).forEach((v, i) => {
    assert.ok(Math.abs(v - (threefold[i] ?? 0)) < 1e-12)
  })
})

test('a substitute of another shape is refused', () => {
  const x = t.input('x', [2, 3])
  assert.throws(
    () => t.substitute([t.neg(x)], new Map([[x, t.input('y', [3, 2])]])),
    /expected float \[2, 3\], got float \[3, 2\]/,
  )
})
