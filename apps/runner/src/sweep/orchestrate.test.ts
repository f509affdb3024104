import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDataset } from '@vitrine/datasets'
import { protocols } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import { openStore, type Store } from '@vitrine/records'
import { measureModel } from './orchestrate.ts'
import type { SweepPlan, SweepResult } from './plan.ts'
import { smallPlan } from './testing.ts'
import { atMoments, type Fate, fakeTransport, type Moment, momentsOf } from './testing-transport.ts'

const model = await openModel('icon-vit')
const dataset = await openDataset('icon-scenes')
const plan: SweepPlan = {
  ...(await smallPlan('random,center-gaussian', [protocols.paper], { images: 3 })),
  ...{ rounds: 2, processes: 2, engines: ['onnx:cpu', 'tfjs:cpu'] },
  places: { datasets: { 'icon-scenes': 'icon-scenes' }, modules: {} },
}

/** What was said on stderr meanwhile. */
async function heard<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly said: string }> {
  const { write } = process.stderr
  let said = ''
  process.stderr.write = (text: string | Uint8Array) => {
    said += text
    return true
  }
  try {
    return { result: await work(), said }
  } finally {
    process.stderr.write = write
  }
}

interface Measured {
  readonly result: SweepResult
  readonly said: string
}

async function measure(fate: (moment: Moment) => Fate, store: Store = openStore(':memory:')): Promise<Measured> {
  const transport = fakeTransport(fate)
  const { result, said } = await heard(() => measureModel(transport, store, model, [dataset], plan, true))
  assert.ok(result !== 'interrupted')
  assert.equal(transport.open, 0, 'no worker is left behind')
  return { result, said }
}

const statesOf = (store: Store) =>
  store
    .units()
    .map(({ header, status, timed, id }) => {
      const { images } = store.images(id)
      return `${header.backend.id} ${header.method.id} ${status} ${images.id.length} ${timed ? 'timed' : 'untimed'}`
    })
    .sort()

const complete = ['onnx', 'tfjs'].flatMap(engine =>
  ['center-gaussian', 'random'].map(method => `${engine} ${method} ok 3 timed`),
)

test('a worker that is lost once, at any moment from its start to the end of the timing, costs nothing', async () => {
  const moments = await momentsOf(measure)
  assert.deepEqual([...new Set(moments.map(({ what }) => what))].sort(), [
    ...['close', 'describe', 'endTiming', 'measure', 'open', 'round', 'row', 'startTiming'],
  ])
  for (const [n, { what, when }] of moments.entries()) {
    const store = openStore(':memory:')
    const { result } = await measure(atMoments([n]), store)
    assert.deepEqual(statesOf(store), complete, `lost at ${n}: ${when} ${what}`)
    assert.ok(result.complete, `lost at ${n}: ${when} ${what}`)
    store.close()
  }
})

test('timing that is lost for good is said, is no success, and is added by the same command', async () => {
  const store = openStore(':memory:')
  const { result, said } = await measure(
    ({ what, setup }) => (what === 'round' && setup.engine === 'onnx:cpu' ? 'lost' : 'nothing'),
    store,
  )
  assert.ok(!result.complete)
  assert.match(said, /timing random on onnx:cpu: worker \d+ is lost; it has no timing/)
  const untimed = complete.map(line => (line.startsWith('onnx') ? line.replace('timed', 'untimed') : line))
  assert.deepEqual(statesOf(store), untimed)
  const again = await measure(() => 'nothing', store)
  assert.ok(again.result.complete)
  assert.deepEqual(statesOf(store), complete)
})

for (const [what, fate] of [
  ['ends its worker', 'lost'],
  ['throws', new Error('no clock')],
] as const)
  test(`a method that ${what} only while it is timed costs its own timing and no other`, async () => {
    const store = openStore(':memory:')
    // From the second round on.
    let rounds = 0
    const { result, said } = await measure(({ what, when, setup, timed }) => {
      if (what !== 'round' || when !== 'before' || setup.engine !== 'onnx:cpu') return 'nothing'
      return rounds++ > 0 && timed?.includes('random') ? fate : 'nothing'
    }, store)
    assert.ok(!result.complete)
    assert.match(said, /timing random on onnx:cpu: .*; it has no timing/)
    const own = 'onnx random ok 3 '
    assert.deepEqual(
      statesOf(store),
      complete.map(line => (line.startsWith(own) ? `${own}untimed` : line)),
    )
    const [center] = store.units().filter(({ header }) => header.method.id === 'center-gaussian')
    assert.equal(store.record(center?.id ?? '')?.timing?.forward.length, plan.rounds)
    const again = await measure(() => 'nothing', store)
    assert.ok(again.result.complete)
    assert.deepEqual(statesOf(store), complete)
  })

test('an engine whose workers cannot be started any more while it is timed has no timing; the other engine has', async () => {
  const store = openStore(':memory:')
  let rounds = 0
  const { result, said } = await measure(({ what, setup }) => {
    if (setup.engine !== 'onnx:cpu') return 'nothing'
    if (what === 'round') rounds++
    return rounds > 0 && (what === 'round' || what === 'open') ? 'lost' : 'nothing'
  }, store)
  assert.ok(!result.complete)
  assert.match(said, /timing on onnx:cpu: .*; its records have no timing/)
  const untimed = complete.map(line => (line.startsWith('onnx') ? line.replace('timed', 'untimed') : line))
  assert.deepEqual(statesOf(store), untimed)
})

test('an engine whose workers cannot be started is said and is no success; the other engine is measured', async () => {
  const store = openStore(':memory:')
  const { result, said } = await measure(({ setup }) => (setup.engine === 'onnx:cpu' ? 'lost' : 'nothing'), store)
  assert.ok(!result.complete)
  assert.match(said, /worker \d+ is lost/)
  assert.deepEqual(
    statesOf(store),
    complete.filter(line => line.startsWith('tfjs')),
  )
})

test('a store that fails ends the sweep with its error and leaves no worker', async () => {
  for (const method of ['begin', 'saveImages', 'finish', 'saveTiming'] as const) {
    const transport = fakeTransport()
    const store: Store = {
      ...openStore(':memory:'),
      [method]: () => {
        throw new Error(`${method} failed`)
      },
    }
    const work = heard(() => measureModel(transport, store, model, [dataset], plan, true))
    // Opening an engine reports errors that are not the store's as the engine's.
    if (method === 'begin') assert.ok(!((await work).result as SweepResult).complete)
    else await assert.rejects(work, { message: `${method} failed` })
    assert.equal(transport.open, 0)
  }
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  test(`${signal} at any moment ends the sweep in order, and the same command completes it`, async () => {
    const moments = await momentsOf(measure)
    for (let n = 0; n < moments.length; n += 3) {
      const store = openStore(':memory:')
      let number = 0
      const transport = fakeTransport(() => {
        if (number++ === n) process.emit(signal)
        return 'nothing'
      })
      const { result, said } = await heard(() => measureModel(transport, store, model, [dataset], plan, true))
      if (result === 'interrupted') assert.match(said, /Stopping .*; once more to stop at once/)
      assert.equal(transport.open, 0)
      await measure(() => 'nothing', store)
      assert.deepEqual(statesOf(store), complete, `${signal} at ${n}`)
      store.close()
    }
    assert.equal(process.listenerCount(signal), 0, 'signals act as usual again')
  })
