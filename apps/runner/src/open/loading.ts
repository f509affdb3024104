import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openModel, parseSpec } from '@vitrine/models'

/** What opening a checkpoint or an exported graph takes, in a process of its own. */
export interface Loading {
  readonly seconds: number
  /** Bytes of the file. */
  readonly size: number
  /** Largest memory of the process above that of one that opens nothing, in bytes. */
  readonly memory: number
}

/** @param spec a file, and what is said of it in brackets */
export async function measureLoading(spec: string): Promise<Loading> {
  // What is wrong with a file is said here, and the file is in the system's cache for the measurement.
  await openModel(spec)
  const [empty, opened] = [await child(), await child(spec)]
  const { size } = statSync(parseSpec(spec).place)
  return { seconds: opened.seconds, size, memory: opened.memory - empty.memory }
}

async function child(...args: readonly string[]): Promise<{ readonly seconds: number; readonly memory: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), ...args])
  return JSON.parse(stdout)
}

if (import.meta.main) {
  const start = performance.now()
  const [, , spec] = process.argv
  if (spec !== undefined) await openModel(spec)
  const seconds = (performance.now() - start) / 1000
  process.stdout.write(JSON.stringify({ seconds, memory: 1024 * process.resourceUsage().maxRSS }))
}
