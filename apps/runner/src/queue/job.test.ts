import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '@vitrine/metrics'
import { TaskRefusedError } from '../sweep/task.ts'
import { setupFor } from './job.ts'
import type { Order } from './order.ts'

const source = { hash: 'f00', entry: 'mine.ts', files: {} }

function order(dataset: string, kind: string | null, spec = 'icon-vit'): Order {
  return {
    setup: { model: { spec, hash: 'a' }, batch: 2 },
    engine: { id: 'onnx', engine: 'cpu', version: '1' },
    kind,
    task: {
      dataset: { id: dataset, hash: 'b', seed: 0 },
      units: [
        {
          id: 'c',
          method: { id: 'random', options: {}, version: 1, code: null },
          protocol: protocols.paper,
          versions: {},
        },
      ],
      ...{ thresholds: [0.5], seed: 0, groups: [] },
    },
  }
}

const here = {
  roots: { ilsvrc: '/data/ILSVRC', cub: 'cub:/data/CUB', 'vit.pth': '/models/vit.pth' },
  allowCode: false,
  threads: 3,
}

const placeOf = (dataset: string, kind: string | null) => setupFor(order(dataset, kind), here).places.datasets[dataset]

test('a dataset in files is opened where the worker has it, as the kind and the part that were asked for', () => {
  assert.equal(placeOf('ilsvrc', 'ilsvrc'), 'ilsvrc:/data/ILSVRC')
  assert.equal(placeOf('ilsvrc', 'ilsvrc?split=train'), 'ilsvrc:/data/ILSVRC?split=train')
  assert.equal(placeOf('cub', 'cub'), 'cub:/data/CUB')
  assert.equal(placeOf('icon-scenes', null), 'icon-scenes')
})

test('a dataset that the worker was not told of is refused, whatever its name', () => {
  for (const id of ['voc', 'constructor', '__proto__'])
    assert.throws(
      () => placeOf(id, 'voc'),
      new TaskRefusedError(`the dataset ${id}: expected a worker with --roots ${id}=PATH`),
    )
})

test('a model in a file is opened where the worker has it, and else by the same path', () => {
  const specOf = (spec: string) => setupFor(order('icon-scenes', null, spec), here).model.spec
  assert.equal(specOf('/home/me/vit.pth[heads=6]'), '/models/vit.pth[heads=6]')
  assert.equal(specOf('/home/me/other.pth'), '/home/me/other.pth')
  assert.equal(specOf('hf:google/vit.pth'), 'hf:google/vit.pth')
})

test('code of a user is refused without leave, and taken with it', () => {
  const given = order('icon-scenes', null)
  const [unit] = given.task.units
  assert.ok(unit)
  const mine = { ...given, task: { ...given.task, units: [{ ...unit, method: { ...unit.method, source } }] } }
  const metric = { ...given, setup: { ...given.setup, plugins: { metrics: [{ version: 1, source }], readers: [] } } }
  for (const one of [mine, metric]) {
    assert.throws(() => setupFor(one, here), TaskRefusedError)
    assert.equal(setupFor(one, { ...here, allowCode: true }).threads, 3)
  }
})
