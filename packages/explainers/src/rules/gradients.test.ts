import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinyReference } from '@vitrine/models/testing'
import {
  add,
  constant,
  gelu,
  input,
  interpret,
  linear,
  mul,
  oneHot,
  program,
  type Rules,
  reverse,
  sub,
  sum,
  type Tensor,
  type WeightLookup,
} from '@vitrine/tensor'
import { classGradient, classSeed } from '../gradients.ts'
import { alphaOneRules, joinRelevance } from './alpha-one.ts'
import { attnLrpRules, constantAttentionRules, rescaleRules } from './gradients.ts'

const { model, images } = await tinyReference()
const withoutBiases: WeightLookup = name => {
  const weight = model.weights.get(name)
  return name.endsWith('.bias') ? { shape: weight.shape, data: new Float64Array(weight.data.length) } : weight
}

/** The class's logit and the total of what arrives at the tokens that enter the first block, in float64 for the first image. */
function totals(
  relevanceOf: (tokens: Tensor, context: Parameters<typeof classSeed>[0]) => Tensor,
  weights: WeightLookup,
) {
  const trace = model.transformer.trace(input('image', model.transformer.imageShape(1)))
  const tokens = trace.blocks[0]?.input
  assert(tokens)
  const relevance = relevanceOf(tokens, { trace, target: oneHot(input('target', [1], 'int'), 10) })
  const target = { shape: [1], data: Int32Array.of(7) }
  const p = program({ total: sum(relevance, [0, 1, 2]), logits: trace.logits })
  const found = interpret(p, { image: images([0], 'float64'), target }, weights)
  return { total: found.total?.data[0] ?? Number.NaN, logit: found.logits?.data[7] ?? Number.NaN }
}

const timesGradient =
  (rules: Rules) =>
  (tokens: Tensor, context: Parameters<typeof classSeed>[0]): Tensor =>
    mul(tokens, classGradient(context, tokens, { rules }))

const close = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `expected ${expected}, got ${actual}`)

test('CP-LRP conserves the logit where there are no biases', () => {
  const { total, logit } = totals(timesGradient(constantAttentionRules()), withoutBiases)
  // The logit is that of LXT 2.1 on the same weights.
  close(logit, 3.0273550581658175, 1e-9)
  close(total, logit, 1e-9)
})

test('the gamma rule conserves the logit too', () => {
  const { total, logit } = totals(timesGradient(constantAttentionRules({ gamma: 0.25 })), withoutBiases)
  close(total, logit, 1e-9)
})

test('the epsilon rule keeps relevance back', () => {
  const of = (epsilon: number) => totals(timesGradient(constantAttentionRules({ epsilon })), model.weights.get).total
  assert.notEqual(of(0), of(0.1))
  assert.ok(Math.abs(of(1e6)) < 1e-3 * Math.abs(of(0)))
})

test('AttnLRP loses at softmax what the authors say and LXT loses', () => {
  const { total } = totals(timesGradient(attnLrpRules()), withoutBiases)
  close(total, 1.5991878034101783, 1e-7)
})

test('the rules of Transformer Attribution conserve the relevance of 1, biases or not', () => {
  const { total } = totals((tokens, context) => {
    const [relevance = tokens] = reverse(classSeed(context), [tokens], alphaOneRules, { join: joinRelevance })
    return relevance
  }, model.weights.get)
  close(total, 1, 1e-4)
})

/**
 * The relevance of the inputs [3, -1, 2] of a linear layer whose outputs have a relevance of 1 each. Contributions to the first output
 * are [3, -2, -0.5] and a bias of 0.5, which makes 1; to the second [-3, -1, 1] and 1, which makes -2.
 */
function throughLayer(rules: Rules): number[] {
  const x = input('x', [1, 3])
  const y = add(linear(x, constant([1, 2, -0.25, -1, 1, 0.5], [2, 3])), constant([0.5, 1]))
  const [dx = x] = reverse(new Map([[y, constant([1 / 1, 1 / -2], [1, 2])]]), [x], rules)
  const found = interpret(program({ relevance: mul(x, dx) }), { x: { shape: [1, 3], data: Float64Array.of(3, -1, 2) } })
  return [...(found.relevance?.data ?? [])]
}

test('without epsilon and gamma a linear layer hands back contributions over outputs', () => {
  const expected = [3 / 1 + -3 / -2, -2 / 1 + -1 / -2, -0.5 / 1 + 1 / -2]
  throughLayer(constantAttentionRules()).forEach((r, i) => {
    close(r, expected[i] ?? 0, 1e-12)
  })
})

test('the epsilon rule divides by outputs moved away from zero', () => {
  const expected = [3 / 1.2 + -3 / -2.2, -2 / 1.2 + -1 / -2.2, -0.5 / 1.2 + 1 / -2.2]
  throughLayer(constantAttentionRules({ epsilon: 0.2 })).forEach((r, i) => {
    close(r, expected[i] ?? 0, 1e-12)
  })
})

test("the gamma rule counts contributions of the output's own sign more often", () => {
  // Next to their biases the sums 0.5 and -3 keep 0.5 / 1 and -3 / -2 of the relevance. With gamma 0.5 the contributions are
  // [4.5, -2, -0.5], which make 2, and [-4.5, -1.5, 1], which make -5.
  const expected = [4.5, -2, -0.5].map((c, i) => (0.5 * c) / 2 + (1.5 * ([-4.5, -1.5, 1][i] ?? 0)) / -5)
  throughLayer(constantAttentionRules({ gamma: 0.5 })).forEach((r, i) => {
    close(r, expected[i] ?? 0, 1e-12)
  })
})

test('the rescale rule hands back the difference of the outputs', () => {
  const [x, x0] = [input('x', [3]), constant([0.5, 1, -2])]
  const y = gelu(x)
  const [dx = x] = reverse(new Map([[y, constant([1, 2, 3])]]), [x], rescaleRules(new Map([[x, x0]])))
  const data = Float64Array.of(1, -1, -2.001)
  const found = interpret(program({ r: mul(dx, sub(x, x0)) }), { x: { shape: [3], data } }).r?.data ?? []
  // Values of GELU from tables of the normal distribution: x Phi(x).
  const values = [0.841344746, -0.158655254, -2.001 * 0.0226961]
  const reference = [0.5 * 0.691462461, 0.841344746, -2 * 0.0227501]
  const weights = [1, 2, 3]
  values.forEach((value, i) => {
    close(found[i] ?? Number.NaN, (weights[i] ?? 0) * (value - (reference[i] ?? 0)), i === 2 ? 1e-5 : 1e-8)
  })
})
