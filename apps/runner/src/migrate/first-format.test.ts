import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openStore, readAgreement, readRecord, readRecords } from '@vitrine/records'
import { compareResults } from '../../scripts/compare-results.ts'
import { migrate } from '../commands/migrate.ts'

// Records as the first format had them: of three engines, two of them compared with those before, and of a method whose passes are counted.
const before = fileURLToPath(new URL('../../fixtures/first-format', import.meta.url))
const agcam = 'icon-vit/icon-scenes/paper/agcam.tfjs-wasm.json'

function copy(t: { after(work: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'vitrine-migrate-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  cpSync(before, dir, { recursive: true })
  return dir
}

test('every measurement of a record of the first format is carried over, and its former id is kept', t => {
  const dir = copy(t)
  assert.equal(migrate(dir), 0)
  const { records, values, differences } = compareResults(before, dir)
  assert.deepEqual([records, differences], [4, []])
  assert.ok(values > 2000, `${values} values`)
  for (const record of readRecords(dir)) {
    assert.equal(record.previously.length, 1)
    assert.equal(record.method.version, 1)
    assert.equal(record.versions.pipeline, 1)
    assert.ok(record.provenance.program)
  }
  const rise = readRecord(join(dir, 'icon-vit/icon-scenes/standard/rise.onnx-cpu.json'))
  assert.equal(rise.relativeFlops, null, 'the passes of RISE are counted image by image')
  assert.equal(migrate(dir), 0, 'there is nothing left to carry over')
})

test("what is known of another engine's maps lies beside the record, under the present id of the other", t => {
  const dir = copy(t)
  migrate(dir)
  const [onnx] = [...readRecords(dir)].filter(({ backend, method }) => backend.id === 'onnx' && method.id === 'agcam')
  const file = join(dir, agcam)
  const [found] = readAgreement(file, readRecord(file).id)
  assert.equal(found?.record, onnx?.id)
  assert.ok(found?.columns['map.label.spearman']?.every(value => value === null || value > 0.99))
})

test('what other code measured is refused, and nothing is changed', t => {
  const dir = copy(t)
  const file = join(dir, agcam)
  const foreign = JSON.parse(readFileSync(file, 'utf8'))
  foreign.protocol.hash = '0'.repeat(64)
  writeFileSync(file, JSON.stringify(foreign))
  assert.throws(
    () => migrate(dir),
    /agcam\.tfjs-wasm\.json: protocol\.hash: expected that of the code .* measure it again/,
  )
  assert.match(readFileSync(join(dir, 'icon-vit/icon-scenes/paper/agcam.onnx-cpu.json'), 'utf8'), /vitrine-record\/1/)
})

test('a store of the first format is refused until it is migrated, and goes on then', t => {
  const dir = copy(t)
  const file = join(dir, 'vitrine.sqlite')
  cpSync(fileURLToPath(new URL('../../fixtures/first-format.sqlite', import.meta.url)), file)
  assert.throws(() => openStore(file), /migrate/)
  assert.equal(migrate(file), 0)
  using opened = openStore(file)
  const [unit] = opened.units()
  assert.deepEqual([unit?.status, unit?.header.method.version, unit?.timed], ['ok', 1, true])
  assert.equal(opened.record(unit?.id ?? '')?.images.id.length, 1)
})
