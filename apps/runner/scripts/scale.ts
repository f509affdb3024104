// How a sweep on a queue grows: a real queue, a real store, real coordinator and workers, and an engine that only waits. docs/scale.md has what it
// printed.
//
//   node apps/runner/scripts/scale.ts --images 50000 --methods random,agcam --workers 16 --seconds 0.1
//
// `--seconds` is what an image takes a worker; `--until` ends the run after so many seconds, for the pace of a sweep that is never finished.
// `--plan` stops when the first task could be put on the queue. Needs redis-server.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openDataset } from '@vitrine/datasets'
import { sliceOf } from '@vitrine/measure'
import { protocols } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import { encodeMap, type ImageRow, openStore, readRecord } from '@vitrine/records'
import { Redis } from 'ioredis'
import { connect, readAddress } from '../src/queue/address.ts'
import { startRedis } from '../src/queue/testing-redis.ts'
import { queuedWorkers } from '../src/queue/transport.ts'
import { work } from '../src/queue/work.ts'
import { environment } from '../src/sweep/environment.ts'
import { measureModel } from '../src/sweep/orchestrate.ts'
import { type Transport, WorkerLostError } from '../src/sweep/task.ts'
import { smallPlan } from '../src/sweep/testing.ts'

/** Rows as large as those of a real record: its columns, with other numbers in its map. */
function rowsLike(file: string): (unit: string, index: number) => ImageRow {
  const { images, columns } = readRecord(file)
  const names = Object.keys(columns)
  // Made once: the engine is to wait, and the workers of a simulation share few cores.
  const rows = images.id.map((_, k) => {
    const map = Float32Array.from({ length: 196 }, (_, i) => Math.sin(i * 0.7) + Math.sin(k * 31 + i * 17) / 3)
    const values = Object.fromEntries(names.map(name => [name, columns[name]?.[k] ?? null]))
    return { values: { ...values, 'map.predicted': { ...encodeMap(map, 14, 14) } }, maps: { predicted: map } }
  })
  return (unit, index) => ({
    ...{ unit, index, id: `image ${index}`, label: 1, predicted: 1, probability: 0.5 },
    ...(rows[index % rows.length] ?? { values: {} }),
  })
}

const record = fileURLToPath(
  new URL('../../../results/icon-vit/icon-scenes/standard/agcam.onnx-cpu.json', import.meta.url),
)

/** An engine that waits. */
function waiting(seconds: number): Transport {
  const row = rowsLike(record)
  return {
    async start(setup, events) {
      const [id = '', engine = ''] = setup.engine.split(':')
      let lost = false
      return {
        facts: { engine: { id, engine, version: '1', threads: 1 }, unavailable: undefined },
        get lost() {
          return lost
        },
        kill() {
          lost = true
        },
        describe: async methods =>
          methods.map(({ id, options }) => ({
            ...{ key: `${id} ${JSON.stringify(options)}`, program: 'p', relativeFlops: 1, unsupported: undefined },
          })),
        async measure({ units, wanted }) {
          for (const index of wanted) {
            await setTimeout(seconds * 1000)
            if (lost) throw new WorkerLostError('was ended')
            events.passes(1)
            events.rows(units.map(unit => row(unit.id, index)))
          }
        },
        async stop() {},
        async startTiming() {},
        timeRound: async () => ({ forward: 1, methods: {} }),
        async endTiming() {},
        async close() {},
      }
    },
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20)

/** Memory of another process. Linux only. */
function residentOf(pid: number): number {
  const pages = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]
  return Number(pages) * 4096
}

async function runWorker(url: string, seconds: number, name: string): Promise<void> {
  const address = readAddress(url)
  const client = await connect(address, () => {})
  await work(address, client, {
    ...{ id: name, host: name, machine: environment(), concurrency: 1, lock: 30, note() {} },
    engines: [{ id: 'onnx', engine: 'cpu', version: '1', threads: 1 }],
    premises: { roots: {}, allowCode: false, threads: 1 },
    transport: waiting(seconds),
    stopped: new AbortController().signal,
  })
}

