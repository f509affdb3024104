import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openStore, type RecordError, type Store } from '../index.ts'
import { folder, header, row, rows } from '../testing/samples.ts'

function open(t: TestContext): Store {
  const store = openStore(join(folder(t), 'records.sqlite'))
  t.after(() => store.close())
  return store
}

function finished(store: Store, images: number, method?: string): string {
  const { id } = store.begin(header(images, method))
  store.saveImages(rows(id, 0, images))
  store.finish(id)
  return id
}

/** What a unit has so far, through the record that it gives when it fails. */
function partOf(store: Store, id: string) {
  store.fail(id, 'looked at')
  return store.record(id) ?? assert.fail('no record')
}

test('a unit that begins has no images', t => {
  const unit = open(t).begin(header(4))
  assert.deepEqual([unit.status, unit.done.size], ['running', 0])
})

test('a unit that begins again names the images it has', t => {
  const store = open(t)
  const { id } = store.begin(header(4))
  store.saveImages([row(id, 3), row(id, 1)])
  assert.deepEqual(store.begin(header(4)), {
    id,
    status: 'running',
    reason: null,
    header: header(4),
    timed: false,
    done: new Set([1, 3]),
    lacking: new Map(),
  })
})

test('one call saves images of several units', t => {
  const store = open(t)
  const a = store.begin(header(4, 'a')).id
  const b = store.begin(header(4, 'b')).id
  store.saveImages([row(a, 0), row(b, 0), row(b, 1)])
  assert.deepEqual([partOf(store, a).images.index, partOf(store, b).images.index], [[0], [0, 1]])
})

test('a row at fault keeps its whole batch out', t => {
  const store = open(t)
  const { id } = store.begin(header(4))
  assert.throws(() => store.saveImages([row(id, 0), row(id, 4)]), /index: expected a position below 4, found 4/)
  assert.deepEqual(partOf(store, id).images.index, [])
})

test('a NaN is refused, never stored as null', t => {
  const store = open(t)
  const { id } = store.begin(header(4))
  const bad = { ...row(id, 0), values: { 'texture.label.energy': [0.5, Number.NaN] } }
  assert.throws(() => store.saveImages([bad]), {
    name: 'RecordError',
    field: 'values["texture.label.energy"][1]',
    found: 'NaN',
  })
})

test('an image that is saved twice keeps its first values', t => {
  const store = open(t)
  const { id } = store.begin(header(1))
  store.saveImages([{ ...row(id, 0), values: { iou: 0.5 } }])
  store.saveImages([{ ...row(id, 0), values: { iou: 0.6 } }])
  assert.deepEqual(partOf(store, id).columns, { iou: [0.5] })
})

test('columns follow the position of the images, not the order in which they were saved', t => {
  const store = open(t)
  const { id } = store.begin(header(3))
  store.saveImages([row(id, 2), row(id, 0)])
  store.saveImages([row(id, 1)])
  assert.deepEqual(partOf(store, id).images.id, ['scene-0', 'scene-1', 'scene-2'])
})

test('a column that an image lacks is null there', t => {
  const store = open(t)
  const { id } = store.begin(header(3))
  store.saveImages([
    { ...row(id, 0), values: { a: 1 } },
    { ...row(id, 1), values: { b: 'x' } },
    { ...row(id, 2), values: {} },
  ])
  assert.deepEqual(partOf(store, id).columns, { a: [1, null, null], b: [null, 'x', null] })
})

test('maps are kept as they left the engine, and are no part of the record', t => {
  const store = open(t)
  const { id } = store.begin(header(3))
  const predicted = Float32Array.of(0.1, -2, 1e-30)
  store.saveImages([
    { ...row(id, 0), maps: { predicted } },
    { ...row(id, 1), maps: {} },
    { ...row(id, 2), maps: { predicted: predicted.map(x => 2 * x), label: predicted } },
  ])
  assert.deepEqual([...store.maps(id, 'predicted').keys()], [0, 2])
  assert.deepEqual(store.maps(id, 'predicted').get(0), predicted)
  assert.deepEqual(store.maps(id, 'label'), new Map([[2, predicted]]))
  assert.doesNotMatch(JSON.stringify(partOf(store, id)), /predicted":\{"/)
})

test('a finished record holds what was saved, in full precision', t => {
  const store = open(t)
  const { id } = store.begin(header(2))
  const timing = {
    unit: 'ms' as const,
    batch: 1,
    threads: 2,
    alongside: ['tfjs:wasm'],
    forward: [3.25, 3],
    method: [3.5, 3.125],
  }
  store.saveImages(rows(id, 0, 2))
  store.saveTiming(id, timing)
  store.finish(id)
  const expected = rows(id, 0, 2)
  assert.deepEqual(store.record(id), {
    format: 'vitrine-record/2',
    id,
    previously: [],
    status: 'ok',
    reason: null,
    ...header(2),
    timing,
    images: {
      index: [0, 1],
      id: ['scene-0', 'scene-1'],
      label: [0, 1],
      predicted: [0, 7],
      probability: [1 / 1.5, 1 / 2.5],
    },
    columns: {
      'localization.label.curve': expected.map(image => image.values['localization.label.curve']),
      'localization.predicted.tp': [
        [0, 1, 2],
        [1, 2, 3],
      ],
      'map.predicted': expected.map(image => image.values['map.predicted']),
      'texture.label.energy': [null, 1 / 7],
    },
  })
})

