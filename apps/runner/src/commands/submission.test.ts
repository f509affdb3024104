import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { openDataset } from '@vitrine/datasets'
import { protocols } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import { type BenchRecord, readVerdict, recordFile, recordText } from '@vitrine/records'
import { measured, smallPlan } from '../sweep/testing.ts'
import { checkSubmission } from './submission.ts'

const folder = mkdtempSync(join(tmpdir(), 'vitrine-submission-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

let record: BenchRecord

before(async () => {
  const plan = await smallPlan('center-gaussian', [protocols.standard], { images: 4, thresholds: [0.25, 0.5] })
  const [found] = await measured(await openModel('icon-vit'), await openDataset('icon-scenes'), plan)
  record = found ?? assert.fail()
})

function written(name: string, submitted: BenchRecord, text = recordText(submitted)): string {
  const file = join(folder, name, recordFile(submitted))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

async function submitted(file: string, sample = 2): Promise<{ code: number; text: string }> {
  let text = ''
  const args = { explainer: [], tolerance: 0.001, quiet: true, sample }
  const code = await checkSubmission([file], args, line => {
    text += line
  })
  return { code, text }
}

test('a good record is verified from a part of its images, and its verdict says by how much it differs', async () => {
  const file = written('good', record)
  const { code, text } = await submitted(file)
  assert.equal(code, 0, text)
  const verdict = readVerdict(file)
  assert.equal(verdict?.verdict, 'verified')
  assert.deepEqual([verdict.images, verdict.of], [2, 4])
  assert.ok(verdict.largest !== null && verdict.largest < 0.001)
  assert.match(verdict.findings.join('\n'), /2 of 2 predicted as recorded/)
})

test('a wrong record is turned away with the field at fault, and gets no verdict', async () => {
  const file = written('wrong', record, recordText(record).replace('"seed": 0', '"seed": "none"'))
  const { code, text } = await submitted(file)
  assert.equal(code, 1)
  assert.match(text, /seed.*damaged/s)
  assert.equal(readVerdict(file), null)
})

test('a record in the place of another is turned away', async () => {
  const file = join(folder, 'elsewhere.json')
  writeFileSync(file, recordText(record))
  const { code, text } = await submitted(file)
  assert.equal(code, 1)
  assert.match(text, /expected the file in icon-vit\/icon-scenes\/standard\/center-gaussian/)
})

test('a forged record, whose id still fits, is refuted and the number is named', async () => {
  const name = 'faithfulness.predicted.lerf'
  const curves = record.columns[name] as number[][]
  const forged = {
    ...record,
    columns: { ...record.columns, [name]: curves.map(curve => curve.map(p => Math.min(1, p + 0.1))) },
  }
  assert.equal(forged.id, record.id)
  const file = written('forged', forged)
  const { code, text } = await submitted(file)
  assert.equal(code, 1)
  assert.match(text, /faithfulness\.predicted\.(lerf|abpc)/)
  const verdict = readVerdict(file)
  assert.equal(verdict?.verdict, 'refuted')
  assert.ok((verdict?.largest ?? 0) > 0.01)
})

test('a verdict is void once the record is edited', async () => {
  const file = written('edited', record)
  await submitted(file, 4)
  assert.equal(readVerdict(file)?.images, 4)
  writeFileSync(
    file,
    recordText({ ...record, columns: { ...record.columns, correct: record.images.id.map(() => false) } }),
  )
  assert.equal(readVerdict(file), null)
})

test('a record of a model that is not at hand stays unverified', async () => {
  const plan = { ...record, model: { ...record.model, id: 'stranger' } }
  const { recordId } = await import('@vitrine/records')
  const file = written('stranger', { ...plan, id: recordId(plan) })
  const { code, text } = await submitted(file)
  assert.equal(code, 2)
  assert.match(text, /not bundled.*unverified/s)
})
