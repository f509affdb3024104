import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../load/records.ts'
import { notAboveChance } from './chance.ts'

const entry = (intervals: Entry['intervals'], method: Partial<Entry['method']> = {}, images = 30) =>
  ({
    status: 'ok',
    intervals,
    images: { index: Array.from({ length: images }, (_, i) => i) },
    method: { control: false, classSpecific: true, ...method },
  }) as unknown as Entry

test('an interval that reaches what a map of nothing has is named with its ends', () => {
  assert.equal(
    notAboveChance(entry({ 'pointing.predicted.roc-auc': [0.41, 0.75] })),
    'Over 30 images, the interval of ROC AUC, 0.41 to 0.75, reaches 0.5',
  )
  assert.match(notAboveChance(entry({ 'discrimination.label.mass-difference': [-0.01, 0.02] })), /mass difference/)
})

test('an interval above chance is nothing to say', () => {
  const good = { 'pointing.predicted.roc-auc': [0.51, 0.9], 'discrimination.label.mass-difference': [0.2, 0.4] }
  assert.equal(notAboveChance(entry(good)), '')
})

test('fewer than 30 images show nothing of a method', () => {
  assert.equal(notAboveChance(entry({ 'pointing.predicted.roc-auc': [0.41, 0.75] }, {}, 29)), '')
})

test('a method is not asked for a class that it does not claim to see, and a control for nothing', () => {
  const blind = { 'discrimination.label.mass-difference': [0, 0] }
  assert.equal(notAboveChance(entry(blind, { classSpecific: false })), '')
  assert.equal(notAboveChance(entry({ 'pointing.predicted.roc-auc': [0.4, 0.6] }, { control: true })), '')
})
