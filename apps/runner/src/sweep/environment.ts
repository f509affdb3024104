import { availableParallelism, cpus, totalmem } from 'node:os'
import type { RecordHeader } from '@vitrine/records'

/** The machine that measures, as records name it. */
export type Machine = Omit<RecordHeader['environment'], 'versions'>

/** This machine: stored with every record. */
export function environment(): Machine {
  return {
    node: process.version,
    os: process.platform,
    arch: process.arch,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
  }
}

/** Whether two machines are of the same kind, so that their timings can be compared. */
export const sameMachine = (a: Machine, b: Machine): boolean =>
  a.cpu === b.cpu &&
  a.cores === b.cores &&
  a.memory === b.memory &&
  a.arch === b.arch &&
  a.os === b.os &&
  a.node === b.node

/** A machine in words. */
export const machineName = ({ cpu, cores, memory }: Machine): string =>
  `${cpu}, ${cores} cores, ${Math.round(memory / 2 ** 30)} GiB`
