import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupsOf } from './groups.ts'
import { findProtocol, gridBases, gridProtocol, gridProtocolIds, removalIds } from './protocol-grid.ts'
import { protocols } from './protocols.ts'
import { removalOf } from './removal/remove.ts'

test("a protocol's own removal and classes are the protocol itself, so that its records are those that are there", () => {
  assert.equal(gridProtocol('standard', 'zero', ['predicted', 'label']), protocols.standard)
  assert.equal(gridProtocol('paper', 'zero', ['label']), protocols.paper)
})

test('another removal measures the curves alone, under a name that says it', () => {
  const blur = gridProtocol('standard', 'blur', ['label', 'predicted'])
  assert.equal(blur.id, 'standard-blur')
  assert.deepEqual(groupsOf(blur), ['faithfulness'])
  assert.deepEqual(removalOf(blur), { kind: 'blur', sigma: 12 })
  assert.deepEqual(blur.faithfulness.steps, protocols.standard.faithfulness.steps)
  assert.equal(gridProtocol('paper', 'road', ['predicted']).id, 'paper-road-predicted')
})

test('token drop leaves at least one patch', () => {
  assert.deepEqual(gridProtocol('standard', 'token-drop', ['label']).faithfulness.steps, [0, 0.1, 0.3, 0.5, 0.7, 0.9])
})

test('every protocol of the grid is found by its name, and no two share one', () => {
  // Three sets of classes for each removal of each base, but the base itself.
  assert.equal(gridProtocolIds.length, gridBases.length * (removalIds.length * 3 - 1))
  for (const id of [...gridProtocolIds, ...Object.keys(protocols)]) assert.equal(findProtocol(id)?.id, id)
  assert.equal(findProtocol('standard-fog'), undefined)
})
