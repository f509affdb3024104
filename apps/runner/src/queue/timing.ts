import type { EngineFacts } from '@vitrine/measure'
import { type Job, Queue, QueueEvents, Worker } from 'bullmq'
import { z } from 'zod'
import type { MethodRef, RoundTimes, Transport, WorkerLink } from '../sweep/task.ts'
import { type QueueAddress, QueueError } from './address.ts'
import type { Premises } from './job.ts'
import { callsOf, PREFIX } from './names.ts'
import { methodSchema, type OrderedSetup, setupSchema } from './order.ts'

// Timings are of one machine: the coordinator calls one worker by name, which takes no tasks meanwhile and gives the engine all of its threads.

const callSchema = z.discriminatedUnion('what', [
  z.strictObject({
    what: z.literal('start'),
    session: z.string(),
    engine: z.string(),
    threads: z.int().min(1),
    setup: setupSchema,
    methods: z.array(methodSchema),
  }),
  z.strictObject({ what: z.literal('round'), session: z.string(), round: z.int().min(0) }),
  z.strictObject({ what: z.literal('end'), session: z.string() }),
])

type Call = z.infer<typeof callSchema>

const timesSchema = z.object({ forward: z.number(), methods: z.record(z.string(), z.number()) })

/** Seconds without a call after which a coordinator is taken for gone. */
const FORSAKEN = 600

interface Answering {
  readonly id: string
  readonly premises: Premises
  readonly transport: Transport
  readonly note: (text: string) => void
  /** Ends what else is done on this machine. */
  pause(): Promise<void>
  resume(): Promise<void>
}

/** Answers what is asked of this worker alone. @returns what ends it */
export function answerCalls(address: QueueAddress, at: Answering): () => Promise<void> {
  let current: { readonly session: string; readonly link: WorkerLink } | undefined
  let forsaken: NodeJS.Timeout | undefined

  async function end(): Promise<void> {
    clearTimeout(forsaken)
    current?.link.kill('is not needed any more')
    current = undefined
    await at.resume()
  }

  async function answer(call: Call): Promise<RoundTimes | null> {
    if (current && current.session !== call.session) throw new Error('this worker times methods for another sweep')
    clearTimeout(forsaken)
    forsaken = setTimeout(() => end().catch(() => {}), FORSAKEN * 1000)
    if (call.what === 'end') {
      await end()
      return null
    }
    if (call.what === 'round') {
      if (!current) throw new Error('expected timing to be started before a round, found that it was not')
      return current.link.timeRound(call.round)
    }
    const foreign =
      call.methods.some(({ source }) => source !== undefined) || (call.setup.plugins?.readers.length ?? 0) > 0
    if (foreign && !at.premises.allowCode) throw new Error('a method of its own: expected a worker with --allow-code')
    await at.pause()
    try {
      const { setup, engine, threads } = call
      const places = { datasets: {}, modules: {} }
      const link = await at.transport.start({ ...setup, engine, threads, places }, { rows() {}, passes() {} })
      current?.link.kill('is not needed any more')
      current = { session: call.session, link }
      await link.startTiming(call.methods)
      return null
    } catch (error) {
      await end()
      throw error
    }
  }

  const queue = new Queue(callsOf(at.id), { connection: address.options, prefix: PREFIX })
  const worker = new Worker(callsOf(at.id), async (job: Job) => answer(callSchema.parse(job.data)), {
    ...{ connection: address.options, prefix: PREFIX, maxStalledCount: 0, drainDelay: 2 },
  })
  queue.on('error', () => {})
  worker.on('error', () => {})
  return async () => {
    clearTimeout(forsaken)
    current?.link.kill('is not needed any more')
    await worker.close()
    await queue.obliterate({ force: true }).catch(() => {})
    await queue.close()
  }
}

/** The timing of methods on one worker, as a coordinator calls for it. */
export interface Caller extends Pick<WorkerLink, 'startTiming' | 'timeRound' | 'endTiming'> {
  close(): Promise<void>
}

interface Calling {
  readonly session: string
  /** Seconds that an answer may take. */
  readonly patience: number
  /** Whether the worker is still there. */
  readonly isThere: () => Promise<boolean>
}

/** Seconds between two looks whether a worker that is called is still there. */
const LOOK = 2

export function callWorker(
  address: QueueAddress,
  worker: { readonly id: string; readonly engine: EngineFacts },
  setup: OrderedSetup,
  { session, patience, isThere }: Calling,
): Caller {
  const connection = { connection: address.options, prefix: PREFIX }
  const queue = new Queue(callsOf(worker.id), connection)
  const events = new QueueEvents(callsOf(worker.id), connection)
  queue.on('error', () => {})
  events.on('error', () => {})

  async function call(data: Call): Promise<unknown> {
    const kept = { age: 60, count: 100 }
    await events.waitUntilReady()
    const job = await queue.add(data.what, data, { removeOnComplete: kept, removeOnFail: kept })
    let [look, late]: NodeJS.Timeout[] = []
    const leaving = new Promise<never>((_, reject) => {
      // Not the limit of `waitUntilFinished`: its timer would keep the process when the worker is gone.
      late = setTimeout(() => reject(new Error(`expected an answer within ${patience} s, found none`)), patience * 1000)
      look = setInterval(async () => {
        if (!(await isThere().catch(() => true))) reject(new Error('the worker is gone'))
      }, LOOK * 1000)
    })
    try {
      return await Promise.race([job.waitUntilFinished(events), leaving])
    } catch (error) {
      throw new QueueError(`timing on ${worker.id}: ${error instanceof Error ? error.message : error}`)
    } finally {
      clearTimeout(late)
      clearInterval(look)
    }
  }

  const { id, engine, threads } = worker.engine
  return {
    async startTiming(methods: readonly MethodRef[]) {
      await call({
        ...{ what: 'start', session, setup, engine: `${id}:${engine}`, threads: threads ?? 1 },
        methods: methods.map(method => ({ ...method })),
      })
    },
    timeRound: async round => timesSchema.parse(await call({ what: 'round', session, round })),
    async endTiming() {
      await call({ what: 'end', session })
    },
    async close() {
      // Nobody else removes the queue of a worker that is gone.
      if (!(await isThere().catch(() => true))) await queue.obliterate({ force: true }).catch(() => {})
      await Promise.all([queue.close(), events.close()])
    },
  }
}
