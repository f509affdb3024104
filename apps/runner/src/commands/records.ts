import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { openStore, publish, rebuild } from '@vitrine/records'

const at = (path: string): string => resolve(process.env.INIT_CWD ?? '.', path)

/** Writes the finished records of a store as JSON files. */
export function publishRecords({ from, to }: { readonly from: string; readonly to: string }): number {
  using store = openStore(at(from))
  const { written, unchanged, superseded } = publish(store, at(to))
  process.stdout.write(
    `${written.length} written, ${unchanged.length} unchanged, ${superseded.length} superseded in ${to}\n`,
  )
  return 0
}

/** Fills a store from JSON files. */
export function rebuildStore({ from, to }: { readonly from: string; readonly to: string }): number {
  mkdirSync(dirname(at(to)), { recursive: true })
  using store = openStore(at(to))
  process.stdout.write(`${rebuild(store, at(from))} records from ${from} in ${to}\n`)
  return 0
}
