import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../load/records.ts'
import { mapWords, stripWords } from './map-words.ts'

const entry = {
  images: { id: ['scene/1'] },
  values: new Map([
    ['pointing.predicted.pointing-game', [1]],
    ['pointing.predicted.mass-accuracy', [0.724]],
    ['pointing.predicted.roc-auc', [0.951]],
  ]),
} as unknown as Entry

test('a map is told in a sentence from its record', () => {
  assert.equal(
    mapWords(entry, 'AGCAM', 0),
    'AGCAM on scene/1: peak in the object, 72 % of its mass in the object, ranks the object above the rest in 95 % of the pairs of pixels',
  )
})

test('what was not measured is not told', () => {
  assert.equal(mapWords(entry, 'AGCAM', 0, 'other'), 'AGCAM on scene/1')
})

test('a row of maps is told in short, and texture where most of the energy is finer than the object', () => {
  assert.equal(
    stripWords(entry, 'AGCAM', [0]),
    'Maps of AGCAM; where the peak is and how much is in the object: inside, 72 %',
  )
  const fine = { ...entry, values: new Map([['texture.predicted.fine-energy', [0.62]]]) } as unknown as Entry
  assert.equal(mapWords(fine, 'AGCAM', 0), 'AGCAM on scene/1: mostly texture: 62 % of its energy finer than the object')
  assert.equal(
    stripWords(fine, 'AGCAM', [0]),
    'Maps of AGCAM; where the peak is and how much is in the object: no numbers',
  )
})
