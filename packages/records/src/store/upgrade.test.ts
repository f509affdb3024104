import assert from 'node:assert/strict'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openStore, type RecordHeader, recordId, upgradeStore } from '../index.ts'
import { folder, header, row } from '../testing/samples.ts'

/**
 * Written by the last version of the first format (commit 255afcd) with the samples of that version: `agcam` finished with code `c0` and
 * again with code `c1`, `rollout` half done as a shard, `broken` failed.
 */
const fixture = fileURLToPath(new URL('./fixtures/first-format.sqlite', import.meta.url))
const AGCAM = 'b47de7b6445b44ac94f147d0b831b9f0f175e7aa74d1aea2636cbf9f8f7d6f06'

function copy(t: TestContext): string {
  const path = join(folder(t), 'records.sqlite')
  copyFileSync(fixture, path)
  return path
}

/** A header as the first format had it, in this one. */
function carryOver(old: unknown): RecordHeader {
  const { dataset, method, protocol, ...rest } = old as RecordHeader & { method: { hash: string } }
  const { slice, ...places } = dataset as Omit<typeof dataset, 'slice'> & { slice?: string }
  const { hash, ...named } = method
  return {
    ...rest,
    dataset: { ...places, ...(slice === undefined ? {} : { slice: { shard: 1, of: 2, images: 8 } }) },
    method: { ...named, version: 1, code: null },
    protocol: { id: protocol.id, choices: protocol.choices },
    versions: { pipeline: 1, localization: 1, texture: 1 },
    provenance: { program: hash },
  }
}

const rollout = () => {
  const h = header(4, 'rollout')
  h.dataset.slice = { shard: 1, of: 2, images: 8 }
  return h
}

test('a store of the first format is refused with the command that carries it over, and left as it was', t => {
  const path = copy(t)
  assert.throws(() => openStore(path), { name: 'RecordError', file: path, message: /vitrine migrate/ })
  assert.deepEqual(readFileSync(path), readFileSync(fixture))
})

test('every unit of the first format is counted', t => {
  assert.equal(upgradeStore(copy(t), carryOver), 4)
})

test('a finished unit has the identity of its question and versions, and its id of before', t => {
  const path = copy(t)
  upgradeStore(path, carryOver)
  using store = openStore(path)
  const record = store.record(recordId(header(3))) ?? assert.fail('not found under its new id')
  assert.deepEqual([record.format, record.status, record.previously], ['vitrine-record/2', 'ok', [AGCAM]])
})

test('measurements stay as they are, to the last digit', t => {
  const path = copy(t)
  upgradeStore(path, carryOver)
  using store = openStore(path)
  const id = recordId(header(3))
  const { images, relativeFlops, timing } = store.record(id) ?? assert.fail()
  assert.deepEqual(images.probability, [1 / 1.5, 1 / 2.5, 1 / 3.5])
  assert.equal(relativeFlops, 1.0456789012345677)
  assert.deepEqual(
    [timing?.forward, timing?.method],
    [
      [3.25, 3],
      [3.5, 3.125],
    ],
  )
  assert.deepEqual(store.maps(id, 'predicted').get(2), Float32Array.of(2, 0.25, 0.5, 1 / 3))
})

test('of units that become one record, the one asked for last is kept', t => {
  const path = copy(t)
  upgradeStore(path, carryOver)
  using store = openStore(path)
  assert.deepEqual(
    store.units().map(({ header }) => header.method.id),
    ['broken', 'rollout', 'agcam'],
  )
  assert.deepEqual(store.record(recordId(header(3)))?.provenance, { program: 'c1' })
})

test('a half done unit goes on with the images that it has', t => {
  const path = copy(t)
  upgradeStore(path, carryOver)
  using store = openStore(path)
  const { id, status, done } = store.begin(rollout())
  assert.deepEqual([status, [...done]], ['running', [0, 2]])
  store.saveImages([row(id, 1), row(id, 3)])
  store.finish(id)
  assert.equal(store.record(id)?.status, 'ok')
})

test('a failed unit keeps its reason', t => {
  const path = copy(t)
  upgradeStore(path, carryOver)
  using store = openStore(path)
  const { status, reason } = store.record(recordId(header(3, 'broken'))) ?? assert.fail()
  assert.deepEqual([status, reason], ['failed', 'out of memory'])
})

test('a store that was carried over has nothing left to carry over', t => {
  const path = copy(t)
  upgradeStore(path, carryOver)
  assert.equal(upgradeStore(path, carryOver), 0)
})

test('a header that does not fit keeps the whole upgrade out', t => {
  const path = copy(t)
  const failing = (old: unknown) => ({ ...carryOver(old), thresholds: ['half'] }) as unknown as RecordHeader
  assert.throws(() => upgradeStore(path, failing), { name: 'RecordError', file: path, field: 'thresholds[0]' })
  assert.equal(upgradeStore(path, carryOver), 4)
})

test('a store that is not there cannot be carried over', t => {
  const path = join(folder(t), 'missing.sqlite')
  assert.throws(() => upgradeStore(path, carryOver), { name: 'RecordError', file: path, found: 'nothing' })
})
