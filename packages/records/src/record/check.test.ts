import assert from 'node:assert/strict'
import { test } from 'node:test'
import { record } from '../testing/samples.ts'
import { type BenchRecord, checkRecord, positionOf, RecordError, recordId, sliceLabel } from './index.ts'

/** A record with a change in it, and the id that fits. */
function changed(change: (record: BenchRecord) => void): BenchRecord {
  const found = record()
  change(found)
  return { ...found, id: recordId(found) }
}

function faultOf(value: unknown): RecordError {
  try {
    checkRecord(value, 'a.json')
  } catch (error) {
    if (error instanceof RecordError) return error
    throw error
  }
  return assert.fail('accepted')
}

test('a record of the first format is refused with the command that carries it over', () => {
  const { field, remedy } = faultOf({ ...record(), format: 'vitrine-record/1' })
  assert.equal(field, 'format')
  assert.match(remedy ?? '', /vitrine migrate/)
})

test('a record of no format is not told to migrate', () => {
  assert.equal(faultOf({ ...record(), format: 'songs/1' }).remedy, undefined)
})

for (const [version, code] of [
  [null, null],
  [1, 'c1'],
]) {
  test(`a method with version ${version} and code ${code} is refused`, () => {
    const { field } = faultOf(changed(({ method }) => Object.assign(method, { version, code })))
    assert.equal(field, 'method.code')
  })
}

for (const version of [0, 1.5, 'c1', null])
  test(`a group of columns of version ${version} is refused`, () => {
    const { field } = faultOf(changed(({ versions }) => Object.assign(versions, { 'custom.mine': version })))
    assert.equal(field, 'versions["custom.mine"]')
  })

test('a method with a hash of its code in place of a version is accepted', () => {
  assert.ok(checkRecord(changed(({ method }) => Object.assign(method, { version: null, code: 'c1' }))))
})

const slice = { shard: 2, of: 4, images: 9 }

test('a slice is data: the shard, of how many, of how many images', () => {
  // Positions 1 and 5 of 0 to 8.
  const found = checkRecord(changed(({ dataset }) => Object.assign(dataset, { slice, images: 2 })))
  assert.deepEqual(found.dataset.slice, slice)
})

test('a slice says which position of the dataset an image has', () => {
  assert.deepEqual([positionOf({ slice }, 0), positionOf({ slice }, 1), positionOf({}, 7)], [1, 5, 7])
})

test('a slice of blocks takes images in a row: the second of two parts of 11 images by 3 has the 4th to 6th and the last two', () => {
  const blocks = { shard: 2, of: 2, images: 11, block: 3 }
  const positions = Array.from({ length: 5 }, (_, index) => positionOf({ slice: blocks }, index))
  assert.deepEqual(positions, [3, 4, 5, 9, 10])
  assert.equal(sliceLabel({ slice: blocks }), 'shard 2/2 of 11 by 3')
  const fieldWith = (images: number) =>
    faultOf(changed(({ dataset }) => Object.assign(dataset, { slice: blocks, images }))).field
  // The record has rows of two images only, which is looked at last.
  assert.deepEqual([fieldWith(5), fieldWith(6)], ['images.index', 'dataset.images'])
})

test('a slice has a label', () => {
  assert.deepEqual([sliceLabel({ slice }), sliceLabel({})], ['shard 2/4 of 9', ''])
})

const slices: Record<string, [slice: unknown, images: number, field: string]> = {
  'in words': ['shard 2/4 of 9', 2, 'dataset.slice'],
  'beyond its parts': [{ shard: 5, of: 4, images: 9 }, 2, 'dataset.slice.shard'],
  'of one part': [{ shard: 1, of: 1, images: 2 }, 2, 'dataset.slice.of'],
  'with another number of images': [{ shard: 1, of: 4, images: 9 }, 2, 'dataset.images'],
}
for (const [name, [slice, images, field]] of Object.entries(slices)) {
  test(`a slice ${name} is refused`, () => {
    assert.equal(faultOf(changed(({ dataset }) => Object.assign(dataset, { slice, images }))).field, field)
  })
}

