import { dirname } from 'node:path'
import { openStore, publish, rebuild } from '@vitrine/records'
import type { Command } from 'commander'
import { fromHere } from '../cli/arguments.ts'
import { outputFolder } from '../cli/output.ts'
import { print } from '../cli/terminal.ts'
import { benchDefaults } from './bench.ts'

const STORE = `${benchDefaults.out}/vitrine.sqlite`

/** Adds the options and the work to `publish`. */
export function registerPublish(command: Command): void {
  command
    .option('--from <file>', 'the store', STORE)
    .option('--to <dir>', 'the folder', 'results')
    .action(options => {
      process.exitCode = publishRecords(options)
    })
}

/** Adds the options and the work to `rebuild`. */
export function registerRebuild(command: Command): void {
  command
    .option('--from <dir>', 'the folder', 'results')
    .option('--to <file>', 'the store', STORE)
    .action(options => {
      process.exitCode = rebuildStore(options)
    })
}

/** Writes the finished records of a store as JSON files. */
export function publishRecords({ from, to }: { readonly from: string; readonly to: string }): number {
  using store = openStore(fromHere(from), { existing: true })
  const { written, unchanged, superseded } = publish(store, fromHere(to))
  print(`${written.length} written, ${unchanged.length} unchanged, ${superseded.length} superseded in ${to}`)
  return 0
}

/** Fills a store from JSON files. */
export function rebuildStore({ from, to }: { readonly from: string; readonly to: string }): number {
  outputFolder(dirname(fromHere(to)))
  using store = openStore(fromHere(to))
  const count = rebuild(store, fromHere(from))
  print(`${count} records from ${from} in ${to}`)
  return 0
}
