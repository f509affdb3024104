import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import { type Dataset, openDataset, SampleError } from '@vitrine/datasets'
import { explainers, resolveOptions } from '@vitrine/explainers'
import { type MetricGroup, protocols } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import type { ImageRow } from '@vitrine/records'
import { mapOnlyGroups } from './map-columns.ts'
import { openModelRun } from './model-run.ts'
import { cellsFromMaps, measureRows, type RowUnit } from './rows.ts'

const backend = await openBackend('onnx:cpu', { threads: 2 })
after(() => backend.dispose())
const model = await openModel('icon-vit')
const run = openModelRun(backend, model, 2)
after(() => run.dispose())
const scenes = await openDataset('icon-scenes-pairs')
const options = { thresholds: [0.3, 0.5], seed: 0 }

function unit(method: string, protocol: keyof typeof protocols = 'standard'): RowUnit {
  const explainer = explainers.find(({ id }) => id === method) ?? assert.fail()
  const choice = { key: method, explainer, options: resolveOptions(method, explainer.options) }
  return { id: `${method} ${protocol}`, method: choice, protocol: protocols[protocol] }
}

async function rowsOf(dataset: Dataset, units: readonly RowUnit[], count: number, groups?: ReadonlySet<MetricGroup>) {
  const rows: ImageRow[][] = []
  const positions = Array.from({ length: count }, (_, index) => ({ index, at: index }))
  for await (const image of measureRows(run, dataset, units, positions, { ...options, groups })) rows.push(image)
  return rows
}

test('an image that cannot be read has rows that say why, and no other image suffers', async () => {
  const broken: Dataset = {
    ...scenes,
    async sample(index) {
      if (index === 0) throw new SampleError('pairs/broken', 3, 'premature end of JPEG image')
      return scenes.sample(index)
    },
  }
  const [first = [], second = []] = await rowsOf(broken, [unit('random', 'paper')], 2)
  assert.deepEqual(
    first.map(({ id, label, predicted, values }) => [id, label, predicted, values]),
    [['pairs/broken', 3, -1, { unreadable: 'premature end of JPEG image' }]],
  )
  assert.equal(second[0]?.index, 1)
  assert.ok((second[0]?.predicted ?? -1) >= 0)
})

test('groups that need no pass are the same from stored maps as from the sweep, bit for bit', async () => {
  const units = ['agcam', 'attention-rollout', 'whole-image'].map(id => unit(id))
  for (const [i, rows] of (await rowsOf(scenes, units, 2)).entries()) {
    const sample = await scenes.sample(i)
    for (const [k, { values, predicted, maps }] of rows.entries()) {
      const of = units[k] ?? assert.fail()
      const stored = { ...maps, predicted: maps?.predicted ?? assert.fail() }
      const groups = new Set<MetricGroup>(mapOnlyGroups)
      const again = cellsFromMaps(model, of, sample, predicted, stored, { ...options, groups })
      const wanted = Object.entries(values).filter(([name]) =>
        mapOnlyGroups.some(group => name.startsWith(`${group}.`)),
      )
      assert.ok(wanted.length > 20)
      assert.deepEqual(again, Object.fromEntries(wanted))
    }
  }
})

test('an image that is measured without the others of its batch has the same rows, bit for bit', async () => {
  const backend = await openBackend('onnx:cpu', { threads: 1 })
  const whole = openModelRun(backend, model, 3)
  const units = ['attention-rollout', 'attattr'].map(id => unit(id))
  const positions = [0, 1, 2].map(index => ({ index, at: index }))
  const measure = async (wanted?: ReadonlySet<number>) => {
    const rows: ImageRow[] = []
    for await (const image of measureRows(whole, scenes, units, positions, { ...options, wanted })) rows.push(...image)
    return rows
  }
  try {
    const all = await measure()
    assert.equal(all.length, 6)
    assert.deepEqual(
      await measure(new Set([1])),
      all.filter(({ index }) => index === 1),
    )
    assert.deepEqual(await measure(new Set()), [])
  } finally {
    await whole.dispose()
    await backend.dispose()
  }
})

test('groups that are not asked for are not made', async () => {
  const [[row] = []] = await rowsOf(scenes, [unit('agcam')], 1, new Set(['texture']))
  const groups = new Set(
    Object.keys(row?.values ?? {}).flatMap(name => (name.includes('.') ? [name.split('.')[0]] : [])),
  )
  assert.deepEqual([...groups].sort(), ['map', 'texture'])
})
