import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { RecordError, readRecord } from '@vitrine/records'
import { loadEntries } from './data/load/records.ts'
import { buildSite } from './testing/build.ts'
import { write } from './testing/generate.ts'

const published = fileURLToPath(
  new URL('../../../results/icon-vit/icon-scenes/standard/agcam.onnx-cpu.json', import.meta.url),
)

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'vitrine-faults-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('a damaged record fails the build with its name and the field at fault', async t => {
  const dir = folder(t)
  const file = join(dir, 'icon-vit/icon-scenes/standard/agcam.onnx-cpu.json')
  mkdirSync(dirname(file), { recursive: true })
  const record = JSON.parse(readFileSync(published, 'utf8'))
  record.backend.threads = 'two'
  writeFileSync(file, JSON.stringify(record))
  const { code, output } = await buildSite(dir, join(dir, 'dist'))
  assert.notEqual(code, 0)
  assert.ok(output.includes(`${file}: backend.threads: expected`), output)
})

const fails = (dir: string, pattern: RegExp) =>
  assert.rejects(loadEntries(dir), (error: unknown) => error instanceof RecordError && pattern.test(error.message))

test('a foreign JSON file is named', async t => {
  const dir = folder(t)
  writeFileSync(join(dir, 'package.json'), '{"name":"something else"}')
  await fails(dir, /package\.json: format: expected/)
})

test('a file that is cut off is named', async t => {
  const dir = folder(t)
  writeFileSync(join(dir, 'cut.json'), readFileSync(published, 'utf8').slice(0, 5000))
  await fails(dir, /cut\.json: expected JSON/)
})

test('a record whose columns are gone is named with the first of them', async t => {
  const dir = folder(t)
  const record = JSON.parse(readFileSync(published, 'utf8'))
  writeFileSync(join(dir, 'empty.json'), JSON.stringify({ ...record, columns: {} }))
  await fails(dir, /empty\.json: columns\["correct"\]: expected a column/)
})

test('a record in the place of another one is named', async t => {
  const dir = folder(t)
  writeFileSync(join(dir, 'elsewhere.json'), readFileSync(published))
  await fails(dir, /id: expected .*agcam\.onnx-cpu\.json, found it in another file/)
})

test('a folder without records is an error', async t => {
  await fails(folder(t), /expected at least one record/)
})

test('a record that was not measured is a row that says why', async t => {
  const dir = folder(t)
  const { columns: _, ...rest } = readRecord(published)
  const none = { index: [], id: [], label: [], predicted: [], probability: [] }
  write(dir, {
    ...rest,
    status: 'unsupported',
    reason: 'needs attention',
    timing: null,
    images: none,
    columns: {},
  })
  const [entry] = await loadEntries(dir)
  assert.equal(entry?.status, 'unsupported')
  assert.deepEqual(entry?.measures, [])
})

test('whether a row is told the truth is what its record says, also of a method that is not bundled', async t => {
  const dir = folder(t)
  const record = readRecord(published)
  const details = { ...record.method.details, readsTruth: true }
  write(dir, { ...record, method: { ...record.method, id: 'mask-of-a-stranger', control: true, details } })
  assert.equal((await loadEntries(dir))[0]?.ceiling, true)
})
