import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { quoted } from '../../shared/shell.ts'

test('a shell reads every word back as it is', () => {
  for (const word of [
    'agcam',
    'a b',
    "it's",
    '$(touch x)',
    '`id`',
    '"; rm -rf ~ #',
    'a\nb',
    'x[y=1]',
    "''",
    '\\',
    '*',
  ]) {
    const read = execFileSync('sh', ['-c', `printf %s ${quoted(word)}`], { encoding: 'utf8' })
    assert.equal(read, word)
  }
})

test('plain words stay without quotes', () => {
  assert.equal(quoted('onnx:cpu'), 'onnx:cpu')
  assert.equal(quoted('0.1,0.2'), '0.1,0.2')
})
