import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columnName, partsOfColumn, targets, targetsOfGroup } from './columns.ts'
import { groupOfColumn, groupsOf, groupVersions, metricGroups } from './groups.ts'
import { metrics } from './metrics.ts'
import { protocols } from './protocols.ts'

test('every group has a version, a whole number from 1', () => {
  for (const [group, version] of Object.entries(groupVersions))
    assert.ok(Number.isInteger(version) && version >= 1, `${group}: ${version}`)
})

test('every metric is of a group, and every group has a metric', () => {
  const used = new Set(Object.values(metrics).map(({ group }) => group))
  assert.deepEqual([...used].sort(), [...metricGroups].sort())
})

test('a protocol stores the groups that it has targets for', () => {
  const sanity: readonly string[] = ['robustness', 'randomisation']
  assert.deepEqual(groupsOf(protocols.paper), ['localization', 'faithfulness'])
  assert.deepEqual(
    groupsOf(protocols.full),
    metricGroups.filter(group => !sanity.includes(group)),
  )
  assert.deepEqual(groupsOf(protocols.sanity), sanity)
  assert.deepEqual(groupsOf(protocols.rise), ['insertion'])
  const more = ['insertion', 'soft-mask', 'effects', 'coherence', 'completeness', 'mosaic', ...sanity]
  assert.deepEqual(
    groupsOf(protocols.standard),
    metricGroups.filter(group => !more.includes(group)),
  )
})

test('pairs of maps are stored under the label, paths under the prediction', () => {
  assert.deepEqual(targetsOfGroup(protocols.standard, 'discrimination'), ['label'])
  assert.deepEqual(targetsOfGroup(protocols.standard, 'frozen'), ['predicted'])
  assert.deepEqual(targetsOfGroup(protocols.standard, 'texture'), ['predicted', 'label'])
})

test('the name of a column says its group, class and part', () => {
  for (const group of metricGroups)
    for (const target of targets) {
      const name = columnName(group, target, 'fine-energy')
      assert.deepEqual(partsOfColumn(name), { group, target, part: 'fine-energy' })
      assert.equal(groupOfColumn(name), group)
    }
})

test('a column of no explained class, or of a group that is not known, has no group', () => {
  for (const name of ['correct', 'distractors', 'map.predicted', 'localization.iou', 'toString.label.x', 'texture'])
    assert.equal(groupOfColumn(name), null, name)
})
