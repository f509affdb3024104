import assert from 'node:assert/strict'
import { getActiveResourcesInfo } from 'node:process'
import { test } from 'node:test'
import { readAddress } from './address.ts'
import { noRedis, startRedis } from './testing-redis.ts'
import { type Caller, callWorker } from './timing.ts'

const timers = (): number => getActiveResourcesInfo().filter(name => name === 'Timeout').length

type How = Pick<Parameters<typeof callWorker>[3], 'patience' | 'isThere'>

const callTo = (id: string, url: string, how: How): Caller =>
  callWorker(
    readAddress(url),
    { id, engine: { id: 'onnx', engine: 'cpu', version: '1', threads: 1 } },
    { model: { spec: 'icon-vit', hash: 'a' }, batch: 2 },
    { session: 'a', ...how },
  )

test('a worker that is gone answers no call, and the process does not wait for it', { skip: noRedis }, async () => {
  await using redis = await startRedis()
  const caller = callTo('gone', redis.url, { patience: 3600, isThere: async () => false })
  await assert.rejects(caller.timeRound(0), /timing on gone: the worker is gone/)
  await caller.close()
  assert.equal(timers(), 0)
})

test('a worker that does not answer is waited for as long as is asked', { skip: noRedis }, async () => {
  await using redis = await startRedis()
  const caller = callTo('busy', redis.url, { patience: 1, isThere: async () => true })
  await assert.rejects(caller.timeRound(0), /timing on busy: expected an answer within 1 s, found none/)
  await caller.close()
})
