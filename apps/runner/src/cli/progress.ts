import { clearStatus, showStatus, tell, tellEvent } from './terminal.ts'

/** Tells on stderr how far a long piece of work has come. */
export interface Progress {
  /** So many more of `total` are done. */
  advance(count: number): void
  /** So many forward passes more were run: work on what is not done yet. */
  passes(count: number): void
  /** A line of its own above the progress. */
  note(text: string): void
  /** How long so many more take at the rate so far, as `, about 20s`; empty where that is not known. */
  pace(count: number): string
  end(): void
}

/** Seconds as `1m 05s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  if (hours > 0) return `${hours}h ${String(minutes).padStart(2, '0')}m`
  return minutes > 0 ? `${minutes}m ${String(rest).padStart(2, '0')}s` : `${rest}s`
}

/**
 * A line with count, rate and time left: rewritten in place on a terminal, in fewer words where it is narrow, and every ten seconds elsewhere.
 * Programs read a line of JSON every ten seconds. `quiet` says nothing.
 */
export function startProgress(label: string, total: number, unit: string, quiet: boolean): Progress {
  const terminal = process.stderr.isTTY === true
  const start = performance.now()
  let [done, passes, lastShown] = [0, 0, start]
  const seconds = () => (performance.now() - start) / 1000
  /** For programs: times in seconds, what is left unknown before the first is done. */
  const counts = () => ({
    ...{ label, unit, done, total, passes, seconds: seconds() },
    left: done === 0 ? null : ((total - done) * seconds()) / done,
  })
  /** From the most words to the fewest. */
  const lines = () => {
    const rate = done / Math.max(seconds(), 1e-9)
    const count = `${done}/${total} ${unit}`
    const run = passes === 0 ? '' : `, ${Math.round(passes).toLocaleString('en')} forward passes`
    const pace = done === 0 ? '' : `, ${rate < 1 ? `${(1 / rate).toFixed(1)} s each` : `${rate.toFixed(1)} ${unit}/s`}`
    const left = done === 0 ? '' : `, ${duration((total - done) / rate)} left`
    return [
      `${label}: ${count}${run}${pace}${left}`,
      `${label}: ${count}${run}${left}`,
      `${label}: ${count}${left}`,
      `${count}${left}`,
    ]
  }
  const show = () => {
    const now = performance.now()
    if (quiet || now - lastShown < (terminal ? 100 : 10_000)) return
    lastShown = now
    if (tellEvent('progress', counts())) return
    if (terminal) showStatus(lines())
    else tell(lines()[0] ?? '')
  }
  return {
    advance(count) {
      done = Math.min(done + count, total)
      show()
    },
    passes(count) {
      passes += count
      show()
    },
    pace(count) {
      return done === 0 ? '' : `, about ${duration((count * seconds()) / done)}`
    },
    note(text) {
      if (!quiet) tell(text)
    },
    end() {
      if (quiet || tellEvent('progress', counts())) return
      clearStatus()
      tell(`${label}: ${done} ${unit} in ${duration(seconds())}`)
    },
  }
}
