import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import { openDataset } from '@vitrine/datasets'
import { explainers, resolveOptions } from '@vitrine/explainers'
import { protocols } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import type { ImageRow } from '@vitrine/records'
import { openModelRun } from './model-run.ts'
import { measureRows, type RowUnit } from './rows.ts'

const backend = await openBackend('onnx:cpu', { threads: 1 })
after(() => backend.dispose())
const run = openModelRun(backend, await openModel('icon-vit'), 1)
after(() => run.dispose())

function unit(id: string, key: string, changed: Record<string, unknown> = {}): RowUnit {
  const explainer = explainers.find(one => one.id === id) ?? assert.fail()
  const options = resolveOptions(id, explainer.options, changed)
  return { id: key, method: { key, explainer, options }, protocol: protocols.full }
}

test('the finer the path of integrated gradients, the smaller the gap, from either baseline; others claim nothing', async () => {
  const units = [
    unit('integrated-gradients', 'coarse', { steps: 2 }),
    unit('integrated-gradients', 'fine', { steps: 60 }),
    unit('integrated-gradients', 'fine from black', { steps: 60, baseline: 'black' }),
    unit('saliency', 'saliency'),
  ]
  const found: ImageRow[] = []
  const options = { thresholds: [0.5], seed: 0, groups: new Set(['completeness'] as const) }
  for await (const rows of measureRows(run, await openDataset('icon-scenes'), units, [{ index: 0, at: 0 }], options))
    found.push(...rows)
  const values = (key: string) => found.find(row => row.unit === key)?.values ?? assert.fail()
  const gap = (key: string) => Number(values(key)['completeness.predicted.completeness-gap'])
  assert.ok(gap('fine') < 0.05 && gap('fine from black') < 0.05, `${gap('fine')}, ${gap('fine from black')}`)
  assert.ok(gap('coarse') > 2 * gap('fine'), `${gap('coarse')}, ${gap('fine')}`)
  assert.deepEqual(
    Object.keys(values('saliency')).filter(name => name.startsWith('completeness.')),
    [],
  )
})
