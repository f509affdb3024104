import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dataset, SampleError } from '@vitrine/datasets'
import { type MetricGroup, protocols } from '@vitrine/metrics'
import { mapOnlyGroups } from './map-columns.ts'
import { cellsFromMaps } from './rows.ts'
import { openIconRun, unitOf } from './testing/icon-run.ts'

const { model, scenes, rowsOf } = await openIconRun('icon-scenes-pairs', { batch: 2, threads: 2 })
const options = { thresholds: [0.3, 0.5], seed: 0 }

test('an image that cannot be read has rows that say why, and no other image suffers', async () => {
  const broken: Dataset = {
    ...scenes,
    async sample(index) {
      if (index === 0) throw new SampleError('pairs/broken', 3, 'premature end of JPEG image')
      return scenes.sample(index)
    },
  }
  const [first = [], second = []] = await rowsOf([unitOf('random', protocols.paper)], {
    ...options,
    dataset: broken,
    images: 2,
  })
  assert.deepEqual(
    first.map(({ id, label, predicted, values }) => [id, label, predicted, values]),
    [['pairs/broken', 3, -1, { unreadable: 'premature end of JPEG image' }]],
  )
  assert.equal(second[0]?.index, 1)
  assert.ok((second[0]?.predicted ?? -1) >= 0)
})

test('groups that need no pass are the same from stored maps as from the sweep, bit for bit', async () => {
  const units = ['agcam', 'attention-rollout', 'whole-image'].map(id => unitOf(id, protocols.standard))
  for (const [i, rows] of (await rowsOf(units, { ...options, images: 2 })).entries()) {
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
  const whole = await openIconRun('icon-scenes-pairs', { batch: 3 })
  const units = ['attention-rollout', 'attattr'].map(id => unitOf(id, protocols.standard))
  const measure = async (wanted?: ReadonlySet<number>) =>
    (await whole.rowsOf(units, { ...options, images: 3, wanted })).flat()
  const all = await measure()
  assert.equal(all.length, 6)
  assert.deepEqual(
    await measure(new Set([1])),
    all.filter(({ index }) => index === 1),
  )
  assert.deepEqual(await measure(new Set()), [])
})

test('groups that are not asked for are not made', async () => {
  const [[row] = []] = await rowsOf([unitOf('agcam', protocols.standard)], { ...options, groups: new Set(['texture']) })
  const groups = new Set(
    Object.keys(row?.values ?? {}).flatMap(name => (name.includes('.') ? [name.split('.')[0]] : [])),
  )
  assert.deepEqual([...groups].sort(), ['map', 'texture'])
})
