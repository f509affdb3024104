import { availableParallelism } from 'node:os'
import type { explainers } from '@vitrine/explainers'
import { sliceOf, versionsOf } from '@vitrine/measure'
import { measuringCode } from '@vitrine/measure/node'
import { type ProtocolId, protocols } from '@vitrine/metrics'
import { canonicalJson, engineOf, groupKey, openStore, type Unit } from '@vitrine/records'
import type { Command } from 'commander'
import { fromHere } from '../cli/arguments.ts'
import { explainerOption, quietOption } from '../cli/options.ts'
import { withClassesOf } from '../open/classes.ts'
import { choiceOf, loadExplainers } from '../open/methods.ts'
import { openSources } from '../open/sources.ts'
import { environment } from '../sweep/environment.ts'
import { forkedWorkers } from '../sweep/forked.ts'
import { measureModel, type SweepPlan } from '../sweep/orchestrate.ts'
import { placesOf } from '../sweep/places.ts'
import { benchDefaults } from './bench.ts'

interface RemeasureArguments {
  readonly from: string
  readonly explainer: readonly string[]
  readonly models: string
  readonly datasets: string
  readonly quiet: boolean
}

/** Adds the command to the program. */
export function register(vitrine: Command): void {
  vitrine
    .command('remeasure')
    .description('compute again, in a store, the columns whose version was raised, and nothing else')
    .option('--from <file>', 'the store', `${benchDefaults.out}/vitrine.sqlite`)
    .option('--models <list>', 'models that are not bundled, by file or name')
    .option('--datasets <list>', 'datasets that are not bundled, as bench takes them')
    .addOption(explainerOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
What needs no engine is computed from the maps that the store keeps. The former records stay in the store under their ids.

Example:
  pnpm vitrine remeasure
  pnpm vitrine publish`,
    )
    .action(async options => {
      process.exitCode = await remeasure(options)
    })
}

/** Brings the records of a store up to the versions of this code. Returns the exit code. */
export async function remeasure(args: RemeasureArguments): Promise<number> {
  using store = openStore(fromHere(args.from))
  const all = await loadExplainers(args.explainer)
  const current = new Map<string, Unit>()
  // The one asked for last comes first.
  for (const unit of store.units({ status: 'ok' })) {
    const key = JSON.stringify([
      groupKey({ ...unit.header, versions: {} }),
      unit.header.method.id,
      unit.header.method.options,
    ])
    if (!current.has(key)) current.set(key, unit)
  }
  const stale = [...current.values()].filter(({ header }) => isStale(header, all))
  const groups = [
    ...Map.groupBy(stale, ({ header }) => JSON.stringify([groupKey(header), header.backend.batch])).values(),
  ]
  let complete = true
  for (const group of groups) {
    const [first] = group
    if (!first) continue
    const { header } = first
    const { shard = 1, of = 1, images = header.dataset.images } = header.dataset.slice ?? {}
    const sources = await openSources([args.models ?? header.model.id], [args.datasets ?? header.dataset.id], {
      seed: header.dataset.seed,
      images,
    })
    const [model] = sources.models
    if (!model) continue
    const methods = group.flatMap(({ header: { method } }) => {
      const explainer = all.find(({ id }) => id === method.id)
      return explainer ? [choiceOf(explainer, method.options)] : []
    })
    const plan: SweepPlan = {
      methods,
      protocols: [protocols[header.protocol.id as ProtocolId]],
      engines: [engineOf(header)],
      thresholds: header.thresholds,
      slice: sliceOf(images, { index: shard, of }),
      batch: header.backend.batch,
      threads: header.backend.threads ?? availableParallelism(),
      processes: benchDefaults.processes,
      rounds: 0,
      seed: header.seed,
      places: placesOf(sources.datasets, methods),
      environment: environment(),
      measuringCode: measuringCode(),
      defaults: { images: benchDefaults.images, thresholds: header.thresholds, seed: benchDefaults.seed },
    }
    const datasets = [...sources.datasets.values()].map(dataset => withClassesOf(model, dataset))
    const transport = forkedWorkers({ patience: benchDefaults.patience })
    const done = await measureModel(transport, store, model, datasets, plan, args.quiet)
    if (done === 'interrupted') return 130
    complete &&= done.complete
  }
  process.stdout.write(`${stale.length} of ${current.size} records had columns of an earlier version\n`)
  return complete ? 0 : 1
}

/** Whether some number of a record was made by an earlier version than this code's. */
function isStale({ protocol, versions, method }: Unit['header'], all: typeof explainers): boolean {
  const known = protocols[protocol.id as ProtocolId]
  if (!known) return false
  const own = all.find(({ id }) => id === method.id)
  const sameMethod = method.version === null || !own || (own.version ?? 1) === method.version
  return !sameMethod || canonicalJson(versionsOf(known)) !== canonicalJson(versions)
}
