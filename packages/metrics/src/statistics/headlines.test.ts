import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '../protocols.ts'
import { headlines, headlineTitle } from './headlines.ts'

test('a group is ranked by where maps point, at the threshold nearest to one half and at the best, and by how faithful they are', () => {
  assert.deepEqual(headlines(protocols.paper, [0.1, 0.4, 0.9]), {
    'localization.predicted.iou@0.4': { metric: 'iou', target: 'predicted', at: 0.4 },
    'localization.predicted.iou@best': { metric: 'iou', target: 'predicted', at: 'best' },
    'faithfulness.label.abpc': { metric: 'abpc', target: 'label' },
  })
})

test('a protocol with failures ranks by every pattern of them', () => {
  const names = Object.keys(headlines(protocols.standard, [0.5]))
  for (const family of ['pointing', 'texture', 'diffusion', 'frozen', 'discrimination'])
    assert.ok(
      names.some(name => name.startsWith(`${family}.`)),
      family,
    )
  assert.ok(names.includes('discrimination.label.mass-difference'))
})

test('a headline is told in words', () => {
  assert.equal(headlineTitle('localization.predicted.iou@0.4'), 'IoU, threshold 0.4')
  assert.equal(headlineTitle('localization.predicted.iou@best'), 'IoU, best threshold')
  assert.equal(headlineTitle('frozen.predicted.frozen-share'), 'Frozen maps')
})
