import { readFileSync } from 'node:fs'
import type { BenchRecord } from '@vitrine/records'

/** Records that are kept whole: about as many as one board's, whose files are written one after another. */
const KEPT = 64
const whole = new Map<string, BenchRecord>()

/** The whole record again, from its file, which has been checked. */
export function wholeRecord(file: string): BenchRecord {
  const known = whole.get(file)
  if (known) return known
  const record: BenchRecord = JSON.parse(readFileSync(file, 'utf8'))
  whole.set(file, record)
  const [oldest] = whole.keys()
  if (oldest && whole.size > KEPT) whole.delete(oldest)
  return record
}
