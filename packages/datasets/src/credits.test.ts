import assert from 'node:assert/strict'
import { test } from 'node:test'
import { creditLine } from './credits.ts'
import { openDataset } from './open.ts'

const shifted = await openDataset('icon-scenes-shifted', { size: 32 })

test('a dataset credits all of its icon sets', () => {
  assert.equal(
    creditLine(shifted),
    'Icons, changed in colour, size and angle: OpenMoji by OpenMoji (CC BY-SA 4.0), Emoji One (v1) by Emoji One (CC BY-SA 4.0).',
  )
})

test('a sample credits the icon sets that it shows', async () => {
  const sample = { ...(await shifted.sample(0)), credits: ['OpenMoji'] }
  assert.equal(
    creditLine(shifted, sample),
    'Icons, changed in colour, size and angle: OpenMoji by OpenMoji (CC BY-SA 4.0).',
  )
})

test('what was done to a work is said of that work only', () => {
  const licence = { author: 'Ada', source: '', title: 'CC BY 4.0', spdx: 'CC-BY-4.0', url: '' }
  const licences = [
    { ...licence, work: 'Birds', changes: 'Cut out' },
    { ...licence, work: 'Trees' },
  ]
  assert.equal(creditLine({ ...shifted, licences }), 'Cut out: Birds by Ada (CC BY 4.0). Trees by Ada (CC BY 4.0).')
})
