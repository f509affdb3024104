import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { CheckReport } from '../onnx/self-check.ts'

/** Raised when graphs are translated or checked in another way: files are then checked again. */
const VERSION = 2

const folder = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vitrine', 'onnx-checks')

/**
 * The report of a check that was made before, or that of `check`, which is kept. A check that fails is not kept.
 *
 * @param identity what the check is of: the hash of the files, and what was said of them
 */
export async function keptCheck(identity: readonly string[], check: () => Promise<CheckReport>): Promise<CheckReport> {
  const key = createHash('sha256')
    .update(JSON.stringify([VERSION, ...identity]))
    .digest('hex')
  const path = join(folder(), `${key}.json`)
  const known = readReport(path)
  if (known) return known
  const report = await check()
  try {
    mkdirSync(folder(), { recursive: true })
    writeFileSync(`${path}.${process.pid}`, JSON.stringify(report))
    renameSync(`${path}.${process.pid}`, path)
  } catch {
    // A folder that cannot be written costs a check at each opening, and nothing else.
  }
  return report
}

/** A kept report that is whole. */
function readReport(path: string): CheckReport | undefined {
  try {
    const { difference, maxBatch, scores } = JSON.parse(readFileSync(path, 'utf8')) as Partial<CheckReport>
    const isWhole =
      typeof difference === 'number' &&
      (maxBatch === 1 || maxBatch === null) &&
      Array.isArray(scores) &&
      scores.every(rest => typeof rest === 'number')
    return isWhole ? { difference, maxBatch, scores } : undefined
  } catch {
    return undefined
  }
}
