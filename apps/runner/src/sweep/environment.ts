import { availableParallelism, cpus, totalmem } from 'node:os'
import type { RecordHeader } from '@vitrine/records'

/** The machine that measures: stored with every record. */
export function environment(): Omit<RecordHeader['environment'], 'versions'> {
  return {
    node: process.version,
    os: process.platform,
    arch: process.arch,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
  }
}
