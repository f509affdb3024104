import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visionTransformer, vitB16 } from '@vitrine/models'
import { sizeOf } from '@vitrine/tensor'
import { type RunProgram, sampledOf, sampler } from '../run.ts'
import { choiceOf } from '../testing-choice.ts'

// 4 x 4 patches; what the "model" says is a function of which patches are kept.
const model = visionTransformer({ ...vitB16, imageSize: { height: 64, width: 64 }, depth: 1 })
const PATCHES = 16

/** Explains a function of the patches that are kept with a method whose one program takes masks. */
async function explain(id: string, options: Record<string, unknown>, score: (kept: readonly number[]) => number) {
  const [method] = sampledOf([choiceOf(id, { segment: 1, ...options })])
  assert(method)
  const rowsRun: number[] = []
  const run: RunProgram = async (program, inputs) => {
    const masks = Array.from(inputs['each:mask']?.data ?? [])
    const [rows = 0] = program.outputs.rows?.shape ?? []
    assert.equal(masks.length, rows * PATCHES)
    rowsRun.push(rows)
    const scores = Array.from({ length: rows }, (_, i) => score(masks.slice(i * PATCHES, (i + 1) * PATCHES)))
    return { rows: { shape: [rows], data: Float64Array.from(scores) } }
  }
  const image = new Float32Array(sizeOf(model.imageShape(1))).fill(1)
  const passes: number[] = []
  const { map, cost } = await sampler(model, 8, run, count => passes.push(count)).explain(method, {
    image,
    target: 0,
    id: 'image',
    seed: 3,
  })
  return { map: Array.from(map), cost, rowsRun, passes }
}

const worth = Array.from({ length: PATCHES }, (_, i) => ((7 * i) % PATCHES) - 5)
const additive = (kept: readonly number[]) => kept.reduce((sum, k, i) => sum + k * (worth[i] ?? 0), 2)
const near = (found: readonly number[], expected: readonly number[], within: number) => {
  expected.forEach((e, i) => {
    assert.ok(Math.abs((found[i] ?? Number.NaN) - e) <= within, `patch ${i}: expected ${e}, got ${found[i]}`)
  })
}

test('KernelSHAP finds the Shapley values of a sum, which are its terms', async () => {
  const { map } = await explain('kernel-shap', { passes: 64 }, additive)
  near(map, worth, 1e-6)
})

test('KernelSHAP shares an interaction of two patches evenly between them', async () => {
  const { map } = await explain('kernel-shap', { passes: 3000 }, kept => (kept[2] ?? 0) * (kept[9] ?? 0))
  near(
    map,
    map.map((_, i) => (i === 2 || i === 9 ? 0.5 : 0)),
    0.05,
  )
})

test('LIME with a ridge of almost nothing finds the terms of a sum', async () => {
  const { map } = await explain('lime', { passes: 64, penalty: 'ridge', alpha: 1e-9 }, additive)
  near(map, worth, 1e-5)
})

test('a lasso of LIME that costs more than any term is worth finds nothing', async () => {
  const { map } = await explain('lime', { passes: 64, alpha: 100 }, additive)
  near(map, Array(PATCHES).fill(0), 0)
})

test("Sobol's total index of a term of a sum is its share of the variance", async () => {
  const { map } = await explain('sobol', { designs: 400 }, additive)
  const squares = worth.map(w => w * w)
  const total = squares.reduce((a, b) => a + b, 0)
  near(
    map,
    squares.map(s => s / total),
    0.03,
  )
})

test('the metric-driven order puts the patches first that raise the score most', async () => {
  const share = (kept: readonly number[]) => kept.reduce((sum, k, i) => sum + (k * (i + 1)) / 136, 0)
  const { map } = await explain('metric-driven', { passes: 1000 }, share)
  const order = map.map((value, patch) => ({ value, patch })).sort((a, b) => b.value - a.value)
  assert.deepEqual(
    order.slice(0, 8).map(o => o.patch),
    [15, 14, 13, 12, 11, 10, 9, 8],
  )
})

test('the metric-driven search ends with its budget', async () => {
  const { rowsRun, cost } = await explain('metric-driven', { passes: 26, cutoff: 1 }, kept => kept[0] ?? 0)
  assert.ok(rowsRun.reduce((a, b) => a + b, 0) <= 26 + 8)
  assert.ok(cost <= 26)
})

test('what was run is counted in forward passes and told as it is run', async () => {
  const { cost, passes } = await explain('feature-ablation', {}, additive)
  assert.ok(Math.abs(cost - 17) < 1e-9)
  assert.deepEqual(
    passes.map(p => Math.round(p)),
    [6, 6, 5],
  )
})
