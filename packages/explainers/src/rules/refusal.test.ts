import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  constant,
  div,
  exp,
  gelu,
  input,
  interpret,
  matmul,
  max,
  maximum,
  mul,
  neg,
  ones,
  program,
  type Rules,
  relu,
  reverse,
  sigmoid,
  sqrt,
  type Tensor,
  tanh,
  topK,
} from '@vitrine/tensor'
import { alphaOneRules, separateSignRules } from './alpha-one.ts'
import { attnLrpRules, constantAttentionRules, rescaleRules } from './gradients.ts'

const x = input('x', [2, 3])

const back = (y: Tensor, rules: Rules): Tensor[] => reverse(new Map([[y, ones(y.shape)]]), [x], rules)

const sets: Readonly<Record<string, Rules>> = {
  'the alpha = 1 rules of Chefer et al.': alphaOneRules,
  'the rules of partial and full LRP': separateSignRules,
  AttnLRP: attnLrpRules(),
  'CP-LRP and LibraGrad': constantAttentionRules(),
  'the rescale rule of DeepLIFT': rescaleRules(new Map()),
}

for (const [set, rules] of Object.entries(sets)) {
  const refusals: Readonly<Record<string, Tensor>> = {
    exp: exp(x),
    sqrt: sqrt(x),
    maximum: maximum(x, 0),
    topK: topK(x, 2).values,
    'a quotient of two activations': div(x, input('z', [2, 3])),
  }
  for (const [what, y] of Object.entries(refusals))
    test(`${set}: ${what} is refused, by name`, () =>
      assert.throws(() => back(y, rules), {
        name: 'UnsupportedError',
        message: new RegExp(`${set}: no relevance rule for ${what} \\[2, [123]\\]`),
      }))
}

test('tanh and sigmoid pass relevance unchanged where the rules say so, and are refused elsewhere', () => {
  for (const f of [tanh, sigmoid]) {
    assert.deepEqual(back(f(x), alphaOneRules), [ones(x.shape)])
    assert.throws(() => back(f(x), attnLrpRules()), { name: 'UnsupportedError' })
  }
})

test('the largest of several numbers gets all relevance, as a pool has it in zennit, or is refused', () => {
  const given = { x: { shape: [2, 3], data: Float64Array.of(1, 3, 2, -1, -2, -3) } }
  for (const rules of [attnLrpRules(), constantAttentionRules()]) {
    const [cotangent = x] = back(max(x, [1]), rules)
    assert.deepEqual([...(interpret(program({ t: cotangent }), given).t?.data ?? [])], [0, 1, 0, 1, 0, 0])
  }
  for (const rules of [alphaOneRules, separateSignRules, rescaleRules(new Map())])
    assert.throws(() => back(max(x, [1]), rules), { name: 'UnsupportedError', message: /no relevance rule for max/ })
})

test('a product of two activations, element by element, is halved by AttnLRP and refused by CP-LRP', () => {
  const y = mul(x, gelu(x))
  const given = { x: { shape: [2, 3], data: Float64Array.of(1, 2, 3, -1, -2, -3) } }
  const run = (t: Tensor) => [...(interpret(program({ t }), given).t?.data ?? [])]
  const [cotangent = x] = back(y, attnLrpRules())
  // Half of the product by its first factor, half by its second, which GELU hands on unchanged: all of the product.
  const [relevance, product] = [run(mul(x, cotangent)), run(y)]
  relevance.forEach((r, i) => {
    assert.ok(Math.abs(r - (product[i] ?? Number.NaN)) < 1e-15)
  })
  assert.throws(() => back(y, constantAttentionRules()), /no relevance rule for a product of two activations/)
})

test('the rules of Chefer et al. hand relevance through a change of sign as through a product with a number', () => {
  for (const rules of [alphaOneRules, separateSignRules]) {
    assert.deepEqual(back(neg(x), rules), [ones(x.shape)])
    assert.deepEqual(back(neg(x), rules), back(mul(x, -1), rules))
  }
})

test('AttnLRP hands relevance through relu unchanged', () => {
  const [cotangent = x] = back(relu(x), attnLrpRules())
  const data = Float64Array.of(1, -2, 3, -4, 5, 6)
  const found = interpret(program({ r: mul(x, cotangent) }), { x: { shape: [2, 3], data } })
  assert.deepEqual([...(found.r?.data ?? [])].map(Math.abs), [1, 0, 3, 0, 5, 6])
})

test('a matrix that is fixed and stands on the left has no rule of Chefer et al.', () =>
  assert.throws(() => back(matmul(constant([1, 2, 3, 4], [2, 2]), x), alphaOneRules), {
    name: 'UnsupportedError',
    message: /no relevance rule for a fixed matrix times an activation \[2, 3\]/,
  }))

test('the rescale rule wants to know what a GELU reads for the reference', () =>
  assert.throws(() => back(gelu(x), rescaleRules(new Map())), {
    name: 'UnsupportedError',
    message: /no relevance rule for a GELU whose input for the reference is not known/,
  }))

test('the gamma rule is for linear layers with weights [out, in]', () => {
  const y = matmul(x, constant([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3]))
  assert.throws(() => back(y, attnLrpRules({ gamma: 0.5 })), {
    name: 'UnsupportedError',
    message: /AttnLRP with gamma: no relevance rule for a linear layer that is not x times a transposed weight/,
  })
})
