import { relative } from 'node:path'
import { engineOf, isDouble } from '@vitrine/records'
import type { Entry } from '../load/records.ts'

/** How every command of the project begins: `-y`, because `npx` otherwise stops to ask. */
export const PNPM = 'npx -y pnpm@12'

/** A word as a POSIX shell reads it back: as it is where that is safe, otherwise in single quotes. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

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
