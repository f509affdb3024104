import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sliceOf } from '@vitrine/measure'
import { type BenchRecord, openStore, recordText } from '@vitrine/records'
import { judge } from '../compare/verdict.ts'
import { environment } from '../sweep/environment.ts'
import { openJob } from '../sweep/job.ts'
import { verify } from './verify.ts'

const folder = mkdtempSync(join(tmpdir(), 'vitrine-verify-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

let record: BenchRecord

before(async () => {
  const thresholds = [0.25, 0.5]
  const store = join(folder, 'store.sqlite')
  const slice = sliceOf(2, { index: 1, of: 1 })
  const job = await openJob(
    {
      ...{ model: 'icon-vit', backend: 'onnx:cpu', methods: 'random', explainer: [], protocols: ['paper'] },
      ...{
        thresholds,
        slice,
        batch: 2,
        threads: 2,
        processes: 1,
        seed: 3,
        store,
        environment: environment(),
        defaults: { images: 2, thresholds, seed: 0 },
      },
    },
    { images: () => {}, passes: () => {}, note: () => {} },
  )
  const { records, missing } = await job.begin('icon-scenes')
  await job.sweep('icon-scenes', ['random'], missing)
  await job.finish('icon-scenes', ['random'])
  await job.close()
  using opened = openStore(store)
  record = opened.record(records[0]?.id ?? '') ?? assert.fail()
})

async function printed(published: BenchRecord): Promise<{ code: number; text: string }> {
  const file = join(folder, 'record.json')
  writeFileSync(file, recordText(published))
  let text = ''
  const code = await verify([file], { explainer: [], tolerance: 0.001, quiet: true }, line => {
    text += line
  })
  return { code, text }
}

test('a published record holds when it is run again', async () => {
  const { code, text } = await printed(record)
  assert.equal(code, 0, text)
  assert.match(text, /inputs {3}weights, images, program and protocol are those of the record/)
  assert.match(text, /images {3}2 of 2 predicted as recorded/)
  assert.match(text, /\n1 of 1 hold\n$/)
})

test('a number that was changed does not hold, and is named', async () => {
  const summary = {
    ...record.summary,
    'faithfulness.label.abpc': Number(record.summary['faithfulness.label.abpc']) + 0.01,
  }
  const { code, text } = await printed({ ...record, summary })
  assert.equal(code, 1)
  assert.match(text, /1 beyond 0\.001; farthest faithfulness\.label\.abpc by 0\.010/)
})

const judged = (again: Partial<BenchRecord>) => judge(record, { ...record, ...again }, 0.001)

test('other weights make another question', () => {
  const { holds, lines } = judged({ model: { ...record.model, hash: 'other' } })
  assert.equal(holds, false)
  assert.match(lines.join('\n'), /weights changed/)
})

test('a method that fails now does not hold', () => {
  const { holds, lines } = judged({ status: 'failed', reason: 'out of memory' })
  assert.equal(holds, false)
  assert.match(lines.join('\n'), /recorded as ok, now failed \(out of memory\)/)
})

test('a number that is no longer there does not hold, one that is new is no fault', () => {
  const { 'faithfulness.label.abpc': _, ...fewer } = record.summary
  assert.equal(judged({ summary: fewer }).holds, false)
  assert.equal(judged({ summary: { ...record.summary, new: 1 } }).holds, true)
})
