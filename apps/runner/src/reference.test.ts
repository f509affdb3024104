import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openBackend } from '@vitrine/backends/node'
import { openDataset } from '@vitrine/datasets'
import { explainers } from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'

import { openModelRun } from '@vitrine/measure'
import { applyMask, curvesOf, distinctPerturbations, perturbationMasks, protocols, rankMap } from '@vitrine/metrics'
import { type Model, normalise, openModel, openSafetensors, type TensorFile } from '@vitrine/models'
import { imageBatch, largestDifference, relativeError, tinyReference } from '@vitrine/models/testing'

interface ReferenceCurves {
  readonly labels: number[]
  readonly abpc: Record<string, { readonly LeRF: number[][]; readonly MoRF: number[][] }>
}

const backend = await openBackend('onnx:cpu', { threads: 2 })
after(() => backend.dispose())

const icon = openSafetensors(fileURLToPath(new URL('../fixtures/icon.safetensors', import.meta.url)))
const tiny = await tinyReference()
const tinyImages = fileURLToPath(new URL('../../../packages/models/fixtures/tiny/images.safetensors', import.meta.url))

const references: Record<string, { model: Model; core: TensorFile; images: Float32Array }> = {
  tiny: { model: tiny.model, core: tiny.core, images: openSafetensors(tinyImages).read('images') },
  icon: { model: await openModel('icon-vit'), core: icon, images: icon.read('images') },
}

test('the bundled model agrees with PyTorch: logits within 1e-4, agcam and rollout within 1e-4 of the maximum', async () => {
  const { model, images } = references.icon ?? assert.fail()
  const engine = openModelRun(backend, model, 16)
  const choices = ['agcam', 'attention-rollout'].map((id): MethodChoice => {
    const explainer = explainers.find(e => e.id === id) ?? assert.fail()
    return { key: id, explainer, options: {} }
  })
  const all = [...Array(16).keys()]
  const pixels = Float32Array.from(imageBatch(model, images, all).data)
  const { probabilities, maps } = await engine.explain(choices, { ids: all.map(String), pixels }, 0)
  const logits = icon.read('logits')
  all.forEach(i => {
    const row = logits.subarray(32 * i, 32 * i + 32)
    const top = Math.max(...row)
    const powers = Array.from(row, x => Math.exp(x - top))
    const total = powers.reduce((a, b) => a + b, 0)
    assert.ok(
      largestDifference(
        probabilities[i] ?? [],
        powers.map(p => p / total),
      ) <= 1e-5,
    )
  })
  for (const [id, reference] of [
    ['agcam', 'agcam'],
    ['attention-rollout', 'rollout'],
  ] as const) {
    const found = (maps.get(id) ?? []).flatMap(map => [...map])
    assert.ok(relativeError(found, icon.read(reference)) <= 1e-4)
  }
  await engine.dispose()
})

for (const [name, { model, core, images }] of Object.entries(references))
  test(`perturbation curves of the reference's maps agree within 1e-4: ${name}`, async () => {
    const file = new URL(`../../../packages/metrics/fixtures/${name}.json`, import.meta.url)
    const { labels, abpc }: ReferenceCurves = JSON.parse(readFileSync(file, 'utf8'))
    const engine = openModelRun(backend, model, 16)
    const { imageSize } = model.transformer.input
    for (const i of labels.keys()) {
      const image = Float32Array.from(imageBatch(model, images, [i]).data)
      for (const [method, expected] of Object.entries(abpc)) {
        const values = core.read(method === 'rollout' ? method : `${method}@label`).subarray(196 * i, 196 * i + 196)
        const map = { rows: 14, columns: 14, values, scale: 'relative' } as const
        const found = perturbationMasks(protocols.paper, rankMap(map, imageSize, 0))
        assert(found.state === 'ok')
        const { masks, uses } = distinctPerturbations([found])
        const before = engine.forwardPasses
        const rows = await engine.probabilities(masks.length, (k, out) =>
          applyMask(image, masks[k] ?? new Uint8Array(), out),
        )
        assert.ok(engine.forwardPasses - before <= 20)
        const use = uses[0] ?? assert.fail()
        const { morf, lerf } = curvesOf(
          use,
          rows.map(row => row[labels[i] ?? 0] ?? Number.NaN),
        )
        const error = Math.max(
          largestDifference(morf, expected.MoRF[i] ?? []),
          largestDifference(lerf, expected.LeRF[i] ?? []),
        )
        assert.ok(error <= 1e-4, `${method}, image ${i}: ${error}`)
      }
    }
    await engine.dispose()
  })

test('the bundled model keeps its published accuracy on rendered scenes, within 3 points', async () => {
  const { model } = references.icon ?? assert.fail()
  const engine = openModelRun(backend, model, 8)
  const dataset = await openDataset('icon-scenes')
  const count = 128
  const samples = await Promise.all(Array.from({ length: count }, (_, i) => dataset.sample(i)))
  const rows = await engine.probabilities(count, (i, out) =>
    normalise(model.transformer.input, samples[i]?.image ?? assert.fail(), out),
  )
  const right = rows.filter((row, i) => row.indexOf(Math.max(...row)) === samples[i]?.label).length
  assert.ok(right / count >= (model.accuracy?.trained_families_top1 ?? 1) - 0.03, `${right} of ${count}`)
  await engine.dispose()
})