test('agreement is kept, is no part of the record, and is replaced by a new one', t => {
  const store = open(t)
  const id = finished(store, 1)
  assert.deepEqual(store.agreement(id), [])
  const agreement = (spearman: number) => [
    { engine: 'onnx:cpu', record: 'another', columns: { 'map.predicted.spearman': [spearman] } },
  ]
  store.saveAgreement(id, agreement(0.5))
  store.saveAgreement(id, agreement(0.9999))
  assert.deepEqual(store.agreement(id), agreement(0.9999))
  assert.ok(!('agreement' in (store.record(id) ?? {})))
})

test('a running unit is no record', t => {
  const store = open(t)
  const { id } = store.begin(header(2))
  assert.deepEqual([store.record(id), [...store.records()]], [undefined, []])
})

test('an incomplete unit cannot be finished', t => {
  const store = open(t)
  const { id } = store.begin(header(4))
  store.saveImages(rows(id, 0, 3))
  assert.throws(
    () => store.finish(id),
    (error: RecordError) => error.found === '3',
  )
  assert.equal(store.begin(header(4)).status, 'running')
})

test('an ok unit is found as it is', t => {
  const store = open(t)
  const id = finished(store, 2)
  const again = header(2)
  again.environment.cpu = 'another cpu'
  const { status, done, header: kept } = store.begin(again)
  assert.deepEqual([status, done.size, kept.environment.cpu], ['ok', 2, 'a cpu'])
  assert.equal(store.record(id)?.status, 'ok')
})

test('an unsupported unit is a record with a reason', t => {
  const store = open(t)
  const { id } = store.begin(header(2))
  store.unsupported(id, 'topK has no kernel on this engine')
  const record = store.record(id)
  assert.deepEqual([record?.status, record?.reason], ['unsupported', 'topK has no kernel on this engine'])
})

test('a failed unit begins again with the images it has', t => {
  const store = open(t)
  const { id } = store.begin(header(3))
  store.saveImages([row(id, 2)])
  store.fail(id, 'out of memory')
  assert.deepEqual(store.record(id)?.images.index, [2])
  const { status, reason, done } = store.begin(header(3))
  assert.deepEqual([status, reason, [...done]], ['running', null, [2]])
})

test('a failure does not undo an ok unit', t => {
  const store = open(t)
  const id = finished(store, 1)
  store.fail(id, 'late')
  assert.equal(store.record(id)?.status, 'ok')
})

test('another option is another unit', t => {
  const store = open(t)
  const id = finished(store, 1)
  const other = header(1)
  other.method.options = { headFusion: 'mean' }
  const unit = store.begin(other)
  assert.notEqual(unit.id, id)
  assert.equal(unit.done.size, 0)
})

test('a filter takes a value or a list', t => {
  const store = open(t)
  for (const method of ['a', 'b', 'c']) finished(store, 1, method)
  store.begin(header(1, 'd'))
  const methods = (filter: Parameters<Store['units']>[0]) => store.units(filter).map(unit => unit.header.method.id)
  assert.deepEqual(methods({ method: 'b' }), ['b'])
  assert.deepEqual(methods({ method: ['a', 'c'], backend: 'onnx' }), ['c', 'a'])
  assert.deepEqual(methods({ status: 'running' }), ['d'])
  assert.deepEqual(methods({ engine: 'cuda' }), [])
})

test('a header with a field at fault is refused', t => {
  const bad = header(4)
  bad.dataset.images = 0
  assert.throws(() => open(t).begin(bad), /dataset.images: expected a number of at least 1, found 0/)
})

test('an unknown unit is refused', t => {
  assert.throws(() => open(t).saveImages([row('nobody', 0)]), /id: expected a unit that was begun, found nobody/)
})

test('10 units x 1,000 images with curves are saved and read in seconds', { timeout: 20_000 }, t => {
  const store = open(t)
  const ids = Array.from({ length: 10 }, (_, i) => store.begin(header(1000, `method-${i}`)).id)
  const curve = Array.from({ length: 50 }, (_, i) => Math.cos(i))
  for (let from = 0; from < 1000; from += 8) {
    store.saveImages(
      ids.flatMap(id => rows(id, from, from + 8).map(image => ({ ...image, values: { ...image.values, curve } }))),
    )
  }
  for (const id of ids) store.finish(id)
  assert.deepEqual(
    [...store.records()].map(record => record.columns.curve?.length),
    Array(10).fill(1000),
  )
})
