import { relative } from 'node:path'
import { engineOf, isDouble } from '@vitrine/records'
import { PNPM, quoted } from '../../shared/shell.ts'
import type { Entry } from '../load/records.ts'

const command = (...words: readonly string[]): string => `${PNPM} ${words.map(quoted).join(' ')}`

/** The command that measures a record's row again. */
export function benchCommand(entry: Entry): string {
  const { method, model, dataset, protocol, backend, thresholds, seed } = entry
  const options = Object.entries(method.options).map(([name, value]) => `${name}=${value}`)
  const { slice } = dataset
  const flags: readonly (readonly [string, string | number | undefined | null])[] = [
    ['methods', options.length === 0 ? method.id : `${method.id}[${options.join(',')}]`],
    ['models', model.id],
    ['datasets', dataset.id],
    ['protocols', protocol.id],
    ['backends', engineOf(entry)],
    ['images', slice?.images ?? dataset.images],
    ['shard', slice && `${slice.shard}/${slice.of}`],
    ['thresholds', thresholds.join(',')],
    ['seed', seed],
    ['batch', backend.batch],
    ['threads', backend.threads],
    ['precision', isDouble(entry) ? 'double' : null],
  ]
  const given = flags.flatMap(([flag, value]) =>
    value === undefined || value === null ? [] : [`--${flag}`, `${value}`],
  )
  return command('bench', ...given)
}

/** The command that runs a record again and says whether its numbers hold. */
export const verifyCommand = (entry: Entry, results: string): string =>
  command('vitrine', 'verify', `results/${relative(results, entry.file).replaceAll('\\', '/')}`)
