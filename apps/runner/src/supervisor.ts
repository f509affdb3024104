import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type BirpcReturn, createBirpc } from 'birpc'
import type { Assignment, Begun, Job, JobEvents } from './job.ts'
import type { JobFacts, WorkerFunctions } from './worker.ts'

/** The process of a job ended before its work did. */
export class WorkerLostError extends Error {
  override readonly name = 'WorkerLostError'
}

/** A record that the loss of a process left without its images. */
export interface Lost extends Begun {
  readonly reason: string
}

/** A job in a process of its own, which is started anew where it is lost. Every call may throw a WorkerLostError. */
export interface Supervisor extends Omit<Job, 'sweep'> {
  /** Measures the records of a dataset. Where the process is lost, each method goes on alone; answers with what is lost for good. */
  sweep(dataset: string, records: readonly Begun[]): Promise<readonly Lost[]>
}

interface Worker {
  readonly process: ChildProcess
  readonly rpc: BirpcReturn<WorkerFunctions, JobEvents>
  readonly facts: JobFacts
}

export async function superviseJob(assignment: Assignment, events: JobEvents): Promise<Supervisor> {
  let stopped = false
  let worker = await startWorker(assignment, events)
  const { facts } = worker

  const running = async () => {
    if (worker.process.exitCode !== null || worker.process.signalCode !== null)
      worker = await startWorker(assignment, events)
    return worker.rpc
  }

  async function sweepApart(dataset: string, records: readonly Begun[]): Promise<Lost[]> {
    const lost: Lost[] = []
    for (const [method, own] of Map.groupBy(records, r => r.method)) {
      if (stopped) break
      try {
        await (await running()).sweep(dataset, [method])
      } catch (error) {
        const { message: reason } = asLost(error)
        events.note(`${method} on ${dataset}, ${facts.engine}: ${reason}`)
        lost.push(...own.map(record => ({ ...record, reason })))
      }
    }
    return lost
  }

  return {
    ...facts,
    describe: async dataset => (await running()).describe(dataset),
    begin: async dataset => (await running()).begin(dataset),
    async sweep(dataset, records) {
      try {
        await (await running()).sweep(dataset)
        return []
      } catch (error) {
        events.note(`${dataset}, ${facts.engine}: ${asLost(error).message}; each method goes on alone`)
        return sweepApart(dataset, records)
      }
    },
    untimed: async () => (await running()).untimed(),
    startTiming: async methods => (await running()).startTiming(methods),
    timeRound: round => worker.rpc.timeRound(round),
    saveTiming: others => worker.rpc.saveTiming(others),
    stop() {
      stopped = true
      void worker.rpc.stop.asEvent()
    },
    async close() {
      if (!worker.process.connected) return
      await worker.rpc.close()
      worker.process.disconnect()
    },
  }
}

async function startWorker(assignment: Assignment, events: JobEvents): Promise<Worker> {
  const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), {
    serialization: 'advanced',
    // What an engine prints is not the command's result.
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  const rpc = createBirpc<WorkerFunctions, JobEvents>(events, {
    post: message => child.send(message),
    on: listen => child.on('message', listen),
    timeout: -1,
  })
  child.once('exit', (code, signal) => {
    const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}${HINTS[signal] ?? ''}`
    rpc.$close(new WorkerLostError(`the process of ${assignment.model} on ${assignment.backend} ${how}`))
  })
  return { process: child, rpc, facts: await rpc.open(assignment) }
}

const HINTS: Readonly<Record<string, string>> = {
  SIGKILL: ', as the system does where memory runs out',
  SIGABRT: ', as Node.js does where its heap is full',
}

/** The error itself where a process was lost; any other is thrown on. */
function asLost(error: unknown): WorkerLostError {
  if (error instanceof WorkerLostError) return error
  throw error
}
