import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type BirpcReturn, createBirpc } from 'birpc'
import type { Assignment, Begun, Failed, Job, JobEvents } from './job.ts'
import type { JobFacts, WorkerFunctions } from './worker.ts'

/** The process of a job ended before its work did. */
export class WorkerLostError extends Error {
  override readonly name = 'WorkerLostError'
}

/** A job in a process of its own, which is started anew where it is lost. Every other call may throw a WorkerLostError. */
export interface Supervisor extends Omit<Job, 'sweep' | 'finish'> {
  /** Measures records at some positions of a dataset. Where the process is lost, each method goes on alone. */
  sweep(dataset: string, records: readonly Begun[], positions: readonly number[]): Promise<readonly Failed[]>
  /** Sums up records. Those of a process that is lost have failed. */
  finish(dataset: string, records: readonly Begun[]): Promise<readonly Failed[]>
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

  async function sweepApart(
    dataset: string,
    records: readonly Begun[],
    positions: readonly number[],
  ): Promise<Failed[]> {
    const failed: Failed[] = []
    for (const [method, own] of Map.groupBy(records, r => r.method)) {
      if (stopped) break
      try {
        failed.push(...(await (await running()).sweep(dataset, [method], positions)))
      } catch (error) {
        const { message: reason } = asLost(error)
        events.note(`${method} on ${dataset}, ${facts.engine}: ${reason}`)
        failed.push(...own.map(record => ({ ...record, reason })))
      }
    }
    return failed
  }

  return {
    ...facts,
    describe: async dataset => (await running()).describe(dataset),
    begin: async dataset => (await running()).begin(dataset),
    async sweep(dataset, records, positions) {
      try {
        return await (await running()).sweep(dataset, methodsOf(records), positions)
      } catch (error) {
        events.note(`${dataset}, ${facts.engine}: ${asLost(error).message}; each method goes on alone`)
        return sweepApart(dataset, records, positions)
      }
    },
    async finish(dataset, records) {
      try {
        return await (await running()).finish(dataset, methodsOf(records))
      } catch (error) {
        const { message: reason } = asLost(error)
        return records.map(record => ({ ...record, reason }))
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
    // As in the worker: that it is gone, `exit` says.
    post: message => child.send(message, () => {}),
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

const methodsOf = (records: readonly Begun[]): string[] => [...new Set(records.map(({ method }) => method))]

/** The error itself where a process was lost; any other is thrown on. */
function asLost(error: unknown): WorkerLostError {
  if (error instanceof WorkerLostError) return error
  throw error
}
