import { relative } from 'node:path'
import { engineOf } from '@vitrine/records'
import type { Entry } from '../load/records.ts'

/** The command that measures a record's row again. */
export function benchCommand(entry: Entry): string {
  const { method, model, dataset, protocol, backend, thresholds, seed } = entry
  const options = Object.entries(method.options).map(([name, value]) => `${name}=${value}`)
  const name = options.length === 0 ? method.id : `'${method.id}[${options.join(',')}]'`
  const { slice } = dataset
  const flags: readonly (readonly [string, string | number | undefined | null])[] = [
    ['methods', name],
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
  ]
  const given = flags.filter(([, value]) => value !== undefined && value !== null)
  return `npx pnpm@12 bench ${given.map(([flag, value]) => `--${flag} ${value}`).join(' ')}`
}

/** The command that runs a record again and says whether its numbers hold. */
export const verifyCommand = (entry: Entry, results: string): string =>
  `npx pnpm@12 vitrine verify results/${relative(results, entry.file).replaceAll('\\', '/')}`
