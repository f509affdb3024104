import { type Stats, statSync } from 'node:fs'
import { RecordError } from '../record/errors.ts'
import { guarded } from './faults.ts'

/**
 * The size of a regular file in bytes; `undefined` where there is no file. Reading a pipe or a device may never end.
 *
 * @throws {RecordError} for a folder, a pipe, a device, a socket
 */
export function sizeOfFile(file: string): number | undefined {
  const stats = guarded(file, () => statSync(file, { throwIfNoEntry: false }))
  if (!stats || stats.isFile()) return stats?.size
  throw new RecordError({ file, field: '', expected: 'a regular file', found: kindOf(stats) })
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a pipe'
  if (stats.isSocket()) return 'a socket'
  return 'a device'
}
