import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createBirpc } from 'birpc'
import { type Transport, type WorkerEvents, type WorkerFunctions, type WorkerLink, WorkerLostError } from './task.ts'

export interface ForkedOptions {
  /** Seconds without a sign of life, a forward pass or an answer, after which a worker is ended. */
  readonly patience: number
}

const children = new Set<ChildProcess>()

// Whatever ends this process, no worker stays behind.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Ends every worker process at once. */
export function killWorkers(): void {
  for (const child of children) child.kill('SIGKILL')
}

/** Workers that are processes of this machine. */
export function forkedWorkers({ patience }: ForkedOptions): Transport {
  return {
    async start(setup, events) {
      const what = `the process of ${setup.model.spec} on ${setup.engine}`
      const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), {
        serialization: 'advanced',
        // What an engine prints is not the command's result.
        stdio: ['ignore', 2, 2, 'ipc'],
      })
      children.add(child)
      let lastSign = performance.now()
      const alive = () => {
        lastSign = performance.now()
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
      let lost = false
      let reason: string | undefined
      const lose = (how: string) => {
        lost = true
        children.delete(child)
        rpc.$close(new WorkerLostError(`${what} ${reason ?? how}`))
      }
      child.once('error', error => lose(`could not be started: ${error.message}`))
      child.once('exit', (code, signal) =>
        lose(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}${HINTS[signal] ?? ''}`),
      )
      const kill = (why: string) => {
        reason ??= why
        child.kill('SIGKILL')
      }

      /** Waits for an answer, and ends a worker that gives no sign of life for too long. */
      async function patiently<T>(call: () => Promise<T>): Promise<T> {
        if (lost) throw new WorkerLostError(`${what} ${reason ?? 'is gone'}`)
        alive()
        const timer = setInterval(
          () => {
            const seconds = (performance.now() - lastSign) / 1000
            if (seconds > patience)
              kill(`ran no forward pass and gave no answer for ${patience} s (--patience) and was ended`)
          },
          Math.min(1000, 250 * patience),
        )
        try {
          return await call()
        } finally {
          clearInterval(timer)
        }
      }

      try {
        const facts = await patiently(() => rpc.open(setup))
        return {
          facts,
          get lost() {
            return lost
          },
          kill,
          describe: methods => patiently(() => rpc.describe(methods)),
          measure: task => patiently(() => rpc.measure(task)),
          stop: async () => void rpc.stop.asEvent(),
          startTiming: methods => patiently(() => rpc.startTiming(methods)),
          timeRound: round => patiently(() => rpc.timeRound(round)),
          endTiming: () => patiently(() => rpc.endTiming()),
          async close() {
            if (lost) return
            await patiently(() => rpc.close()).catch(() => {})
            if (child.connected) child.disconnect()
            children.delete(child)
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
