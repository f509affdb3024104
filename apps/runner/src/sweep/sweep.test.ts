import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends'
import { type Dataset, openDataset, SampleError } from '@vitrine/datasets'
import { describeMethods, openEngine, planUnits, sliceOf } from '@vitrine/measure'
import { protocols } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import { openStore } from '@vitrine/records'
import { chooseMethods, loadExplainers } from '../open/methods.ts'
import { resultTables } from '../report/table.ts'
import { environment } from './environment.ts'
import { finish, missingOf, openUnits, sweep } from './sweep.ts'

const backend = await openBackend('onnx:cpu', { threads: 2 })
after(() => backend.dispose())

test('images that cannot be read cost their own rows, and the tables name them', async () => {
  const model = await openModel('icon-vit')
  const scenes = await openDataset('icon-scenes')
  const dataset: Dataset = {
    ...scenes,
    sample: async index => {
      if (index === 1) throw new SampleError('icon-scenes/broken', 3, 'premature end of JPEG image')
      return scenes.sample(index)
    },
  }
  const methods = chooseMethods('random', await loadExplainers([]))
  const slice = sliceOf(3, { index: 1, of: 1 })
  const thresholds = [0.5]
  const defaults = { images: 3, thresholds, seed: 0 }
  const units = planUnits({ model, dataset, backend }, describeMethods(model, methods), [protocols.paper], {
    ...{ thresholds, seed: 0, slice, batch: 2, environment: environment(), defaults },
  })
  using store = openStore(':memory:')
  const pending = openUnits(store, units, 3)
  const engine = openEngine(backend, model, 2)
  await sweep(engine, dataset, store, pending, missingOf(pending), {
    ...{ thresholds, seed: 0, slice, onImages: () => {}, stopped: () => false },
  })
  for (const p of pending) finish(store, p, thresholds)
  await engine.dispose()

  const record = store.record(pending[0]?.id ?? '') ?? assert.fail()
  assert.equal(record.status, 'ok')
  assert.deepEqual(record.images.id[1], 'icon-scenes/broken')
  assert.deepEqual([record.images.label[1], record.images.predicted[1]], [3, -1])
  assert.deepEqual(record.columns.unreadable, [null, 'premature end of JPEG image', null])
  assert.equal(record.counts.unreadable, 1)
  assert.equal(record.counts['faithfulness.label.images'], 2)
  assert.match(
    resultTables([record]),
    /1 of 3 images cannot be read: icon-scenes\/broken \(premature end of JPEG image\)\./,
  )
})
