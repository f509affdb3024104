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
