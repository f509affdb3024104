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
import { type VerifyArguments, verify } from './verify.ts'

const folder = mkdtempSync(join(tmpdir(), 'vitrine-verify-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

let record: BenchRecord

before(async () => {
  const plan = await smallPlan('random', [protocols.paper], { images: 2, thresholds: [0.25, 0.5], seed: 3 })
  const dataset = await openDataset('icon-scenes', { seed: 3 })
  const [found] = await measured(await openModel('icon-vit'), dataset, plan)
  record = found ?? assert.fail()
})

async function verified(
  files: readonly string[],
  options: Partial<VerifyArguments> = {},
): Promise<{ code: number; text: string }> {
  let text = ''
  const args = { explainer: [], tolerance: 0.001, quiet: true, ...options }
  const code = await verify(files, args, line => {
    text += `${line}\n`
  })
  return { code, text }
}

function written(published: BenchRecord, name = 'record'): string {
  const file = join(folder, `${name}.json`)
  writeFileSync(file, recordText(published))
  return file
}

const printed = (published: BenchRecord) => verified([written(published)])

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

/** A record that claims to be of something else. */
function forged(field: 'model' | 'dataset', change: { readonly id?: string; readonly hash?: string }): BenchRecord {
  const changed = { ...record, [field]: { ...record[field], ...change } }
  return { ...changed, id: recordId(changed) }
}

test('a record opens nothing that is not bundled unless it is allowed to', async () => {
  for (const [field, id, advice] of [
    ['model', 'hf:evil/model', /--hub allows to download it, --model FILE names a copy/],
    ['model', 'timm:../../evil', /--hub allows to download it, --model FILE names a copy/],
    ['model', '/etc/passwd', /--model FILE says where it is/],
    ['model', 'constructor', /--model FILE says where it is/],
    ['dataset', 'ilsvrc:/etc', /--dataset KIND:FOLDER says where they are/],
    ['dataset', 'folder:/', /--dataset KIND:FOLDER says where they are/],
  ] as const) {
    const { code, text } = await printed(forged(field, { id }))
    assert.equal(code, 2, id)
    assert.match(text, advice)
    assert.match(text, /\n0 of 1 hold, 1 cannot be checked\n$/)
  }
})

test('a file that cannot be checked does not stop the others', async () => {
  const bad = join(folder, 'bad.json')
  writeFileSync(bad, '{"format": ')
  const good = written(record, 'good')
  const { code, text } = await verified([good, bad, join(folder, 'none.json'), good])
  assert.equal(code, 2)
  assert.match(text, /bad\.json/)
  assert.match(text, /none\.json/)
  assert.match(text, /\n2 of 4 hold, 2 cannot be checked\n$/)
})

test('a record whose columns are gone or damaged cannot be checked, and the column is named', async () => {
  for (const [columns, column] of [
    [{}, 'correct'],
    [{ ...record.columns, 'localization.predicted.tp': record.images.id.map(() => null) }, 'localization.predicted.tp'],
  ] as const) {
    const { code, text } = await verified([written({ ...record, columns }, 'damaged')])
    assert.equal(code, 2)
    assert.ok(text.includes(`damaged.json: columns["${column}"]`), text)
  }
})

test('a record that does not hold outweighs a file that cannot be checked', async () => {
  const wrong = written(forged('model', { hash: 'f'.repeat(64) }), 'wrong')
  const { code, text } = await verified([join(folder, 'none.json'), wrong])
  assert.equal(code, 1)
  assert.match(text, /\n0 of 2 hold, 1 cannot be checked\n$/)
})

test('how far it has come, and how long the rest takes, goes to stderr', async () => {
  const { write } = process.stderr
  let said = ''
  process.stderr.write = (text: string | Uint8Array) => {
    said += text
    return true
  }
  try {
    await verified([written(record, 'one'), written(record, 'two')], { quiet: false })
  } finally {
    process.stderr.write = write
  }
  assert.match(said, /^1 of 2\n/)
  assert.match(said, /\n2 of 2, about \d+s left\n/)
})

test('a record in double precision has an id of its own, says so, and holds when it is run again in double', async () => {
  const plan = await smallPlan('partial-lrp', [protocols.standard], { images: 2, thresholds: [0.5] })
  const [model, dataset] = [await openModel('icon-vit'), await openDataset('icon-scenes')]
  const [single] = await measured(model, dataset, plan)
  const [double] = await measured(model, dataset, { ...plan, precision: 'double' })
  assert.equal(double?.status, 'ok', double?.reason ?? '')
  assert.equal(double?.backend.details?.precision, 'double')
  assert.notEqual(double?.id, single?.id)
  const { code, text } = await verified([written(double ?? assert.fail(), 'double')])
  assert.equal(code, 0, text)
})

test('a record of classes against others names them, has an id of its own, and holds when it is run again', async () => {
  const plan = await smallPlan('legrad', [protocols.standard], { images: 2, thresholds: [0.5] })
  const [model, dataset] = [await openModel('icon-vit'), await openDataset('icon-scenes-pairs')]
  const [alone] = await measured(model, dataset, plan)
  const [against] = await measured(model, dataset, { ...plan, against: { similar: 3 } })
  assert.equal(against?.status, 'ok', against?.reason ?? '')
  assert.deepEqual(against?.target, { against: { similar: 3 } })
  assert.equal(alone?.target, undefined)
  assert.notEqual(against?.id, alone?.id)
  const { code, text } = await verified([written(against ?? assert.fail(), 'against')])
  assert.equal(code, 0, text)
})
