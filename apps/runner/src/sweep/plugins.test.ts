import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { datasetSource, encodePng, openDataset } from '@vitrine/datasets'
import { groupOfMetric, versionsOf } from '@vitrine/measure'
import { protocols } from '@vitrine/metrics'
import { metricSource } from '@vitrine/metrics/template'
import type { ImageRow } from '@vitrine/records'
import { chooseMethods, loadExplainers, methodRef } from '../open/methods.ts'
import { openModel } from '../open/model.ts'
import { loadMetrics, loadReaders } from '../open/plugins.ts'
import { pluginRefs } from './places.ts'
import type { Task } from './task.ts'
import { workplace } from './workplace.ts'

const protocol = protocols.standard

test('a worker that has none of the files opens a dataset and measures with a metric from their sources', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-worker-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [metricFile, readerFile, data] = ['busy.ts', 'reader.ts', 'data'].map(name => join(folder, name))
  assert.ok(metricFile && readerFile && data)
  writeFileSync(metricFile, metricSource('busy-cells', { bundled: false }))
  writeFileSync(readerFile, datasetSource('my-pictures'))
  const scenes = await openDataset('icon-scenes')
  const { image, label, objects } = await scenes.sample(0)
  mkdirSync(join(data, 'images'), { recursive: true })
  writeFileSync(join(data, 'images/0.png'), await encodePng(image))
  writeFileSync(
    join(data, 'labels.csv'),
    `file,class,xmin,ymin\n0.png,${scenes.classNames[label]},${objects[0]?.box}\n`,
  )

  const metrics = await loadMetrics([metricFile])
  const readers = await loadReaders([readerFile])
  const [method] = chooseMethods('random', await loadExplainers([]))
  assert.ok(method)
  const model = await openModel('icon-vit')
  const spec = `my-pictures:${data}`
  const { hash } = await openDataset(spec, { readers })
  const setup = {
    model: { spec: model.spec, hash: model.hash },
    ...{ engine: 'onnx:cpu', threads: 1, batch: 1, plugins: pluginRefs({ metrics, readers }) },
    places: { datasets: { 'my-pictures': spec }, modules: {} },
  }
  const task: Task = {
    dataset: { id: 'my-pictures', hash, seed: 0 },
    units: [{ id: 'a unit', method: methodRef(method), protocol, versions: versionsOf(protocol, metrics) }],
    positions: [{ index: 0, at: 0 }],
    wanted: [0],
    ...{ thresholds: [0.5], seed: 0, groups: metrics.map(({ metric }) => groupOfMetric(metric)) },
  }
  rmSync(metricFile)
  rmSync(readerFile)

  const rows: ImageRow[] = []
  const worker = workplace({ rows: own => void rows.push(...own), passes: () => {} })
  await worker.open(setup)
  await worker.measure(task)
  const names = Object.keys(rows[0]?.values ?? {}).filter(name => name.startsWith('custom.'))
  assert.deepEqual(names.sort(), [
    'custom.label.busy-cells',
    'custom.label.state',
    'custom.predicted.busy-cells',
    'custom.predicted.state',
  ])
  const stale = { ...task.units[0]?.versions, 'custom.busy-cells': 2 }
  const refused = { ...task, units: task.units.map(unit => ({ ...unit, versions: stale })) }
  await assert.rejects(worker.measure(refused), /custom\.busy-cells: expected version 2 of its columns, found 1/)
  await worker.close()
})