async function coordinate(args: Args): Promise<void> {
  await using redis = await startRedis()
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-scale-'))
  const program = fileURLToPath(import.meta.url)
  const workers = Array.from(
    { length: args.workers },
    (_, i): ChildProcess =>
      spawn(process.execPath, [program, '--work', redis.url, '--name', `${i}`, '--seconds', `${args.seconds}`], {
        stdio: ['ignore', 'ignore', 'inherit'],
      }),
  )
  const file = join(folder, 'vitrine.sqlite')
  using store = openStore(file)
  const address = readAddress(redis.url)
  const client = await connect(address, () => {})
  const [model, dataset] = [await openModel('icon-vit'), await openDataset('icon-scenes')]
  const plan = {
    ...(await smallPlan(args.methods, [protocols.standard, protocols.paper].slice(0, args.protocols), { images: 1 })),
    ...{ batch: 6, rounds: 0, slice: sliceOf(args.images, { index: 1, of: 1 }, 6) },
    places: { datasets: { 'icon-scenes': 'icon-scenes' }, modules: {} },
  }
  const transport = queuedWorkers(address, client, {
    ...{
      sweep: 'scale',
      window: args.window,
      patience: 60,
      timedOn: [],
      known: [],
      local: waiting(0),
      note() {},
      crew() {},
    },
  })
  const probe = new Redis(address.options)
  let [images, latest] = [0, 0]
  let begun: { readonly at: number; readonly cpu: NodeJS.CpuUsage; readonly images: number } | undefined
  const sample = async (last = false) => {
    const info = await probe.info('memory')
    // Up to the last rows: between tasks nothing is measured that could be counted.
    const now = latest
    if (!begun) return
    const seconds = (now - begun.at) / 1000
    const cpu = process.cpuUsage(begun.cpu)
    const line = {
      ...{ workers: args.workers, images, seconds: Math.round(seconds) },
      pace: Number(((images - begun.images) / seconds).toFixed(3)),
      coordinator: megabytes(process.memoryUsage.rss()),
      cpu: Number(((cpu.user + cpu.system) / 1e6 / seconds).toFixed(3)),
      cpuPerImage: Number(((cpu.user + cpu.system) / 1e3 / Math.max(1, images - begun.images)).toFixed(2)),
      worker: workers[0]?.pid ? megabytes(residentOf(workers[0].pid)) : 0,
      redis: megabytes(Number(/used_memory:(\d+)/.exec(info)?.[1])),
      store: megabytes(statSync(file).size),
    }
    process.stdout.write(`${JSON.stringify({ ...line, last })}\n`)
  }
  // Images are counted where they are stored. The pace is that after the first tasks of all workers.
  const unitsOf = plan.methods.length * args.protocols
  const counted = {
    ...store,
    saveImages(rows: readonly ImageRow[]) {
      store.saveImages(rows)
      images += rows.length / unitsOf
      latest = performance.now()
      if (!begun && (args.plan || images >= 6 * args.workers)) begun = { at: latest, cpu: process.cpuUsage(), images }
    },
  }
  const timer = setInterval(() => sample().catch(() => {}), args.every * 1000)
  const planned = performance.now()
  const sweep = measureModel(transport, counted, model, [{ ...dataset, size: args.images }], plan, true)
  if (args.plan) {
    while (images === 0) await setTimeout(200)
    process.stdout.write(`planned in ${Math.round(performance.now() - planned)} ms\n`)
  }
  await Promise.race([sweep, setTimeout(args.until * 1000)])
  await sample(true)
  clearInterval(timer)
  for (const one of workers) one.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
  await redis[Symbol.asyncDispose]()
  process.exit(0)
}

const { values } = parseArgs({
  options: {
    ...{ images: { type: 'string', default: '50000' }, methods: { type: 'string', default: 'random,agcam' } },
    ...{ protocols: { type: 'string', default: '1' }, workers: { type: 'string', default: '4' } },
    ...{ seconds: { type: 'string', default: '0.1' }, until: { type: 'string', default: '3600' } },
    ...{ every: { type: 'string', default: '10' }, window: { type: 'string', default: '64' } },
    ...{ plan: { type: 'boolean', default: false }, work: { type: 'string' }, name: { type: 'string', default: '' } },
  },
})

interface Args {
  readonly images: number
  readonly methods: string
  readonly protocols: number
  readonly workers: number
  readonly seconds: number
  readonly until: number
  readonly every: number
  readonly window: number
  readonly plan: boolean
}

if (values.work !== undefined) await runWorker(values.work, Number(values.seconds), values.name)
else
  await coordinate({
    ...{ images: Number(values.images), methods: values.methods, protocols: Number(values.protocols) },
    ...{ workers: Number(values.workers), seconds: Number(values.seconds), until: Number(values.until) },
    ...{ every: Number(values.every), window: Number(values.window), plan: values.plan },
  })
