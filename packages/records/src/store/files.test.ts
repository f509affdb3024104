import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  type BenchRecord,
  openStore,
  publish,
  published,
  RecordError,
  type RecordHeader,
  readRecord,
  readRecords,
  rebuild,
  recordFile,
  type Store,
} from '../index.ts'
import { folder, header, rows } from '../testing/samples.ts'

const FILE = 'icon-vit/icon-scenes/paper/agcam.onnx-cpu.json'

function add(store: Store, images: number, change: (header: RecordHeader) => void = () => {}): string {
  const changed = header(images)
  change(changed)
  const { id } = store.begin(changed)
  store.saveImages(rows(id, 0, images))
  store.finish(id)
  return id
}

function setup(t: TestContext, images = 12) {
  const dir = folder(t)
  const store = openStore(join(dir, 'records.sqlite'))
  t.after(() => store.close())
  const id = add(store, images)
  return { dir, store, id, out: join(dir, 'results') }
}

/** Publishes one record, lets `damage` at its JSON and returns the error that reading it gives. */
function faultOf(t: TestContext, damage: (record: BenchRecord & Record<string, unknown>) => void): RecordError {
  const { store, out } = setup(t)
  publish(store, out)
  const file = join(out, FILE)
  const record = JSON.parse(readFileSync(file, 'utf8'))
  damage(record)
  writeFileSync(file, JSON.stringify(record))
  try {
    readRecord(file)
  } catch (error) {
    assert.ok(error instanceof RecordError)
    assert.equal(error.file, file)
    return error
  }
  return assert.fail('the damage went unnoticed')
}

const faults: Record<string, [(record: BenchRecord & Record<string, unknown>) => void, string, string, string]> = {
  'another format': [
    r => Object.assign(r, { format: 'vitrine-record/1' }),
    'format',
    '"vitrine-record/2"',
    '"vitrine-record/1"',
  ],
  'a missing field': [r => Reflect.deleteProperty(r, 'seed'), 'seed', 'number', 'nothing'],
  'a foreign field': [r => Object.assign(r, { songs: 3 }), 'songs', 'no such field', '3'],
  'a wrong type': [r => Object.assign(r.thresholds, { 1: 'half' }), 'thresholds[1]', 'number', '"half"'],
  'an unknown status': [
    r => Object.assign(r, { status: 'fine' }),
    'status',
    '"ok" or "unsupported" or "failed"',
    '"fine"',
  ],
  'a failure without a reason': [
    r => Object.assign(r, { status: 'failed' }),
    'reason',
    'a reason, as the status is failed',
    'null',
  ],
  'a lost cell': [
    r => r.columns['texture.label.energy']?.pop(),
    'columns["texture.label.energy"]',
    '12 values, one per image',
    '11',
  ],
  'a cell of another kind': [
    r => Object.assign(r.columns['texture.label.energy'] ?? [], { 3: 'x' }),
    'columns["texture.label.energy"][3]',
    'a number or null',
    '"x"',
  ],
  'a cut map': [
    r => Object.assign(r.columns['map.predicted']?.[1] ?? {}, { data: 'AAAA' }),
    'columns["map.predicted"][1].data',
    '2 x 2 = 4 bytes',
    '3',
  ],
  'images out of order': [r => r.images.index.reverse(), 'images.index[1]', 'ascending positions below 12', '10'],
}
for (const [name, [damage, field, expected, found]] of Object.entries(faults)) {
  test(`a file with ${name} fails with the field at fault`, t => {
    const error = faultOf(t, damage)
    assert.deepEqual([error.field, error.expected, error.found], [field, expected, found])
  })
}

test('a file whose option was edited no longer fits its id', t => {
  const error = faultOf(t, record => Object.assign(record.method.options, { headFusion: 'max' }))
  assert.equal(error.field, 'id')
})

