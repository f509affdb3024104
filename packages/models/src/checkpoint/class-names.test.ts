import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClassNames } from './class-names.ts'

test('names of classes are lines, a list or names by index', () => {
  const expected = { value: ['tench, Tinca tinca', 'goldfish'], from: 'names.txt' }
  for (const text of [
    'tench, Tinca tinca\r\n goldfish \n',
    '["tench, Tinca tinca", "goldfish"]',
    '{ "1": "goldfish", "0": "tench, Tinca tinca" }',
  ])
    assert.deepEqual(readClassNames(text, 'names.txt'), expected)
})

test('a file that leaves out a class, or holds none, is refused', () => {
  for (const text of ['', 'a\n\nb', '[]', '{ "0": "a", "2": "b" }', '[1', '{}'])
    assert.throws(() => readClassNames(text, 'names.txt'), {
      name: 'ModelError',
      message: /names\.txt: expected a class name a line/,
    })
})