const ESC = '\u001b[2J'
const acting: Record<string, [change: (record: BenchRecord) => unknown, field: string]> = {
  'a model id': [r => Object.assign(r.model, { id: `a${ESC}` }), 'model.id'],
  'a model name': [r => Object.assign(r.model, { name: 'a\nb' }), 'model.name'],
  'a dataset id': [r => Object.assign(r.dataset, { id: `a${ESC}` }), 'dataset.id'],
  'a licence': [r => Object.assign(r.dataset, { licences: ['\u009b31m'] }), 'dataset.licences[0]'],
  'a method name': [r => Object.assign(r.method, { name: 'abc\u202ecba' }), 'method.name'],
  'an option': [r => Object.assign(r.method, { options: { a: ESC } }), 'method.options'],
  'the name of an option': [r => Object.assign(r.method, { options: { [ESC]: 1 } }), 'method.options'],
  'an engine': [r => Object.assign(r.backend, { engine: '\u007f' }), 'backend.engine'],
  'a variant': [r => Object.assign(r, { variant: ESC }), 'variant'],
  'a machine': [r => Object.assign(r.environment, { cpu: ESC }), 'environment.cpu'],
  'a reason': [r => Object.assign(r, { status: 'failed', reason: ESC }), 'reason'],
  'the id of an image': [r => Object.assign(r.images.id, { 0: ESC }), 'images.id[0]'],
  'a cell': [r => Object.assign(r.columns, { why: [ESC, null] }), 'columns.why[0]'],
  'the name of a column': [r => Object.assign(r.columns, { [ESC]: [1, 2] }), 'columns["\\u001b[2J"]'],
}
for (const [name, [change, field]] of Object.entries(acting)) {
  test(`a control character in ${name} is refused, and no message has one`, () => {
    const error = faultOf(changed(r => void change(r)))
    assert.equal(error.field, field)
    assert.doesNotMatch(error.message, /[\p{Cc}\u2028-\u202e]/u)
  })
}

test('a reason may have several lines', () => {
  assert.ok(checkRecord(changed(r => Object.assign(r, { status: 'failed', reason: 'out of\n\tmemory' }))))
})

test('names in any script are accepted', () => {
  for (const name of ['Vision à Transformers', '視覚', 'رؤية', '👩‍🚀']) {
    assert.ok(checkRecord(changed(({ model }) => Object.assign(model, { name }))))
  }
})

const details = (url: unknown) =>
  changed(({ method }) => Object.assign(method, { details: { source: { authors: 'x', url } } }))

for (const url of ['https://arxiv.org/abs/2104.14294', '', undefined]) {
  test(`a method whose source is ${JSON.stringify(url)} is accepted`, () => {
    const { source } = details(url).method.details as { source: object }
    if (url === undefined) Reflect.deleteProperty(source, 'url')
    assert.ok(checkRecord(changed(({ method }) => Object.assign(method, { details: { source } }))))
  })
}

for (const url of [
  'javascript:alert(1)',
  'http://a.example',
  'data:text/html,x',
  ' javascript:alert(1)',
  'arxiv',
  7,
  null,
]) {
  test(`a method whose source is ${JSON.stringify(url)} is refused`, () => {
    const { field, found } = faultOf(details(url))
    assert.deepEqual([field, found], ['method.details.source.url', JSON.stringify(url)])
  })
}

const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels))
const deep: Record<string, (value: unknown) => unknown> = {
  'the whole': value => value,
  'an option': value => ({ ...record(), method: { ...record().method, options: { a: value } } }),
  'a cell': value => ({ ...record(), columns: { a: [value, null] } }),
  'a foreign field': value => ({ ...record(), a: value }),
}
for (const [name, wrap] of Object.entries(deep)) {
  test(`${name} nested 100,000 deep is refused`, () => {
    assert.match(
      faultOf(wrap(nested(100_000))).message,
      /a\.json: the whole: expected lists and objects at most 64 deep/,
    )
  })
}

test('options nested ten deep are accepted', () => {
  assert.ok(checkRecord(changed(({ method }) => Object.assign(method, { options: { a: nested(10) } }))))
})
