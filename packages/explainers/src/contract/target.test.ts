import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinyReference } from '@vitrine/models/testing'
import { interpret } from '@vitrine/tensor'
import { sampledOf } from '../run/choice.ts'
import { explanationProgram } from '../run/program.ts'
import { sampler } from '../run/sampler.ts'
import { inputFor, targetRows } from '../run/target-input.ts'
import { choiceOf } from '../testing-choice.ts'
import { scoreOf, type Target, targetUnder, weightsOf } from './target.ts'

const { model, images } = await tinyReference()

test('the most similar classes are those with the nearest logits, above or below', () =>
  assert.deepEqual(targetUnder({ similar: 2 }, 1, [9, 4, 4.5, -3, 2]), { class: 1, against: [2, 4] }))

test('of classes that are equally near, the first is taken', () =>
  assert.deepEqual(targetUnder({ similar: 1 }, 1, [3, 2, 1]), { class: 1, against: [0] }))

test('a class is not put against itself', () => {
  assert.deepEqual(targetUnder({ classes: [1, 2] }, 1, [0, 0, 0]), { class: 1, against: [2] })
  assert.equal(targetUnder({ classes: [1] }, 1, [0, 0]), 1)
})

test('the score of a class against two others is its logit minus the mean of theirs', () => {
  const target = { class: 0, against: [1, 3] }
  assert.equal(scoreOf(target, [5, 1, 100, 2]), 3.5)
  assert.deepEqual([...weightsOf(target, 4)], [1, -0.5, 0, -0.5])
})

const CONTRAST = { class: 7, against: [2, 4] }

function onePass(id: string, target: Target): ArrayLike<number> {
  const kind = inputFor([target])
  const { program } = explanationProgram(model.transformer, [choiceOf(id)], 1, kind)
  const inputs = { image: images([0], 'float64'), target: targetRows([target], 1, 10, kind) }
  return interpret(program, inputs, model.weights.get)[`map:${id}`]?.data ?? []
}

const sampling = sampler(model.transformer, 8, async (program, inputs) => interpret(program, inputs, model.weights.get))
async function sampled(id: string, options: Record<string, number>, target: Target): Promise<ArrayLike<number>> {
  const [method] = sampledOf([choiceOf(id, options)])
  assert(method)
  const { data } = images([0], 'float64')
  assert(data instanceof Float64Array)
  const question = { image: data, target, id: 'a', seed: 1 }
  return (await sampling.explain(method, question)).map
}

/** Methods whose map is linear in what is explained: a gradient, relevance by two sets of rules, scores of changed inputs. */
const linear: Record<string, (target: Target) => ArrayLike<number> | Promise<ArrayLike<number>>> = {
  'input-x-gradient': target => onePass('input-x-gradient', target),
  'cp-lrp': target => onePass('cp-lrp', target),
  'full-lrp': target => onePass('full-lrp', target),
  'vit-recipro-cam': target => onePass('vit-recipro-cam', target),
  'integrated-gradients': target => sampled('integrated-gradients', { steps: 3 }, target),
  'feature-ablation': target => sampled('feature-ablation', { segment: 7 }, target),
}
for (const [id, explain] of Object.entries(linear))
  test(`${id}: the map of a class against two others is its map minus the mean of theirs`, async () => {
    const [own, first, second, contrast] = [
      await explain(7),
      await explain(2),
      await explain(4),
      await explain(CONTRAST),
    ]
    const largest = Math.max(...Array.from(own, Math.abs))
    for (let i = 0; i < own.length; i++) {
      const expected = (own[i] ?? Number.NaN) - ((first[i] ?? Number.NaN) + (second[i] ?? Number.NaN)) / 2
      // Weights of the rules that divide by sums near zero lose digits; see `conditioning`.
      assert.ok(
        Math.abs((contrast[i] ?? Number.NaN) - expected) <= 1e-6 * largest,
        `${i}: ${contrast[i]}, expected ${expected}`,
      )
    }
  })
