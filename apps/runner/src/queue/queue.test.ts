import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStore } from '@vitrine/records'
import { Queue } from 'bullmq'
import { environment } from '../sweep/environment.ts'
import type { Transport } from '../sweep/task.ts'
import { connect, readAddress } from './address.ts'
import { drain, pause, retry, statusOf } from './manage.ts'
import { PREFIX, queueOf } from './names.ts'
import { contentsOf, coordinate, type Deed, placePlan, placeWorkers, startWorker, sweepOver } from './testing-fleet.ts'
import { noRedis, startRedis } from './testing-redis.ts'

// Coordinator and workers of this process on a Redis of their own; what is measured is made up, the queue and the store are real.

const options = { skip: noRedis, timeout: 120_000 }

/** What one process stores of the same sweep. */
async function alone(images: number, rounds = 0) {
  using store = openStore(':memory:')
  await sweepOver(placeWorkers(), store, await placePlan(images, rounds))
  return contentsOf(store)
}

const queueAt = (url: string) =>
  new Queue(queueOf('onnx:cpu'), { connection: readAddress(url).options, prefix: PREFIX })

test('workers on a queue leave the same store as one process, timing included', options, async () => {
  await using redis = await startRedis()
  await using _first = await startWorker(redis.url, 'first')
  await using _second = await startWorker(redis.url, 'second', { host: 'another machine' })
  using store = openStore(':memory:')
  const { result } = await coordinate(redis.url, store, await placePlan(20, 2))
  assert.ok(result !== 'interrupted' && result.complete)
  assert.deepEqual(contentsOf(store), await alone(20, 2))
  const queue = queueAt(redis.url)
  assert.deepEqual(await queue.getJobCounts('wait', 'active', 'completed', 'failed', 'delayed'), {
    ...{ wait: 0, active: 0, completed: 0, failed: 0, delayed: 0 },
  })
  await queue.close()
})

test('a worker that starts after the coordinator is waited for', options, async () => {
  await using redis = await startRedis()
  using store = openStore(':memory:')
  const running = coordinate(redis.url, store, await placePlan(4))
  await new Promise(resolve => setTimeout(resolve, 1500))
  await using _late = await startWorker(redis.url, 'late')
  const { said } = await running
  assert.match(said[0] ?? '', /Waiting for a worker of onnx:cpu on redis:\/\/127\.0\.0\.1/)
  assert.deepEqual(contentsOf(store), await alone(4))
})

test('the queue never holds more tasks than the window', options, async () => {
  await using redis = await startRedis()
  await using _one = await startWorker(redis.url, 'one', { transport: placeWorkers({ pace: 20 }) })
  using store = openStore(':memory:')
  const queue = queueAt(redis.url)
  let most = 0
  let over = false
  const watch = (async () => {
    while (!over)
      most = Math.max(most, await queue.getJobCountByTypes('wait', 'active', 'completed', 'delayed', 'failed'))
  })()
  await coordinate(redis.url, store, await placePlan(40), { window: 3 })
  over = true
  await watch
  await queue.close()
  assert.equal(most, 3)
})

/** What is stored of each method where a task of `center-gaussian` meets its fate. */
async function outcomes(deed: Deed) {
  const redis = await startRedis()
  await using _redis = redis
  const culprit = (methods: readonly string[]): Deed => (methods.includes('center-gaussian') ? deed : 'rows')
  await using one = await startWorker(redis.url, 'one', { transport: placeWorkers({ deed: culprit }) })
  using store = openStore(':memory:')
  await coordinate(redis.url, store, await placePlan(2))
  const queue = queueAt(redis.url)
  const parked = (await queue.getFailed()).map(({ failedReason, attemptsMade }) => ({ failedReason, attemptsMade }))
  await queue.close()
  const units = contentsOf(store).map(({ header, status, reason }) => [header.method.id, status, reason])
  return { units: units.sort(), parked, said: one.said }
}

test('a method that throws costs its own rows, and its task is parked with the reason', options, async () => {
  const { units, parked } = await outcomes('throw')
  assert.deepEqual(units, [
    ['center-gaussian', 'failed', 'no idea'],
    ['random', 'ok', null],
  ])
  assert.deepEqual(parked, [{ failedReason: 'no idea', attemptsMade: 1 }])
})

test('a task that ends three processes is parked, and costs its own rows', options, async () => {
  const { units, parked } = await outcomes('end')
  assert.deepEqual(units, [
    ['center-gaussian', 'failed', 'the process was ended by SIGKILL'],
    ['random', 'ok', null],
  ])
  assert.deepEqual(parked, [{ failedReason: 'the process was ended by SIGKILL', attemptsMade: 3 }])
})

test('a worker of another version refuses what it cannot do and says why; the others do it', options, async () => {
  await using redis = await startRedis()
  await using old = await startWorker(redis.url, 'old', { transport: placeWorkers({ deed: () => 'refuse' }) })
  await using _new = await startWorker(redis.url, 'new', { transport: placeWorkers({ pace: 5 }) })
  using store = openStore(':memory:')
  await coordinate(redis.url, store, await placePlan(12))
  assert.deepEqual(contentsOf(store), await alone(12))
  assert.deepEqual(old.said, ['Refused: pipeline: expected version 2 of its columns, found 1'])
})

