import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import { openDataset } from '@vitrine/datasets'
import type { MethodChoice } from '@vitrine/explainers/run'
import { mapAgreement } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import { sizeOf } from '@vitrine/tensor'
import { writeInput } from './model-input.ts'
import { type Explanations, openModelRun } from './model-run.ts'
import { choiceOf } from './testing/icon-run.ts'

// Which numbers stay the same to the last bit, and how far the others move. See docs/robustness.md.

const model = await openModel('icon-vit')
const size = sizeOf(model.transformer.imageShape(1))
const scenes = await openDataset('icon-scenes')
const images = await Promise.all(
  Array.from({ length: 3 }, async (_, i) => writeInput(model, (await scenes.sample(i)).image, new Float32Array(size))),
)
const blank = new Float32Array(size)

const choices = (...ids: readonly string[]): MethodChoice[] => ids.map(id => choiceOf(id))
const methods = choices('agcam', 'attention-rollout', 'transformer-attribution', 'gradcam', 'attnlrp')

async function opened(threads: number, batch = 3) {
  const backend = await openBackend('onnx:cpu', { threads })
  const run = openModelRun(backend, model, batch)
  after(async () => {
    await run.dispose()
    await backend.dispose()
  })
  return run
}
const run = await opened(1)

async function explain(rows: readonly Float32Array[], by = run, some: readonly MethodChoice[] = methods) {
  const pixels = new Float32Array(rows.length * size)
  rows.forEach((row, i) => {
    pixels.set(row, i * size)
  })
  return by.explain(some, { ids: rows.map((_, i) => `${i}`), pixels }, 0)
}

const rowOf = ({ probabilities, maps }: Explanations, i: number) => ({
  probabilities: probabilities[i],
  ...Object.fromEntries([...maps].map(([key, rows]) => [key, rows[i]])),
})

const [first = blank, second = blank, third = blank] = images
const together = await explain([first, second, third])

test('what the other rows of a batch hold changes no bit of a row', async () => {
  for (const others of [
    [blank, second, blank],
    [third, second, first],
  ])
    assert.deepEqual(rowOf(await explain(others), 1), rowOf(together, 1))
})

test('neither does a batch that is not full', async () => {
  assert.deepEqual(rowOf(await explain([first]), 0), rowOf(together, 0))
})

test('nor the number of threads', async () => {
  const again = await explain([first, second, third], await opened(2))
  for (const i of [0, 1, 2]) assert.deepEqual(rowOf(again, i), rowOf(together, i))
})

test('class probabilities depend neither on the place in a batch nor on its size', async () => {
  const [wanted] = await run.probabilities(1, (_, out) => out.set(second))
  for (const batch of [1, 2, 3]) {
    const by = await opened(1, batch)
    const order = [first, second, third, second]
    const found = await by.probabilities(order.length, (i, out) => out.set(order[i] ?? blank))
    assert.deepEqual([found[1], found[3]], [wanted, wanted])
  }
})

/** The greatest difference of two rows' maps and probabilities, as a share of the greatest number. */
function distance(a: ReturnType<typeof rowOf>, b: ReturnType<typeof rowOf>): number {
  const shares = Object.keys(a).map(name => {
    const [x, y] = [a, b].map(row => (row as Record<string, Float32Array>)[name] ?? blank)
    const top = Math.max(...(x ?? blank).map(Math.abs))
    return Math.max(...(x ?? blank).map((v, i) => Math.abs(v - (y?.[i] ?? Number.NaN)) / top))
  })
  return Math.max(...shares)
}

test('another place in the batch moves maps by less than 2e-6 of their greatest value', async () => {
  const moved = await explain([third, first, second])
  assert.ok(distance(rowOf(together, 0), rowOf(moved, 1)) < 2e-6)
})

test('another set of methods, for which the engine fuses other operations, moves maps by less than 4e-6', async () => {
  for (const method of methods) {
    const alone = await explain([first, second, third], run, [method])
    const { probabilities, [method.key]: map } = rowOf(together, 0) as Record<string, Float32Array>
    assert.ok(distance({ probabilities, [method.key]: map }, rowOf(alone, 0)) < 4e-6, method.key)
  }
})

test('of a method that divides by what nearly cancels, it keeps the order of patches', async () => {
  const [fullLrp, ...others] = choices('full-lrp', 'agcam')
  assert.ok(fullLrp)
  const rows = [first, second, third]
  const [alone, beside] = [await explain(rows, run, [fullLrp]), await explain(rows, run, [fullLrp, ...others])]
  for (const i of rows.keys()) {
    const [a = blank, b = blank] = [alone, beside].map(({ maps }) => maps.get(fullLrp.key)?.[i])
    assert.ok((mapAgreement(a, b).spearman ?? 0) > 0.95, `image ${i}`)
  }
})

test('a model that takes one image at a time is run with one', async () => {
  const transformer = { ...model.transformer, maxBatch: 1 }
  assert.equal(openModelRun(run.backend, { ...model, transformer }, 8).batch, 1)
})
