import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findingsOf } from './findings.ts'
import { rankRows } from './rank.ts'
import { toldApart } from './told-apart.ts'

const images = 40
/** The same noise for all, so that equal levels differ by nothing and others by what they are apart. */
const row = (id: string, level: number, jitter = 0, control = false) => ({
  id,
  control,
  toldTruth: false,
  values: Array.from({ length: images }, (_, i) => level + 0.2 * Math.sin(i) + jitter * Math.cos(7 * i)),
})

test('rows that differ on every image are told apart, rows that differ by noise are one band', () => {
  const rows = [row('b', 0.6, 0.3), row('a', 0.61), row('c', 0.2), row('d', 0.19, 0.3)]
  const { pairs, told, bands } = toldApart(rows, 'higher')
  assert.deepEqual([pairs, told], [3, 1])
  assert.deepEqual(
    [...bands],
    [
      ['a', 0],
      ['b', 0],
      ['c', 1],
      ['d', 1],
    ],
  )
})

test('a row without values is in no pair and no band', () => {
  const none = { id: 'none', values: new Array<null>(images).fill(null) }
  const { pairs, bands } = toldApart([row('a', 1), none], 'higher')
  assert.equal(pairs, 0)
  assert.equal(bands.has('none'), false)
})

test('the sentence names the measure wherever it judges, and counts ties, neighbours and who beats the controls', () => {
  const rows = [row('a', 0.61), row('b', 0.6, 0.3), row('c', 0.2), row('noise', 0.3, 0, true)]
  const found = findingsOf(
    'Average precision',
    new Set(rankRows(rows, 'higher')).values(),
    { told: 1, pairs: 2, corrected: false },
    images,
    id => id.toUpperCase(),
  )
  assert.match(found?.leader ?? '', /^By average precision, A leads with 0\.6\d \(95 %: 0\.\d\d to 0\.\d\d\)$/)
  assert.equal(
    found?.rest,
    '; B is within noise of it. 1 of 2 neighbours told apart; 40 images. In average precision, 2 of 3 methods beat every control.',
  )
})

test('corrected for all neighbours, differences that only one comparison could show are not told apart', () => {
  // Waves are orthogonal, so neighbours differ by a noise of variance 1 around a step of 2.2 standard errors of its mean.
  const step = 2.2 / Math.sqrt(images)
  const rows = Array.from({ length: 19 }, (_, r) => ({
    id: String(r),
    values: Array.from({ length: images }, (_, i) => Math.cos((2 * Math.PI * (r + 1) * i) / images) - r * step),
  }))
  assert.equal(toldApart(rows, 'higher').told, 18)
  assert.equal(toldApart(rows, 'higher', true).told, 0)
  const far = toldApart([row('a', 0.9), row('b', 0.5, 0.1), row('c', 0.1)], 'higher', true)
  assert.deepEqual([far.told, far.pairs, far.corrected], [2, 2, true])
})
