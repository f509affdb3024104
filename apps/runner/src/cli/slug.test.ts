import assert from 'node:assert/strict'
import { test } from 'node:test'
import { distinctSlugs, slug } from './slug.ts'

test('a slug keeps letters of any script and is short enough for a file name', () => {
  assert.equal(slug('tench, Tinca tinca'), 'tench-Tinca-tinca')
  assert.equal(slug('кошка'), 'кошка')
  assert.equal(slug('../../etc/passwd'), 'etc-passwd')
  assert.equal(slug('\u001b[2J'), '2J')
  assert.equal(slug('///'), 'unnamed')
  assert.ok(slug('word '.repeat(100)).length <= 60)
})

test('two names never share a slug', () => {
  assert.deepEqual(distinctSlugs(['cat', 'dog']), ['cat', 'dog'])
  assert.deepEqual(distinctSlugs(['crane', 'dog', 'crane']), ['0-crane', '1-dog', '2-crane'])
  assert.deepEqual(distinctSlugs(['a b', 'A-B']), ['0-a-b', '1-A-B'])
})
