import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const astro = join(dirname(createRequire(import.meta.url).resolve('astro/package.json')), 'bin/astro.mjs')

/** Bytes that a build may take, of thousands of records too. */
export const MOST_MEMORY = 2.6e9

export interface Built {
  readonly code: number | null
  readonly output: string
  readonly seconds: number
  /** Of the processor, all threads. */
  readonly cpuSeconds: number
  /** The greatest resident set, in bytes. */
  readonly memory: number
}

/** Builds the site from the records in `results` into `outDir`, in a process of its own. */
export function buildSite(results: string, outDir: string, variables: NodeJS.ProcessEnv = {}): Promise<Built> {
  const started = performance.now()
  const measure = "process.on('exit', () => process.send?.(process.resourceUsage()))"
  const child = spawn(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(measure)}`,
      astro,
      'build',
      '--root',
      root,
      '--outDir',
      outDir,
    ],
    {
      // Astro keeps its drafts in the current folder where that holds `outDir`; builds side by side must not share them.
      cwd: dirname(outDir),
      env: {
        ...process.env,
        VITRINE_RESULTS: results,
        ASTRO_TELEMETRY_DISABLED: '1',
        NODE_TEST_CONTEXT: undefined,
        ...variables,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  )
  let output = ''
  let used = { maxRSS: 0, userCPUTime: 0, systemCPUTime: 0 }
  child.stdout?.on('data', data => {
    output += data
  })
  child.stderr?.on('data', data => {
    output += data
  })
  child.on('message', message => {
    used = message as typeof used
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code =>
      resolve({
        code,
        output,
        seconds: (performance.now() - started) / 1000,
        cpuSeconds: (used.userCPUTime + used.systemCPUTime) / 1e6,
        memory: used.maxRSS * 1024,
      }),
    )
  })
}