test('rows of an image larger than a chunk arrive whole', options, async () => {
  await using redis = await startRedis()
  const transport = placeWorkers({ bytes: 700_000 })
  await using _one = await startWorker(redis.url, 'one', { transport })
  using store = openStore(':memory:')
  await coordinate(redis.url, store, await placePlan(2))
  using expected = openStore(':memory:')
  await sweepOver(transport, expected, await placePlan(2))
  assert.deepEqual(contentsOf(store), contentsOf(expected))
})

test('what is no task of ours is parked, and nothing waits for it', options, async () => {
  await using redis = await startRedis()
  const queue = queueAt(redis.url)
  await queue.addBulk([
    { name: 'measure', data: { order: '../../etc' } },
    { name: 'other', data: 'a text' },
    { name: 'measure', data: { order: 'f00', sweep: 'x', positions: [{ index: 0, at: 0 }], wanted: [0] } },
  ])
  await using _one = await startWorker(redis.url, 'one')
  using store = openStore(':memory:')
  await coordinate(redis.url, store, await placePlan(4))
  assert.deepEqual(contentsOf(store), await alone(4))
  const reasons = (await queue.getFailed()).map(({ failedReason }) => failedReason)
  await queue.close()
  assert.equal(reasons.length, 3)
  for (const reason of reasons) assert.match(reason, /expected (a task|the order)/)
})

test('methods of one comparison are timed on one machine: another one times none of them', options, async () => {
  await using redis = await startRedis()
  using store = openStore(':memory:')
  const timedOn = [environment()]
  const timed = () =>
    contentsOf(store)
      .map(({ header, timed }) => [header.method.id, timed])
      .sort()
  {
    await using _here = await startWorker(redis.url, 'here')
    await coordinate(redis.url, store, await placePlan(2, 1, 'random'), { timedOn })
  }
  {
    await using _there = await startWorker(redis.url, 'there', { machine: { ...environment(), cpu: 'another' } })
    const { result } = await coordinate(redis.url, store, await placePlan(2, 1), { timedOn })
    assert.ok(result !== 'interrupted' && !result.complete)
    assert.deepEqual(timed(), [
      ['center-gaussian', false],
      ['random', true],
    ])
  }
})

test('timing is asked of the next worker where the first one leaves or refuses', options, async () => {
  await using redis = await startRedis()
  const able = placeWorkers({ pace: 20 })
  const refusing: Transport = {
    async start(setup, events) {
      const link = await able.start(setup, events)
      return { ...link, startTiming: () => Promise.reject(new Error('no memory')) }
    },
  }
  // Both do tasks, and the first one by name is asked first.
  await using _first = await startWorker(redis.url, 'a refusing one', { transport: refusing })
  await using _second = await startWorker(redis.url, 'second', { transport: able })
  using store = openStore(':memory:')
  const { result } = await coordinate(redis.url, store, await placePlan(12, 2))
  assert.ok(result !== 'interrupted' && result.complete)
})

test('parked tasks are offered again by hand, and a drained queue is empty', options, async () => {
  await using redis = await startRedis()
  const address = readAddress(redis.url)
  const client = await connect(address, () => {})
  const queue = queueAt(redis.url)
  await queue.addBulk(Array.from({ length: 3 }, (_, i) => ({ name: 'measure', data: { order: `none ${i}` } })))
  await using _one = await startWorker(redis.url, 'one')
  const parked = async () => (await statusOf(address, client)).queues[0]?.parked
  while ((await parked()) !== 3) await new Promise(resolve => setTimeout(resolve, 20))
  await pause(address, client)
  assert.equal(await retry(address, client), 3)
  const { queues, workers } = await statusOf(address, client)
  assert.deepEqual(queues, [
    { engine: 'onnx:cpu', latest: [], paused: true, waiting: 3, active: 0, done: 0, parked: 0 },
  ])
  assert.deepEqual(
    workers.map(({ id }) => id),
    ['one'],
  )
  assert.equal(await drain(address, client), 3)
  assert.equal((await statusOf(address, client)).queues[0]?.waiting, 0)
  await queue.close()
  client.disconnect()
})

test('a queue that starts anew and empty is filled again', options, async () => {
  await using redis = await startRedis()
  await using _one = await startWorker(redis.url, 'one', { transport: placeWorkers({ pace: 60 }) })
  using store = openStore(':memory:')
  const running = coordinate(redis.url, store, await placePlan(24))
  while (store.units().every(({ id }) => store.images(id).images.id.length < 4))
    await new Promise(resolve => setTimeout(resolve, 20))
  await redis.restart()
  await running
  assert.deepEqual(contentsOf(store), await alone(24))
})

test('a sweep that goes on keeps the version of the engine that it began with', options, async () => {
  await using redis = await startRedis()
  const version = (text: string) => [{ id: 'onnx', engine: 'cpu', version: text, threads: 2 }]
  const known = version('2')
  await using old = await startWorker(redis.url, 'a', { engines: version('1') })
  const upgraded = placeWorkers({ version: '2' })
  await using _new = await startWorker(redis.url, 'b', { engines: version('2'), transport: upgraded })
  using store = openStore(':memory:')
  await coordinate(redis.url, store, await placePlan(6), { known })
  const versions = contentsOf(store).map(({ header, status }) => [header.backend.version, status])
  assert.deepEqual(versions, [
    ['2', 'ok'],
    ['2', 'ok'],
  ])
  for (const said of old.said) assert.match(said, /onnx:cpu: expected the version 2, found 1/)
})
