// `npx -y pnpm@12 test`: the tests of every package, those that nothing has changed for from turbo's cache; at the end their counts, summed.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

const KINDS = ['tests', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const

type Kind = (typeof KINDS)[number]

/** What Node.js counted, by package. */
export type Counts = ReadonlyMap<string, Readonly<Record<Kind, number>>>

const isKind = (word: string): word is Kind => KINDS.some(kind => kind === word)

/** Reads the counts out of turbo's output, in which each line of a package begins with `PACKAGE:test: `. */
export function countsIn(lines: Iterable<string>): Counts {
  const counts = new Map<string, Record<Kind, number>>()
  for (const line of lines) {
    const [, name = '', kind = '', count = ''] =
      /^(\S+):test: ℹ (\w+) (\d+)$/.exec(stripVTControlCharacters(line).trimEnd()) ?? []
    if (!isKind(kind)) continue
    const own = counts.get(name) ?? { tests: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 }
    counts.set(name, { ...own, [kind]: Number(count) })
  }
  return counts
}

/** The closing line, `N passed, N failed, N skipped`, with the exit code. A test that was cancelled has failed, one that is to be written is skipped. */
export function closing(counts: Counts, turbo: number): { readonly line: string; readonly code: number } {
  const sum = (...kinds: readonly Kind[]) =>
    [...counts.values()].reduce((total, own) => total + kinds.reduce((part, kind) => part + own[kind], 0), 0)
  const failed = sum('fail', 'cancelled')
  const line = `${sum('pass')} passed, ${failed} failed, ${sum('skipped', 'todo')} skipped`
  return { line, code: turbo !== 0 || failed > 0 || sum('tests') === 0 ? 1 : 0 }
}

/** Slow variants that a release runs: damaged files in hundreds, sites of thousands of records. */
const FULL = { VITRINE_FAULTS: 'full', VITRINE_SCALE: 'full' }

/** Where Node.js keeps what it has compiled: tests start the command line hundreds of times. */
const COMPILED = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url))

async function main(args: readonly string[]): Promise<number> {
  const full = args.includes('--full')
  // The tests of a package use two cores, so packages come one after the other.
  const given = ['run', 'test', '--concurrency=1', '--continue', ...args.filter(word => word !== '--full')]
  const child = spawn('turbo', given, {
    stdio: ['inherit', 'pipe', 'inherit'],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', NODE_COMPILE_CACHE: COMPILED, ...(full && FULL) },
  })
  const lines: string[] = []
  const reader = createInterface(child.stdout).on('line', line => {
    process.stdout.write(`${line}\n`)
    lines.push(line)
  })
  const read = new Promise<void>(resolve => reader.once('close', resolve))
  const turbo = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve(code ?? 1))
  })
  await read
  const { line, code } = closing(countsIn(lines), turbo)
  process.stdout.write(`\n${line}\n`)
  return code
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
