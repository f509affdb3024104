import { availableParallelism } from 'node:os'
import { BackendError, UnknownBackendError } from '@vitrine/backends'
import { DatasetError } from '@vitrine/datasets'
import { ExplainerError } from '@vitrine/explainers'
import { ModelError } from '@vitrine/models'
import { RecordError } from '@vitrine/records'
import { Command, CommanderError } from 'commander'
import { bench, benchDefaults as d } from './commands/bench.ts'
import { explainDefaults as e, explain } from './commands/explain.ts'
import { perf, perfDefaults } from './commands/perf.ts'
import { publishRecords, rebuildStore } from './commands/records.ts'
import { UsageError, wholeNumber } from './usage.ts'

const collect = (value: string, list: readonly string[]): string[] => [...list, value]
const threads = availableParallelism()

const vitrine = new Command('vitrine')
  .description('Benchmarks visual explanations of Vision Transformers.')
  .showHelpAfterError('(add --help for the options)')
  .exitOverride()

vitrine
  .command('bench', { isDefault: false })
  .description('sweep methods x thresholds x protocols over models, datasets and backends')
  .option('--methods <list>', 'methods with options, such as agcam,attention-rollout[discardRatio=0.9]', d.methods)
  .option('--explainer <file>', 'a module with a method of your own; may be repeated', collect, [])
  .option('--backends <list>', 'engines: onnx, onnx:cuda, tfjs, tfjs:wasm, …', d.backends)
  .option('--thresholds <list>', 'ascending numbers, or start:end:step', d.thresholds)
  .option('--models <list>', 'models to explain', d.models)
  .option('--datasets <list>', 'datasets to explain them on', d.datasets)
  .option('--protocols <list>', 'paper, standard', d.protocols)
  .option('--images <n>', 'images of each dataset', wholeNumber('--images', 1), d.images)
  .option('--batch <n>', 'images per run', wholeNumber('--batch', 1), d.batch)
  .option('--threads <n>', 'threads of the engine', wholeNumber('--threads', 1), threads)
  .option('--seed <n>', 'seed of scenes, random maps and ties', wholeNumber('--seed', 0), d.seed)
  .option('--shard <i/n>', 'the i-th of n parts of each dataset', d.shard)
  .option('--rounds <n>', 'rounds of the timing', wholeNumber('--rounds', 1), d.rounds)
  .option('--out <dir>', 'folder of the store, the records and the contact sheet', d.out)
  .option('--format <kind>', 'text or json, on stdout', d.format)
  .option('--quiet', 'no progress on stderr', false)
  .option('--dry-run', 'print the plan and its cost in forward passes, run nothing', false)
  .addHelpText(
    'after',
    `
Examples:
  pnpm bench                                              everything that is bundled
  pnpm bench --methods agcam,random --images 100          two methods on more images
  pnpm bench --explainer ./mine.ts --methods mine,agcam   a method of your own against AGCAM
  pnpm bench --shard 2/4 --out out/2                      the second quarter, on another machine
  pnpm bench --dry-run                                    what it would cost

A run that was stopped goes on when the same command is given again.
Exit code: 0 all measured, 1 a row failed or an engine is missing, 2 wrong usage, 130 interrupted.`,
  )
  .action(async options => {
    process.exitCode = await bench(options)
  })

vitrine
  .command('perf')
  .description('measure the cost of methods as multiples of the plain forward pass, on the geometry of ViT-B/16')
  .option('--methods <list>', 'methods to measure', perfDefaults.methods)
  .option('--explainer <file>', 'a module with a method of your own; may be repeated', collect, [])
  .option('--backends <list>', 'engines to measure on', perfDefaults.backends)
  .option('--models <list>', 'vit-b16 (random weights), icon-vit', perfDefaults.models)
  .option('--batches <list>', 'images per run', perfDefaults.batches)
  .option('--rounds <n>', 'interleaved rounds', wholeNumber('--rounds', 1), perfDefaults.rounds)
  .option('--threads <n>', 'threads of the engine', wholeNumber('--threads', 1), threads)
  .option('--quiet', 'no progress on stderr', false)
  .addHelpText('after', '\nExample:\n  pnpm perf --methods all --batches 8 --models icon-vit')
  .action(async options => {
    process.exitCode = await perf(options)
  })

vitrine
  .command('explain')
  .description('draw what each method says about pictures or scenes')
  .argument('<image...>', 'picture files, or scenes such as icon-scenes-pairs/0/00003')
  .option('--methods <list>', 'methods, or all', e.methods)
  .option('--explainer <file>', 'a module with a method of your own; may be repeated', collect, [])
  .option('--model <name>', 'the model to explain', e.model)
  .option('--backends <list>', 'engines', e.backends)
  .option(
    '--class <name>',
    'a class to ask about, by name or index, instead of the predicted one; may be repeated',
    collect,
    [],
  )
  .option('--threads <n>', 'threads of the engine', wholeNumber('--threads', 1), threads)
  .option('--seed <n>', 'seed of random maps', wholeNumber('--seed', 0), 0)
  .option('--out <dir>', 'folder for the pictures', e.out)
  .option('--json', 'print one JSON object a line with the raw map instead of drawing', false)
  .addHelpText(
    'after',
    '\nExample:\n  pnpm explain icon-scenes-pairs/0/00003 --class sailboat --class penguin --methods all',
  )
  .action(async (images, options) => {
    process.exitCode = await explain(images, options)
  })

vitrine
  .command('publish')
  .description('write the records of a store as JSON files')
  .option('--from <file>', 'the store', `${d.out}/vitrine.sqlite`)
  .option('--to <dir>', 'the folder', 'results')
  .action(options => {
    process.exitCode = publishRecords(options)
  })

vitrine
  .command('rebuild')
  .description('fill a store from published JSON files')
  .option('--from <dir>', 'the folder', 'results')
  .option('--to <file>', 'the store', `${d.out}/vitrine.sqlite`)
  .action(options => {
    process.exitCode = rebuildStore(options)
  })

// A reader such as `head` that has seen enough is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

try {
  await vitrine.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

/** Prints what went wrong and answers with the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof UsageError || error instanceof UnknownBackendError) {
    process.stderr.write(`${error.message}\n`)
    return 2
  }
  const expected = [BackendError, DatasetError, ExplainerError, ModelError, RecordError].some(
    type => error instanceof type,
  )
  if (expected && error instanceof Error) process.stderr.write(`${error.message}\n`)
  else process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  return 1
}
