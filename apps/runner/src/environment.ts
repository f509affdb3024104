import { availableParallelism, cpus, totalmem } from 'node:os'
import type { RecordHeader } from '@vitrine/records'

/** What a measurement depends on besides the code: stored with every record. */
export function environment(versions: Readonly<Record<string, string>>): RecordHeader['environment'] {
  return {
    node: process.version,
    os: process.platform,
    arch: process.arch,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    versions,
  }
}
