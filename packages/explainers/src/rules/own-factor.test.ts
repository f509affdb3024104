import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  add,
  constant,
  div,
  input,
  interpret,
  linear,
  mul,
  program,
  type Rules,
  reshape,
  reverse,
  sigmoid,
  sqrt,
  sum,
  type Tensor,
  tanh,
} from '@vitrine/tensor'
import { alphaOneRules, separateSignRules } from './alpha-one.ts'
import { attnLrpRules, constantAttentionRules } from './gradients.ts'
import { ownFactor } from './own-factor.ts'

// Relevance of x = [0.5, -1.25, 2] by LXT 2.1 in float64: identity_rule_implicit around activation functions, divide_gradient behind the gate
// (as it patches Llama), normalize and linear_epsilon for the cosines.
const x = input('x', [1, 3])
const given = { x: { shape: [1, 3], data: Float64Array.of(0.5, -1.25, 2) } }
const first = linear(x, constant([1, 0.5, -0.25, -0.75, 1, 0.5], [2, 3]))
const second = linear(x, constant([0.25, -1, 1, 1.5, 0.5, 0.75], [2, 3]))
const last = (hidden: Tensor): Tensor => linear(hidden, constant([1, -2], [1, 2]))

const silu = (t: Tensor): Tensor => mul(t, sigmoid(t))
const cube = (t: Tensor): Tensor => mul(t, mul(t, t))
// As exporters write it: the half stands at x.
const tanhGelu = (t: Tensor): Tensor =>
  mul(mul(t, 0.5), add(tanh(mul(Math.sqrt(2 / Math.PI), add(t, mul(0.044715, cube(t))))), 1))

const ofLxt: Readonly<Record<string, readonly [Tensor, readonly number[]]>> = {
  SwiGLU: [last(mul(silu(first), second)), [0.6564334189520048, 0.06809475304938709, -0.7517660732015354]],
  'GELU by tanh': [last(tanhGelu(first)), [0.3325577001380082, 0.49883655020701234, -0.6651154002760163]],
  QuickGELU: [
    last(mul(first, sigmoid(mul(1.702, first)))),
    [0.3207418466361256, 0.4811127699541884, -0.6414836932722512],
  ],
  'the cosine with a text': [
    linear(div(x, sqrt(sum(mul(x, x), [-1]))), constant([0.5, 1, -1.5], [1, 3])),
    [0.10369516947304253, -0.5184758473652127, -1.2443420336765103],
  ],
}

function relevanceOf(y: Tensor, rules: Rules): number[] {
  const [cotangent = x] = reverse(new Map([[y, constant([1], [1, 1])]]), [x], rules)
  return [...(interpret(program({ r: mul(x, cotangent) }), given).r?.data ?? [])]
}

for (const [what, [y, expected]] of Object.entries(ofLxt))
  test(`AttnLRP hands relevance through ${what} as LXT does`, () => {
    relevanceOf(y, attnLrpRules()).forEach((r, i) => {
      assert.ok(Math.abs(r - (expected[i] ?? Number.NaN)) < 1e-9, `${r}, expected ${expected[i]}`)
    })
  })

test('CP-LRP has the same rule for activation functions and norms, and none for a gate', () => {
  const { SwiGLU: gated, ...others } = ofLxt
  for (const [y, expected] of Object.values(others))
    relevanceOf(y, constantAttentionRules()).forEach((r, i) => {
      assert.ok(Math.abs(r - (expected[i] ?? Number.NaN)) < 1e-9)
    })
  assert.throws(() => relevanceOf(gated?.[0] ?? x, constantAttentionRules()), { name: 'UnsupportedError' })
})

test('the rules of Chefer et al. pass relevance through activation functions and norms as it is', () => {
  const relevance = constant([1, 2, 3], [1, 3])
  for (const rules of [alphaOneRules, separateSignRules])
    for (const y of [silu(x), tanhGelu(x), div(x, sqrt(sum(mul(x, x), [-1])))])
      assert.deepEqual(reverse(new Map([[y, relevance]]), [x], rules), [relevance])
})

test('a factor that depends on something else is none of its own', () => {
  const other = input('other', [1, 3])
  const product = (a: Tensor, b: Tensor) => {
    const y = mul(a, b)
    return y.op === 'mul' ? ownFactor(y) : assert.fail()
  }
  assert.equal(product(x, sigmoid(x)), 'second')
  assert.equal(product(sigmoid(x), x), 'first')
  assert.equal(product(x, sigmoid(add(x, other))), undefined)
  assert.equal(product(x, linear(x, constant(new Float64Array(9), [3, 3]))), undefined)
  assert.equal(product(x, reshape(linear(x, constant([1, 1, 1], [1, 3])), [1, 1])), undefined)
})
