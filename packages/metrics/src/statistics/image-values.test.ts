import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricError } from '../errors.ts'
import { protocols } from '../protocols.ts'
import { imageValues, type StoredRecord } from './image-values.ts'

const flat = (protocol: keyof typeof protocols, height: number) =>
  protocols[protocol].faithfulness.steps.map(() => height)

const stored = (protocol: keyof typeof protocols): StoredRecord => ({
  thresholds: [0.2, 0.6],
  protocol: { choices: JSON.parse(JSON.stringify(protocols[protocol])) },
  columns: {
    correct: [true, false, true],
    'localization.predicted.state': ['ok', 'ok', 'flat'],
    'localization.predicted.tp': [[3, 1], [4, 4], null],
    'localization.predicted.fp': [[3, 0], [0, 0], null],
    'localization.predicted.fn': [[0, 2], [0, 0], null],
    'localization.predicted.tn': [[4, 7], [6, 6], null],
    'faithfulness.label.state': ['nan', 'ok', 'ok'],
    'faithfulness.label.morf': [null, flat(protocol, 0.25), flat(protocol, 0.5)],
    'faithfulness.label.lerf': [null, flat(protocol, 0.75), flat(protocol, 0.5)],
  },
})
const standard = stored('standard')

test('counts become a metric at a threshold, over all and at the best', () => {
  const iou = (at: number | 'area' | 'fixed' | 'best') =>
    imageValues(standard, { metric: 'iou', target: 'predicted', at })
  assert.deepEqual(iou(0.2), [1 / 2, 1, null])
  assert.deepEqual(iou(0.6), [1 / 3, 1, null])
  assert.deepEqual(iou('area'), [(1 / 2 + 1 / 3) / 2, 1, null])
  assert.deepEqual(iou('fixed'), iou(0.6))
  assert.deepEqual(iou('best'), iou(0.2))
})

test('curves become a metric', () => {
  const [nan, half, none] = imageValues(standard, { metric: 'abpc', target: 'label' })!
  assert.equal(nan, null)
  assert.ok(Math.abs(half! - 0.5) < 1e-12)
  assert.equal(none, 0)
})

test('the images are those of the protocol: the paper leaves wrong predictions out of localization', () => {
  const paper = stored('paper')
  const [right, wrong] = imageValues(paper, { metric: 'recall', target: 'predicted', at: 0.6 })!
  assert.ok(Math.abs(right! - 1 / 3) < 1e-5)
  assert.equal(wrong, null)
  assert.notEqual(imageValues(paper, { metric: 'abpc', target: 'label' })![1], null)
})

test('a column that is not there is no value', () => {
  assert.equal(imageValues(standard, { metric: 'iou', target: 'label' }), null)
})

test('a threshold that the record does not have is an error', () => {
  assert.throws(() => imageValues(standard, { metric: 'iou', target: 'predicted', at: 0.5 }), MetricError)
})

test('at the fixed threshold a metric is divided as the protocol says', () => {
  const at = 'fixed'
  const [exact] = imageValues(standard, { metric: 'iou', target: 'predicted', at }) ?? []
  const [epsilon] = imageValues(stored('paper'), { metric: 'iou', target: 'predicted', at }) ?? []
  assert.equal(exact, 1 / 3)
  assert.equal(epsilon, (1 + 1e-5) / (3 + 1e-5))
})
