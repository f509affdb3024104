import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '@vitrine/metrics'
import { choiceOf, openIconRun } from './testing/icon-run.ts'

const { rowsOf } = await openIconRun('icon-scenes', { batch: 1 })

test('the finer the path of integrated gradients, the smaller the gap, from either baseline; others claim nothing', async () => {
  const units = [
    choiceOf('integrated-gradients', 'coarse', { steps: 2 }),
    choiceOf('integrated-gradients', 'fine', { steps: 60 }),
    choiceOf('integrated-gradients', 'fine from black', { steps: 60, baseline: 'black' }),
    choiceOf('saliency'),
  ].map(method => ({ id: method.key, method, protocol: protocols.full }))
  const [found = []] = await rowsOf(units, { groups: new Set(['completeness'] as const) })
  const values = (key: string) => found.find(row => row.unit === key)?.values ?? assert.fail()
  const gap = (key: string) => Number(values(key)['completeness.predicted.completeness-gap'])
  assert.ok(gap('fine') < 0.05 && gap('fine from black') < 0.05, `${gap('fine')}, ${gap('fine from black')}`)
  assert.ok(gap('coarse') > 2 * gap('fine'), `${gap('coarse')}, ${gap('fine')}`)
  assert.deepEqual(
    Object.keys(values('saliency')).filter(name => name.startsWith('completeness.')),
    [],
  )
})
