import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainers, isForTexts } from '@vitrine/explainers'
import type { Entry } from '../load/records.ts'
import { parityOf, parityTable } from './parity.ts'

const text = `| Method | Held against | Comparisons | interpreter, float64 | ONNX Runtime, cpu | TensorFlow.js, wasm |
| --- | --- | --- | --- | --- | --- |
| Full LRP (\`full-lrp\`) | authors' code | 3 | 4e-8 | 2e+0 (theirs 2e+0) | not run |`

test('the numbers of docs/parity.md are read by method and engine', () => {
  assert.deepEqual([...parityTable(text)], [['full-lrp', { 'onnx:cpu': '2e+0' }]])
})

test('every bundled method for classes that was held against something has its number there', () => {
  const table = parityTable()
  const held = explainers.filter(one => one.parity !== 'unverified' && !isForTexts(one)).map(({ id }) => id)
  assert.ok(held.length > 40)
  assert.deepEqual(
    held.filter(id => !table.get(id)?.['onnx:cpu']),
    [],
  )
})

test('a badge says what was compared and how far apart it is', () => {
  const of = (id: string, parity: string, engine: string) =>
    parityOf({ method: { id, details: { parity } }, backend: { id: 'onnx', engine } } as unknown as Entry)
  assert.match(of('agcam', 'authors', 'cpu').badge, /^authors' code: \de−\d$/)
  assert.equal(of('full-lrp', 'authors', 'cpu').badge, "authors' code: 2")
  assert.equal(of('agcam', 'authors', 'cuda').badge, "authors' code")
  assert.equal(of('mine', 'unverified', 'cpu').badge, 'not held against other code')
})
