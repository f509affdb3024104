import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  fileHash,
  openStore,
  publish,
  readVerdict,
  recordFiles,
  type StoredVerdict,
  VERDICT_FORMAT,
  verdictFile,
  writeVerdict,
} from '../index.ts'
import { folder, header, rows } from '../testing/samples.ts'

/** A published record, and a verdict about it. */
function setup(t: TestContext): { out: string; file: string; verdict: StoredVerdict } {
  const store = openStore(':memory:')
  t.after(() => store.close())
  const out = folder(t)
  const { id } = store.begin(header(3))
  store.saveImages(rows(id, 0, 3))
  store.finish(id)
  const [path = ''] = publish(store, out).written
  const file = join(out, path)
  const machine = { node: 'v24', os: 'linux', arch: 'x64', cpu: 'a processor', cores: 2 }
  const told = { verdict: 'verified', images: 1, of: 3, tolerance: 0.001, largest: 2e-5, findings: ['1 of 1'] } as const
  return {
    out,
    file,
    verdict: {
      format: VERDICT_FORMAT,
      record: id,
      sha256: fileHash(file),
      ...told,
      findings: [...told.findings],
      date: '2026-11-30',
      machine,
    },
  }
}

test('a verdict lies beside its record and is no record', t => {
  const { out, file, verdict } = setup(t)
  assert.equal(readVerdict(file), null)
  writeVerdict(file, verdict)
  assert.deepEqual(readVerdict(file), verdict)
  assert.deepEqual(recordFiles(out), [file])
})

test('a verdict is void once the file of its record is another', t => {
  const { file, verdict } = setup(t)
  writeVerdict(file, verdict)
  writeFileSync(file, `${readFileSync(file, 'utf8')} `)
  assert.equal(readVerdict(file), null)
})

test('a damaged verdict is refused with its field', t => {
  const { file, verdict } = setup(t)
  writeFileSync(verdictFile(file), JSON.stringify({ ...verdict, verdict: 'excellent' }))
  assert.throws(() => readVerdict(file), { name: 'RecordError', field: 'verdict' })
})
