import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createBirpc } from 'birpc'
import { QUEUE_VARIABLE } from '../queue/names.ts'
import {
  TaskRefusedError,
  type Transport,
  type WorkerEvents,
  type WorkerFunctions,
  type WorkerLink,
  WorkerLostError,
} from './task.ts'

export interface ForkedOptions {
  /** Seconds without a sign of life, a forward pass or an answer, after which a worker is ended. */
  readonly patience: number
}

/** Seconds that a worker has to open a model and an engine, at the least: no method runs meanwhile. */
const OPENING = 60
/** Seconds that a worker has to end by itself once it is not needed. */
const FAREWELL = 5

const children = new Set<ChildProcess>()

/** Ends every worker process at once. */
export function killWorkers(): void {
  for (const child of children) child.kill('SIGKILL')
}

// Whatever ends this process, no worker stays behind.
process.on('exit', killWorkers)

/** Workers that are processes of this machine. */
export function forkedWorkers({ patience }: ForkedOptions): Transport {
  return {
    async start(setup, events) {
      const what = `the process of ${setup.model.spec} on ${setup.engine}`
      const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), [String(process.pid)], {
        serialization: 'advanced',
        // A method of a user's own has no business with the queue, nor with its password.
        env: { ...process.env, [QUEUE_VARIABLE]: undefined },
        // What an engine or a method prints is not the command's result.
        stdio: ['ignore', 2, 2, 'ipc'],
      })
      children.add(child)
      let silence = 0
      const alive = () => {
        silence = 0
      }
      const heard: WorkerEvents = {
        rows(rows) {
          alive()
          events.rows(rows)
        },
        passes(count) {
          alive()
          events.passes(count)
        },
      }
      const rpc = createBirpc<WorkerFunctions, WorkerEvents>(heard, {
        // Errors of sending are ignored: `exit` says that the worker is gone.
        post: message => child.send(message, () => {}),
        on: listen => child.on('message', listen),
        timeout: -1,
      })
      let lost: WorkerLostError | undefined
      let reason: string | undefined
      let silent = false
      const lose = (how: string) => {
        lost ??= new WorkerLostError(`${what} ${reason ?? how}`, { silent })
        children.delete(child)
      }
      const refuse = () => rpc.$close(lost)
      child.once('error', error => {
        lose(`could not be started: ${error.message}`)
        refuse()
      })
      child.once('exit', (code, signal) =>
        lose(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}${HINTS[signal] ?? ''}`),
      )
      // After `exit`, once everything that it sent has been read.
      child.once('close', refuse)
      const kill = (why: string) => {
        reason ??= why
        child.kill('SIGKILL')
      }

      /** Waits for an answer, and ends a worker that gives no sign of life for too long. */
      async function patiently<T>(call: () => Promise<T>, limit = patience): Promise<T> {
        if (lost) throw lost
        alive()
        // Counted in ticks and not by the clock: while this process is busy or asleep, it hears no worker.
        const tick = Math.min(1, limit / 4)
        const timer = setInterval(() => {
          silence += tick
          if (silence <= limit) return
          silent = true
          const option = limit === patience ? ' (--patience)' : ''
          kill(`ran no forward pass and gave no answer for ${limit} s${option} and was ended`)
        }, 1000 * tick)
        try {
          return await call()
        } catch (error) {
          throw error instanceof Error && error.cause === TaskRefusedError.name
            ? new TaskRefusedError(error.message)
            : error
        } finally {
          clearInterval(timer)
        }
      }

      try {
        const facts = await patiently(() => rpc.open(setup), Math.max(patience, OPENING))
        return {
          facts,
          get lost() {
            return lost !== undefined
          },
          kill,
          describe: methods => patiently(() => rpc.describe(methods)),
          measure: task => patiently(() => rpc.measure(task)),
          async stop() {
            if (!lost) await rpc.stop.asEvent()
          },
          startTiming: methods => patiently(() => rpc.startTiming(methods)),
          timeRound: round => patiently(() => rpc.timeRound(round)),
          endTiming: () => patiently(() => rpc.endTiming()),
          async close() {
            if (lost) return
            await patiently(() => rpc.close(), Math.min(patience, FAREWELL)).catch(() => {})
            if (child.connected) child.disconnect()
            const late = setTimeout(() => child.kill('SIGKILL'), FAREWELL * 1000)
            child.once('exit', () => clearTimeout(late))
          },
        } satisfies WorkerLink
      } catch (error) {
        kill('could not be opened')
        throw error
      }
    },
  }
}

const HINTS: Readonly<Record<string, string>> = {
  SIGKILL: ', as the system does where memory runs out',
  SIGABRT: ', as Node.js does where its heap is full',
}
