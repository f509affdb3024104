import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  agreementFile,
  openStore,
  publish,
  RecordError,
  readAgreement,
  readRecord,
  readRecords,
  rebuild,
  type Store,
} from '../index.ts'
import { folder, header, rows } from '../testing/samples.ts'

const FILE = 'icon-vit/icon-scenes/paper/agcam.onnx-cpu.json'
const BESIDE = 'icon-vit/icon-scenes/paper/agcam.onnx-cpu.agreement.json'
const agreement = [{ engine: 'tfjs:wasm', record: 'another', columns: { 'map.predicted.spearman': [2 / 3, null, 1] } }]

function add(store: Store, seed: number): string {
  const { id } = store.begin({ ...header(3), seed })
  store.saveImages(rows(id, 0, 3))
  store.finish(id)
  return id
}

/** A store with one record and its agreement, published. */
function setup(t: TestContext) {
  const store = openStore(':memory:')
  t.after(() => store.close())
  const out = folder(t)
  const id = add(store, 1)
  store.saveAgreement(id, agreement)
  publish(store, out)
  return { store, out, id, file: join(out, FILE), beside: join(out, BESIDE) }
}

test('agreement lies beside the record', () => {
  assert.equal(agreementFile(FILE), BESIDE)
})

test('agreement is published with 6 significant digits, and names its record', t => {
  const { beside, id } = setup(t)
  assert.deepEqual(JSON.parse(readFileSync(beside, 'utf8')), {
    format: 'vitrine-agreement/1',
    record: id,
    agreement: [{ ...agreement[0], columns: { 'map.predicted.spearman': [0.666667, null, 1] } }],
  })
})

test('agreement is read for its record', t => {
  const { file, id } = setup(t)
  assert.deepEqual(readAgreement(file, id)[0]?.columns, { 'map.predicted.spearman': [0.666667, null, 1] })
})

test('a record without a file of agreement has none', t => {
  assert.deepEqual(readAgreement(join(folder(t), 'lonely.json'), 'x'), [])
})

test('agreement changes no byte of the record', t => {
  const { store, out, file, id } = setup(t)
  const before = readFileSync(file, 'utf8')
  store.saveAgreement(id, [])
  publish(store, out)
  assert.equal(readFileSync(file, 'utf8'), before)
})

test('a file of agreement is never read as a record', t => {
  const { out, id } = setup(t)
  assert.deepEqual(
    [...readRecords(out)].map(record => record.id),
    [id],
  )
})

test('a file of agreement that is asked for as a record is refused', t => {
  assert.throws(() => readRecord(setup(t).beside), { name: 'RecordError', field: 'format' })
})

test('agreement of another record is refused', t => {
  const { file, beside, id } = setup(t)
  const other = '0'.repeat(64)
  assert.throws(() => readAgreement(file, other), { file: beside, field: 'record', expected: other, found: id })
})

test('a damaged file of agreement is refused with the field', t => {
  const { file, beside, id } = setup(t)
  writeFileSync(beside, readFileSync(beside, 'utf8').replace('0.666667', '"much"'))
  assert.throws(() => readAgreement(file, id), {
    file: beside,
    field: 'agreement[0].columns["map.predicted.spearman"][0]',
  })
})

test('a file of agreement that was cut off is refused with its name', t => {
  const { file, beside, id } = setup(t)
  writeFileSync(beside, '{ "format": "vitrine-agr')
  assert.throws(() => readAgreement(file, id), { name: 'RecordError', file: beside, expected: 'JSON' })
})

test('a rebuilt store has the agreement of the files', t => {
  const { out, id } = setup(t)
  using rebuilt = openStore(':memory:')
  rebuild(rebuilt, out)
  assert.deepEqual(rebuilt.agreement(id)[0]?.columns, { 'map.predicted.spearman': [0.666667, null, 1] })
})

test('agreement of another record keeps the whole rebuild out', t => {
  const { out, beside, id } = setup(t)
  writeFileSync(beside, readFileSync(beside, 'utf8').replace(id, '0'.repeat(64)))
  using rebuilt = openStore(':memory:')
  assert.throws(() => rebuild(rebuilt, out), RecordError)
  assert.deepEqual(rebuilt.units(), [])
})

test('the agreement of a record goes when another record takes its file', t => {
  const { store, out, beside } = setup(t)
  add(store, 2)
  assert.deepEqual(publish(store, out).removed, [BESIDE])
  assert.ok(!existsSync(beside))
})

test('the agreement of a record stays when a store that knows none publishes the same record', t => {
  const { out, beside } = setup(t)
  using other = openStore(':memory:')
  add(other, 1)
  assert.deepEqual(publish(other, out).removed, [])
  assert.ok(existsSync(beside))
})
