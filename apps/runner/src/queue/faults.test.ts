import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openStore } from '@vitrine/records'
import { Queue } from 'bullmq'
import { newFolder } from '../sweep/testing-bench.ts'
import { numbers } from '../sweep/testing-random.ts'
import { readAddress } from './address.ts'
import { PREFIX, queueOf } from './names.ts'
import { contentsOf, placePlan, placeWorkers, sweepOver } from './testing-fleet.ts'
import { noRedis, startRedis } from './testing-redis.ts'

const program = fileURLToPath(new URL('testing-process.ts', import.meta.url))

const processes = new Set<ChildProcess>()
process.on('exit', () => {
  for (const one of processes) one.kill('SIGKILL')
})

function begin(...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  processes.add(child)
  child.once('exit', () => processes.delete(child))
  return child
}

const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise(resolve => child.once('exit', code => resolve(code)))

const FAULTS = 30
const IMAGES = 500
/** Milliseconds of an image: the faults are over long before the images are. */
const PACE = 300

test(`${FAULTS} random faults of workers, coordinator and queue lose nothing and store nothing twice`, {
  skip: noRedis,
  timeout: 600_000,
}, async t => {
  const file = join(newFolder(), 'vitrine.sqlite')
  await using redis = await startRedis({ file: true })
  const random = numbers(20_261_130)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] ?? assert.fail()
  let named = 0
  const worker = (pace = PACE, deed = 'rows') => begin('work', redis.url, `worker ${++named}`, `${pace}`, deed)
  const coordinator = () => begin('coordinate', redis.url, file, `${IMAGES}`)
  const workers = [worker(), worker()]
  let bench = coordinator()
  const queue = new Queue(queueOf('onnx:cpu'), { connection: readAddress(redis.url).options, prefix: PREFIX })
  queue.on('error', () => {})

  async function killWorker() {
    const at = pick([0, 1])
    workers[at]?.kill('SIGKILL')
    workers[at] = worker()
  }
  async function killCoordinator() {
    bench.kill('SIGKILL')
    await ended(bench)
    bench = coordinator()
  }
  const faults: Readonly<Record<string, () => Promise<void>>> = {
    'a worker is killed': killWorker,
    'the coordinator is killed': killCoordinator,
    async 'both are killed'() {
      await killWorker()
      await killCoordinator()
    },
    'the queue is killed and starts again from its file': () => redis.restart(),
    async 'a worker stands still for longer than its lock, and goes on'() {
      const still = pick(workers)
      still.kill('SIGSTOP')
      globalThis.setTimeout(() => still.kill('SIGCONT'), 5000)
    },
    async 'a worker of another version comes and goes'() {
      const old = worker(0, 'refuse')
      globalThis.setTimeout(() => old.kill('SIGKILL'), 4000)
    },
    async 'tasks end their processes'() {
      const bad = worker(PACE, 'end')
      globalThis.setTimeout(() => bad.kill('SIGKILL'), 4000)
    },
    async 'something else is put on the queue'() {
      await queue.add('measure', { order: 'none of ours' })
    },
    async 'the queue is paused for a while'() {
      await queue.pause()
      globalThis.setTimeout(() => queue.resume().catch(() => {}), 1000)
    },
  }

  const bag: string[] = []
  await setTimeout(2000)
  for (let n = 1; n <= FAULTS; n++) {
    await setTimeout(200 + 1200 * random())
    // Each kind as often as the others, in a random order.
    if (bag.length === 0) bag.push(...Object.keys(faults))
    const [fault = ''] = bag.splice(Math.floor(random() * bag.length), 1)
    t.diagnostic(`${n}: ${fault}`)
    await faults[fault]?.()
  }
  assert.equal(bench.exitCode, null, 'the faults were over before the sweep was')

  // What is left is done by workers in a hurry.
  for (const one of workers) one.kill('SIGKILL')
  for (let k = 0; k < 2; k++) worker(0)
  await queue.resume()
  assert.equal(await ended(bench), 0)
  await queue.close()

  using store = openStore(file, { existing: true })
  using whole = openStore(':memory:')
  await sweepOver(placeWorkers(), whole, await placePlan(IMAGES))
  assert.deepEqual(contentsOf(store), contentsOf(whole))
  for (const one of processes) one.kill('SIGKILL')
})
