import { resolve } from 'node:path'
import { openStore, publish } from '@vitrine/records'
import type { Command } from 'commander'
import { fromHere, UsageError } from '../cli/arguments.ts'
import { outputFolder } from '../cli/output.ts'
import { print, tell } from '../cli/terminal.ts'
import { compareEngines } from '../compare/agreement.ts'
import { merge } from '../sweep/merge.ts'
import { benchDefaults } from './bench.ts'

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .argument('<folders...>', 'folders of the shards, as --out of bench named them')
    .option('--out <dir>', 'folder of the store and the records', benchDefaults.out)
    .addHelpText(
      'after',
      `
Joins what \`bench --shard 1/n\` to \`bench --shard n/n\` measured, on any
machines, into the records of one run, bit for bit. Timings of a comparison are
those of one machine: the first whose shard timed all of its methods.
The same bench without --shard, with the same --out, then prints the tables and
measures nothing again.

Example:
  npx -y pnpm@12 vitrine merge out/1 out/2 out/3 --out out/all
      three shards

Exit code: 0 all joined, 1 some lack a shard, 2 wrong usage.`,
    )
    .action((folders: readonly string[], { out }: { readonly out: string }) => {
      process.exitCode = mergeShards(folders, out)
    })
}

/** Joins the records of shards. Returns the exit code. */
export function mergeShards(folders: readonly string[], out: string): number {
  const sources = [...new Set(folders.map(folder => resolve(fromHere(folder), 'vitrine.sqlite')))]
  const file = resolve(fromHere(out), 'vitrine.sqlite')
  if (sources.includes(file))
    throw new UsageError(`--out: expected another folder than those of the shards, got ${out}`)
  using all = new DisposableStack()
  const stores = sources.map(source => all.use(openStore(source, { existing: true })))
  outputFolder(out)
  const target = all.use(openStore(file))
  const { ids, unmerged, untimed } = merge(stores, target, benchDefaults.images)
  for (const { record, problem } of unmerged) tell(`${record}: ${problem}`)
  for (const comparison of untimed) tell(`${comparison}: no shard timed all of its methods, so none has a timing`)
  compareEngines(target, ids)
  const { written } = publish(target, resolve(fromHere(out), 'results'), { id: ids })
  print(
    `${ids.length} records joined from ${sources.length} folders, ${written.length} files written in ${out}/results`,
  )
  return unmerged.length > 0 || ids.length === 0 ? 1 : 0
}