test('an ok file with fewer images than it names is incomplete', t => {
  const error = faultOf(t, ({ images, columns }) => {
    for (const values of [...Object.values(images), ...Object.values(columns)]) values.pop()
  })
  assert.deepEqual([error.field, error.found], ['images.index', '11'])
})

test('a file that was cut off fails with its name', t => {
  const file = join(folder(t), 'cut.json')
  writeFileSync(file, '{ "format": "vitrine-rec')
  assert.throws(
    () => readRecord(file),
    (error: RecordError) => error.file === file && error.expected === 'JSON',
  )
})

test('a foreign file in the folder fails with its name', t => {
  const { store, out } = setup(t)
  publish(store, out)
  writeFileSync(join(out, 'package.json'), '{ "name": "x" }')
  assert.throws(() => [...readRecords(out)], /package\.json: .*expected/)
})

test('two files of one record fail', t => {
  const { store, out } = setup(t)
  publish(store, out)
  writeFileSync(join(out, 'copy.json'), readFileSync(join(out, FILE)))
  assert.throws(() => [...readRecords(out)], /id: expected a record of its own, found the one in/)
})

test('a published file reads as the published record', t => {
  const { store, id, out } = setup(t)
  assert.deepEqual(publish(store, out), { written: [FILE], unchanged: [], removed: [], superseded: [] })
  const record = store.record(id)
  assert.ok(record)
  assert.deepEqual(readRecord(join(out, FILE)), published(record))
})

test('measured numbers have 6 significant digits, integers and choices all of theirs', t => {
  const { store, out } = setup(t)
  const chosen = add(store, 1, h => Object.assign(h.method.options, { ratio: 1 / 3 }))
  publish(store, out, { id: chosen })
  const { method, relativeFlops, columns } = readRecord(join(out, FILE))
  assert.equal(method.options.ratio, 1 / 3)
  assert.equal(relativeFlops, 1.04568)
  assert.deepEqual(columns['localization.label.curve'], [[1, 0.333333, 0]])
})

test('a file that did not change is not written', t => {
  const { store, out } = setup(t)
  publish(store, out)
  utimesSync(join(out, FILE), 1, 1)
  assert.deepEqual(publish(store, out), { written: [], unchanged: [FILE], removed: [], superseded: [] })
  assert.equal(statSync(join(out, FILE)).mtimeMs, 1000)
})

test('publishing leaves nothing but records', t => {
  const { store, out } = setup(t)
  publish(store, out)
  assert.deepEqual(
    readdirSync(out, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => entry.name),
    ['agcam.onnx-cpu.json'],
  )
})

test('equal runs give equal bytes, whatever the order of their work', t => {
  const { store, out } = setup(t, 5)
  publish(store, out)
  const dir = folder(t)
  using other = openStore(join(dir, 'records.sqlite'))
  const shuffled = header(5)
  shuffled.method.options = Object.fromEntries(Object.entries(shuffled.method.options).reverse())
  const { id } = other.begin(Object.fromEntries(Object.entries(shuffled).reverse()) as RecordHeader)
  for (const image of rows(id, 0, 5).reverse()) {
    other.saveImages([{ ...image, values: Object.fromEntries(Object.entries(image.values).reverse()) }])
  }
  other.finish(id)
  publish(other, dir)
  assert.equal(readFileSync(join(dir, FILE), 'utf8'), readFileSync(join(out, FILE), 'utf8'))
})

test('published, rebuilt and published again gives the same bytes', t => {
  const { dir, store, out } = setup(t)
  add(store, 3, h => {
    h.method.id = 'rollout'
  })
  const failed = header(9)
  failed.method.id = 'broken'
  const { id } = store.begin(failed)
  store.saveImages(rows(id, 4, 6))
  store.saveTiming(id, { unit: 'ms', batch: 1, threads: null, alongside: [], forward: [1 / 3], method: [2 / 3] })
  store.fail(id, 'out of memory')
  const { written } = publish(store, out)
  assert.equal(written.length, 3)
  using rebuilt = openStore(join(dir, 'rebuilt.sqlite'))
  assert.equal(rebuild(rebuilt, out), 3)
  publish(rebuilt, join(dir, 'again'))
  for (const file of written) {
    assert.equal(readFileSync(join(dir, 'again', file), 'utf8'), readFileSync(join(out, file), 'utf8'))
  }
})

