import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leftOut, leftOutWords, mostlyLeftOut } from './left-out.ts'

const measure = { family: 'frozen', target: 'predicted' }
const columns = {
  correct: [true, true, false, true, true],
  'frozen.predicted.state': ['too-dear', 'flat', 'ok', 'ok', 'ok'],
}

test('images without a value are counted by the reason that the record has', () => {
  const found = leftOut(columns, measure, [null, null, null, null, 0.5])
  assert.deepEqual(found, { 'too-dear': 1, flat: 1, wrongPrediction: 1, noValue: 1 })
})

test('the reasons are put in words, the cost of what is too dear too', () => {
  assert.equal(leftOutWords({ 'too-dear': 64 }, 33), '64 images too dear to follow: 33 passes an explanation')
  assert.equal(leftOutWords({ flat: 1 }), '1 flat map')
  assert.equal(leftOutWords({}), '')
  assert.equal(mostlyLeftOut({ flat: 1, 'too-dear': 63 }), 'too dear')
  assert.equal(mostlyLeftOut({}), 'none')
})
