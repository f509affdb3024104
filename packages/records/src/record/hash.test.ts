import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson, groupHash, groupKey, hashJson, RecordError, type RecordHeader, recordId } from './index.ts'
import { header } from './testing/samples.ts'

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

test('the order of options does not change the id', () => {
  const other = header(3)
  other.method.options = { layerFusion: 'sum', headFusion: 'sum' }
  assert.equal(recordId(other), recordId(header(3)))
})

const changes: Record<string, (h: RecordHeader) => void> = {
  'model id': h => {
    h.model.id = 'other'
  },
  'model hash': h => {
    h.model.hash = 'm2'
  },
  'dataset id': h => {
    h.dataset.id = 'other'
  },
  'dataset hash': h => {
    h.dataset.hash = 'd2'
  },
  'number of images': h => {
    h.dataset.images++
  },
  'dataset slice': h => {
    h.dataset.slice = 'from 100'
  },
  'dataset seed': h => {
    h.dataset.seed++
  },
  'method id': h => {
    h.method.id = 'other'
  },
  'method code': h => {
    h.method.hash = 'c2'
  },
  'method options': h => {
    h.method.options = { headFusion: 'max', layerFusion: 'sum' }
  },
  'backend id': h => {
    h.backend.id = 'tfjs'
  },
  engine: h => {
    h.backend.engine = 'cuda'
  },
  'engine version': h => {
    h.backend.version = '1.31.0'
  },
  'protocol id': h => {
    h.protocol.id = 'standard'
  },
  'protocol data': h => {
    h.protocol.hash = 'p2'
  },
  thresholds: h => {
    h.thresholds.push(0.95)
  },
  seed: h => {
    h.seed++
  },
}
for (const [name, change] of Object.entries(changes)) {
  test(`another ${name} is another record`, () => {
    const other = header(3)
    change(other)
    assert.notEqual(recordId(other), recordId(header(3)))
  })
}

for (const [name, change] of Object.entries(changes)) {
  const within = name.startsWith('method')
  test(`another ${name} is ${within ? 'the same' : 'another'} group`, () => {
    const other = header(3)
    change(other)
    assert.equal(groupKey(other) === groupKey(header(3)), within)
  })
}

test('a group is named by its members, in any order', () => {
  assert.equal(groupHash(['a', 'b']), groupHash(['b', 'a']))
  assert.notEqual(groupHash(['a', 'b']), groupHash(['a', 'b', 'c']))
  assert.notEqual(groupHash(['a', 'b']), groupHash(['a', 'c']))
})

test('names, threads, batch and machine do not change the id', () => {
  const other = header(3)
  other.model.name = 'another name'
  other.backend.threads = 16
  other.backend.batch = 1
  other.environment.cpu = 'another cpu'
  assert.equal(recordId(other), recordId(header(3)))
})
