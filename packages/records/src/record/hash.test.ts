import assert from 'node:assert/strict'
import { test } from 'node:test'
import { header } from '../testing/samples.ts'
import {
  type CustomMetric,
  canonicalJson,
  groupKey,
  hashJson,
  questionId,
  RecordError,
  type RecordHeader,
  recordId,
} from './index.ts'

test('canonical JSON sorts names at every depth and keeps the order of lists', () => {
  assert.equal(canonicalJson({ b: [3, { d: 1, c: null }], a: 'x' }), '{"a":"x","b":[3,{"c":null,"d":1}]}')
})

test('canonical JSON leaves out properties that are undefined', () => {
  assert.equal(canonicalJson({ a: undefined, b: 1 }), '{"b":1}')
})

test('canonical JSON refuses NaN and names its place', () => {
  assert.throws(
    () => canonicalJson({ options: { ratio: [0, Number.NaN] } }),
    (error: unknown) => {
      assert.ok(error instanceof RecordError)
      assert.deepEqual([error.field, error.found], ['options.ratio[1]', 'NaN'])
      return true
    },
  )
})

test('canonical JSON refuses a typed array, which JSON would turn into an object', () => {
  assert.throws(() => canonicalJson({ values: new Float32Array(2) }), /values: expected .*, found a Float32Array/)
})

test('the hash is the sha256 of the canonical text', () => {
  // printf '{"a":1,"b":2}' | sha256sum
  assert.equal(hashJson({ b: 2, a: 1 }), '43258cff783fe7036d8a43033f830adfc60ec037382473548ac742b888292777')
})

type Patch = { readonly [F in keyof RecordHeader]?: Partial<RecordHeader[F]> }

/** The header of the samples with some of its fields, or fields of its fields, in place of its own. */
function changed(patch: Patch): RecordHeader {
  const fields = Object.entries({ ...header(3), metrics: undefined }).map(([name, value]) => {
    const change = patch[name as keyof RecordHeader]
    if (change === undefined) return [name, value]
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return [name, isObject ? { ...value, ...(change as object) } : change]
  })
  return Object.fromEntries(fields)
}

const mine: CustomMetric = {
  id: 'mine',
  name: 'Mine',
  heading: 'mine',
  group: 'diffusion',
  direction: 'lower',
  range: [0, 1],
  formula: 'share of the cells that have mass',
  source: 'Vitrine',
}

/** What a user asks for: another answer is wanted. */
const asked: Readonly<Record<string, Patch>> = {
  'model id': { model: { id: 'other' } },
  'model hash': { model: { hash: 'm2' } },
  'dataset id': { dataset: { id: 'other' } },
  'dataset hash': { dataset: { hash: 'd2' } },
  'number of images': { dataset: { images: 4 } },
  'dataset slice': { dataset: { slice: { shard: 1, of: 2, images: 6 } } },
  'dataset seed': { dataset: { seed: 8 } },
  'method id': { method: { id: 'other' } },
  'method option': { method: { options: { headFusion: 'max', layerFusion: 'sum' } } },
  'backend id': { backend: { id: 'tfjs' } },
  engine: { backend: { engine: 'cuda' } },
  'engine version': { backend: { version: '1.31.0' } },
  'choice of the protocol': { protocol: { choices: { strict: false } } },
  'list of thresholds': { thresholds: [0.5] },
  seed: { seed: 2 },
}

/** Versions of the code: another answer to the same question. */
const answered: Readonly<Record<string, Patch>> = {
  'method version': { method: { version: 2 } },
  'hash of a method without a version': { method: { version: null, code: 'c1' } },
  'version of a group of columns': { versions: { texture: 2 } },
  'group of columns': { versions: { pointing: 1 } },
  'hash of a metric without a version': { versions: { 'custom.mine': 'c'.repeat(64) } },
}

/** What changes no number: the same answer. */
const told: Readonly<Record<string, Patch>> = {
  'order of options': { method: { options: { layerFusion: 'sum', headFusion: 'sum' } } },
  'variant label': { variant: 'a label' },
  'model name': { model: { name: 'another name' } },
  'description of a model': { model: { details: { depth: 8 } } },
  'dataset name': { dataset: { name: 'another name' } },
  'list of licences': { dataset: { licences: [] } },
  'method name': { method: { name: 'another name' } },
  'method family': { method: { family: 'another family' } },
  'description of a metric': { metrics: [mine] },
  'description of a method': { method: { details: { signed: true } } },
  'name of the protocol': { protocol: { id: 'standard' } },
  'number of threads': { backend: { threads: 16 } },
  'batch size': { backend: { batch: 1 } },
  machine: { environment: { cpu: 'another cpu' } },
  'hash of a program': { provenance: { program: 'h2' } },
  'cost of the program': { relativeFlops: 2 },
}

for (const [name, patch] of Object.entries({ ...asked, ...answered })) {
  test(`another ${name} is another record`, () => {
    assert.notEqual(recordId(changed(patch)), recordId(header(3)))
  })

  const within = patch.method !== undefined
  test(`another ${name} is ${within ? 'the same' : 'another'} group`, () => {
    assert.equal(groupKey(changed(patch)) === groupKey(header(3)), within)
  })
}

for (const [name, patch] of Object.entries(asked)) {
  test(`another ${name} is another question`, () => {
    assert.notEqual(questionId(changed(patch)), questionId(header(3)))
  })
}

for (const [name, patch] of Object.entries({ ...answered, ...told })) {
  test(`another ${name} is the same question`, () => {
    assert.equal(questionId(changed(patch)), questionId(header(3)))
  })
}

for (const [name, patch] of Object.entries(told)) {
  test(`another ${name} is the same record`, () => {
    assert.equal(recordId(changed(patch)), recordId(header(3)))
  })
}

test('another hash of the code is another record of a method without a version', () => {
  const [a, b] = ['c1', 'c2'].map(code => recordId(changed({ method: { version: null, code } })))
  assert.notEqual(a, b)
})

test('a hash of the code is no part of the identity of a method with a version', () => {
  assert.equal(recordId(changed({ method: { version: 1, code: 'c2' } })), recordId(header(3)))
})
