import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type BenchRecord, readRecord } from '@vitrine/records'
import { expectSoundColumns } from './sound-columns.ts'

const results = join(import.meta.dirname, '../../../results')
const published = readRecord(join(results, 'icon-vit/icon-scenes/standard/agcam.onnx-cpu.json'))

test('published records are sound, of one object and of two', () => {
  const some = globSync('icon-vit/*/*/{agcam,random}.onnx-cpu.json', { cwd: results })
  assert.ok(some.length > 5)
  for (const file of some) expectSoundColumns(readRecord(join(results, file)), file)
})

type Columns = Record<string, unknown[] | undefined>

function without(columns: Columns, isGone: (name: string) => boolean): void {
  for (const name of Object.keys(columns).filter(isGone)) delete columns[name]
}

const tp = 'localization.predicted.tp'

/** What is done to the columns, and what the error says of it. */
const damages: Readonly<Record<string, readonly [damage: (columns: Columns) => unknown, message: RegExp]>> = {
  'no columns': [columns => without(columns, () => true), /columns\["correct"\]: expected a column, found nothing/],
  'no group': [
    columns => without(columns, name => name.startsWith('frozen')),
    /columns\["frozen\.predicted\.state"\]: expected a column/,
  ],
  'no counts': [columns => delete columns[tp], /columns\["localization\.predicted\.tp"\]: expected a column/],
  'no metric': [
    columns => delete columns['texture.label.fine-energy'],
    /columns\["texture\.label\.fine-energy"\]: expected a column/,
  ],
  'counts that are null': [
    columns => columns[tp]?.fill(null),
    /tp"\]\[0\]: expected 9 counts, one for each threshold, found null/,
  ],
  'counts that are texts': [columns => columns[tp]?.fill('x'), /tp"\]\[0\]: expected 9 counts, .*found "x"/],
  'too few counts': [columns => columns[tp]?.splice(3, 1, [1]), /tp"\]\[3\]: expected 9 counts, .*found \[1\]/],
  'a curve with a hole': [
    columns => columns['faithfulness.label.morf']?.splice(0, 1, [1, null, 1, 1, 1, 1, 1]),
    /morf"\]\[0\]: expected \d+ numbers, one for each step, found \[1,null/,
  ],
  'a value that is a list': [
    columns => columns['diffusion.label.entropy']?.splice(0, 1, []),
    /entropy"\]\[0\]: expected a number or null, found \[\]/,
  ],
  'no answer whether it is right': [
    columns => columns.correct?.fill(1),
    /correct"\]\[0\]: expected true or false, found 1/,
  ],
}

for (const [what, [damage, message]] of Object.entries(damages))
  test(`${what}: the record is refused with the column`, () => {
    const record = structuredClone(published)
    damage(record.columns as Columns)
    assert.throws(() => expectSoundColumns(record, 'a.json'), { name: 'RecordError', file: 'a.json', message })
  })

test('an image that cannot be read has no columns', () => {
  const record = structuredClone(published) as BenchRecord & { columns: Columns }
  for (const column of Object.values(record.columns)) if (column) column[5] = null
  assert.throws(() => expectSoundColumns(record), { name: 'RecordError' })
  record.columns.unreadable = record.images.id.map((_, i) => (i === 5 ? 'no picture' : null))
  expectSoundColumns(record)
})

test('a metric that is new since is not missed in a record of an earlier version', () => {
  const record = structuredClone(published)
  const { 'texture.label.fine-energy': _, 'texture.predicted.fine-energy': __, ...columns } = record.columns
  expectSoundColumns({ ...record, columns, versions: { ...record.versions, texture: 0 } })
})

test('choices that are none of a protocol are refused', () => {
  const protocol = { ...published.protocol, choices: { localization: {} } }
  assert.throws(() => expectSoundColumns({ ...published, protocol }), {
    name: 'RecordError',
    field: 'protocol.choices',
  })
})
