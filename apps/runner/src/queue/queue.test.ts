import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStore } from '@vitrine/records'
import { Queue } from 'bullmq'
import { readAddress } from './address.ts'
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
