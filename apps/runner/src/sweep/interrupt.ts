import { killWorkers } from './forked.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What stops when the user, a scheduler or a closed terminal asks for it. */
export interface Interruptible {
  readonly stopped: AbortSignal
  /** Lets signals end the process as usual again. */
  end(): void
}

/**
 * The first signal stops the work in an orderly way; a second one ends this process and all of its workers at once.
 *
 * @param tell says what is waited for
 */
export function interruptible(tell: () => void): Interruptible {
  const interruption = new AbortController()
  const onSignal = (signal: (typeof SIGNALS)[number]) => {
    if (interruption.signal.aborted) {
      killWorkers()
      end()
      process.kill(process.pid, signal)
      return
    }
    interruption.abort()
    tell()
  }
  const end = () => {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal)
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return { stopped: interruption.signal, end }
}
