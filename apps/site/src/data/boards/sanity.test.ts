import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../load/records.ts'
import { failedChecks } from './sanity.ts'

const entry = (intervals: Entry['intervals'], method: Partial<Entry['method']> = {}) =>
  ({ intervals, method: { control: false, classSpecific: true, ...method } }) as Entry

test('an interval that holds what a map of nothing has fails', () => {
  assert.equal(failedChecks(entry({ 'pointing.predicted.roc-auc': [0.41, 0.75] })).length, 1)
  assert.equal(failedChecks(entry({ 'discrimination.label.mass-difference': [-0.01, 0.02] })).length, 1)
})

test('an interval above it passes', () => {
  assert.deepEqual(
    failedChecks(
      entry({ 'pointing.predicted.roc-auc': [0.51, 0.9], 'discrimination.label.mass-difference': [0.2, 0.4] }),
    ),
    [],
  )
})

test('a method is not asked for a class that it does not claim to see, and a control for nothing', () => {
  const blind = { 'discrimination.label.mass-difference': [0, 0] }
  assert.deepEqual(failedChecks(entry(blind, { classSpecific: false })), [])
  assert.deepEqual(failedChecks(entry({ 'pointing.predicted.roc-auc': [0.4, 0.6] }, { control: true })), [])
})