test('a rebuilt failed unit goes on with the images it had', t => {
  const { dir, out } = setup(t)
  using store = openStore(join(dir, 'failed.sqlite'))
  const { id } = store.begin(header(9))
  store.saveImages(rows(id, 4, 6))
  store.fail(id, 'out of memory')
  publish(store, out)
  using rebuilt = openStore(join(dir, 'rebuilt.sqlite'))
  rebuild(rebuilt, out)
  assert.deepEqual([...rebuilt.begin(header(9)).done], [4, 5])
})

test('a damaged file keeps the whole rebuild out', t => {
  const { dir, store, out } = setup(t)
  publish(store, out)
  writeFileSync(join(out, 'zzz.json'), '{}')
  using rebuilt = openStore(join(dir, 'rebuilt.sqlite'))
  assert.throws(() => rebuild(rebuilt, out), RecordError)
  assert.deepEqual(rebuilt.units(), [])
})

test('a record of changed code takes the place of its predecessor', t => {
  const { store, id, out } = setup(t)
  const next = add(store, 12, h => {
    h.method.version = 2
  })
  assert.deepEqual(publish(store, out), { written: [FILE], unchanged: [], removed: [], superseded: [id] })
  assert.equal(readRecord(join(out, FILE)).id, next)
})

test('a record that is asked for again takes its place back', t => {
  const { store, id, out } = setup(t)
  add(store, 12, h => {
    h.method.version = 2
  })
  store.begin(header(12))
  publish(store, out)
  assert.equal(readRecord(join(out, FILE)).id, id)
})

test('the file name has the label of a choice and a hash that tells choices apart', () => {
  const chosen = (headFusion: string) => {
    const h = header(3)
    h.variant = `headFusion=${headFusion}`
    h.method.options = { headFusion }
    return recordFile(h)
  }
  assert.match(chosen('mean'), /^icon-vit\/icon-scenes\/paper\/agcam\.onnx-cpu\.headfusion-mean~[0-9a-f]{8}\.json$/)
  assert.notEqual(chosen('mean'), chosen('max'))
})

test('ids that look alike or are no file names get safe names of their own', () => {
  const ids = ['google/vit', 'google-vit', 'Google-ViT', '../vit', 'CON', 'con', 'vit.', 'vit']
  const files = ids.map(id => {
    const h = header(3)
    h.model.id = id
    return recordFile(h)
  })
  assert.equal(new Set(files.map(file => file.toLowerCase())).size, ids.length)
  for (const file of files)
    assert.match(file, /^[a-z0-9][a-z0-9._-]*(~[0-9a-f]{8})?\/icon-scenes\/paper\/agcam\.onnx-cpu\.json$/)
})

test('a backend and an engine cannot be read as another pair', () => {
  const name = (id: string, engine: string) => {
    const h = header(3)
    Object.assign(h.backend, { id, engine })
    return recordFile(h)
  }
  assert.notEqual(name('tfjs-node', 'gpu'), name('tfjs', 'node-gpu'))
})

test('a list of numbers or a map is one line of the file, 16 numbers are another', t => {
  const { store, out } = setup(t, 40)
  publish(store, out)
  const lines = readFileSync(join(out, FILE), 'utf8').split('\n')
  assert.equal(lines.at(-1), '')
  const tp = lines.indexOf('    "localization.predicted.tp": [')
  assert.deepEqual(lines.slice(tp + 1, tp + 3), ['      [0,1,2],', '      [1,2,3],'])
  const label = lines.indexOf('    "label": [')
  assert.equal(lines[label + 1], '      0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,')
  assert.equal(lines[label + 4], '    ],')
})
