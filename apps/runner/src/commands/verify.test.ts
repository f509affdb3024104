import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openDataset } from '@vitrine/datasets'
import { protocols } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import { type BenchRecord, recordId, recordText } from '@vitrine/records'
import { judge } from '../compare/verdict.ts'
import { measured, smallPlan } from '../sweep/testing.ts'
import { verify } from './verify.ts'

const folder = mkdtempSync(join(tmpdir(), 'vitrine-verify-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

let record: BenchRecord

before(async () => {
  const plan = await smallPlan('random', [protocols.paper], { images: 2, thresholds: [0.25, 0.5], seed: 3 })
  const dataset = await openDataset('icon-scenes', { seed: 3 })
  const [found] = await measured(await openModel('icon-vit'), dataset, plan)
  record = found ?? assert.fail()
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
  assert.match(text, /inputs {3}weights, images, method, protocol and versions are those of the record/)
  assert.match(text, /images {3}2 of 2 predicted as recorded/)
  assert.match(text, /\n1 of 1 hold\n$/)
})

test('a number that was changed does not hold, and is named', async () => {
  const name = 'faithfulness.label.lerf'
  const curves = record.columns[name] as number[][]
  // ABPC of the paper protocol is a mean over the steps, so it rises by what every step rises.
  const raised = curves.map(curve => curve.map(probability => probability + 0.01))
  const { code, text } = await printed({ ...record, columns: { ...record.columns, [name]: raised } })
  assert.equal(code, 1)
  assert.match(text, /beyond 0\.001; farthest faithfulness\.label\.[a-z.-]+(\[\d+\])? by 0\.010/)
  assert.match(text, /faithfulness\.label\.abpc by 0\.010/)
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
  const fewer = Object.entries(record.columns).filter(([name]) => !name.startsWith('localization.'))
  assert.equal(judged({ columns: Object.fromEntries(fewer) }).holds, false)
  assert.equal(judged({ columns: { ...record.columns, new: record.images.index } }).holds, true)
})

test('a record opens nothing that is not bundled unless it is allowed to', async () => {
  for (const [field, id, advice] of [
    ['model', 'hf:evil/model', /--hub allows to download it, --model FILE names a copy/],
    ['model', '/etc/passwd', /--model FILE says where it is/],
    ['dataset', 'ilsvrc:/etc', /--dataset KIND:FOLDER says where they are/],
  ] as const) {
    const { id: __, ...forged } = { ...record, [field]: { ...record[field], id } }
    await assert.rejects(printed({ ...forged, id: recordId(forged) }), { name: 'UsageError', message: advice })
  }
})
