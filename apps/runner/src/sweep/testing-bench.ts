import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openStore, withoutMeasurements } from '@vitrine/records'

// The command line in a process of its own, for tests that disturb it.

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly pid: number
  kill(signal: NodeJS.Signals): void
  /** What it has printed on stderr so far. */
  readonly stderr: string
  readonly finished: Promise<Finished>
}

// A test that fails leaves no process behind.
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts `vitrine …`. */
export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const text = { stdout: '', stderr: '' }
  child.stdout.on('data', chunk => {
    text.stdout += chunk
  })
  child.stderr.on('data', chunk => {
    text.stderr += chunk
  })
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, ...text }))
  })
  return {
    pid: child.pid ?? 0,
    kill: signal => void child.kill(signal),
    get stderr() {
      return text.stderr
    },
    finished,
  }
}

export const run = (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished> => start(args, env).finished

const folders: string[] = []
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A new folder, which is removed at the end. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-faults-'))
  folders.push(folder)
  return folder
}

/** Waits until something holds. */
export async function until(what: string, holds: () => boolean, seconds = 600): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!holds()) {
    if (performance.now() > end) throw new Error(`expected within ${seconds} s: ${what}`)
    await setTimeout(20)
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // One that has ended and that nobody has asked about is still listed.
    return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** The processes that a process has started, oldest first. Linux only. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Images of the first record in a store that another process may be writing. */
export function storedIn(out: string): number {
  try {
    using store = openStore(join(out, 'vitrine.sqlite'), { existing: true })
    const [unit] = store.units()
    return unit ? store.images(unit.id).images.id.length : 0
  } catch {
    return 0
  }
}

/** All that a store holds of its records but times: cells in full precision, and the bytes of maps. */
export function everythingOf(out: string) {
  using store = openStore(join(out, 'vitrine.sqlite'), { existing: true })
  return store
    .units()
    .map(({ id, timed }) => {
      const record = store.record(id)
      if (!record) throw new Error(`${id} is not finished`)
      const maps = ['predicted', 'label', 'other'].map(name => [...store.maps(id, name)].sort(([a], [b]) => a - b))
      return { ...withoutMeasurements(record), timed, maps }
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** The same without engine, machine and hashes of code. */
export const contentsOf = (out: string) =>
  everythingOf(out).map(({ backend: _, provenance: __, ...numbers }) => numbers)

/** Writes a method that is no good into a file; `body` is what its `explain` does, and is given the context. */
export function badMethod(folder: string, id: string, body: string, top = ''): string {
  const file = join(folder, `${id}.ts`)
  writeFileSync(
    file,
    `import { writeFileSync } from 'node:fs'
import { explainer } from '@vitrine/explainers'
${top}
const source = { authors: 'nobody', venue: '', url: 'https://example.org' }
export default explainer({ id: '${id}', name: '${id}', source, family: 'control', classSpecific: false,
  explain({ image, random }) {
    const measuring = image.shape[0] > 1
    const map = random('map', [14, 14])
    ${body}
    return map
  } })
`,
  )
  return file
}
