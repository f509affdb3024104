import type { Precision } from '@vitrine/backends/core'
import { removalIds, targets } from '@vitrine/metrics'
import type { Command } from 'commander'
import { UsageError } from '../cli/arguments.ts'
import {
  checkpointOption,
  count,
  explainerOption,
  metricOption,
  precisionOption,
  queueOption,
  quietOption,
  readerOption,
  threadsOption,
  wideOption,
} from '../cli/options.ts'
import { tell, tellAsJson } from '../cli/terminal.ts'
import { datasetNames } from '../open/dataset-names.ts'

export interface BenchArguments {
  readonly methods: string
  readonly explainer: readonly string[]
  readonly metric: readonly string[]
  readonly dataset: readonly string[]
  readonly backends: string
  readonly thresholds: string
  readonly models: string
  readonly checkpoint: readonly string[]
  readonly datasets: string
  readonly protocols?: string | undefined
  readonly sweep?: readonly string[] | undefined
  readonly images: number
  readonly batch: number
  readonly threads: number
  readonly precision?: Precision
  readonly processes: number
  readonly seed: number
  readonly against?: string
  readonly shard: string
  readonly rounds: number
  readonly patience: number
  readonly queue?: string | true | undefined
  readonly window: number
  readonly progress: string
  readonly out: string
  readonly format: string
  readonly quiet: boolean
  readonly wide: boolean
  readonly failures: boolean
  readonly dryRun: boolean
}

/** What `bench` does where nothing else is said. */
export const benchDefaults = {
  methods: 'default',
  backends: 'onnx,tfjs',
  thresholds: '0.1:0.9:0.1',
  models: 'icon-vit',
  datasets: 'all',
  protocols: 'paper,standard',
  images: 6,
  batch: 6,
  processes: 4,
  seed: 0,
  shard: '1/1',
  rounds: 3,
  patience: 300,
  window: 64,
  progress: 'text',
  out: 'out',
  format: 'text',
} as const

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .option(
      '--methods <list>',
      'methods with options, such as agcam,attention-rollout[discardRatio=0.9]; default (those of the study and the controls), or all, with those for texts if a model has texts (MODEL[head=words.safetensors])',
      benchDefaults.methods,
    )
    .addOption(explainerOption())
    .addOption(metricOption())
    .addOption(readerOption())
    .option('--backends <list>', 'engines: onnx, onnx:cuda, tfjs, tfjs:wasm, …', benchDefaults.backends)
    .option('--thresholds <list>', 'ascending numbers, or start:end:step', benchDefaults.thresholds)
    .option('--models <list>', 'models to explain, as `npx -y pnpm@12 vitrine models` lists them', benchDefaults.models)
    .addOption(checkpointOption())
    .option(
      '--datasets <list>',
      `datasets to explain them on, or all bundled ones: ${datasetNames}`,
      benchDefaults.datasets,
    )
    .option(
      '--protocols <list>',
      `paper, standard, full (all metrics but those of sanity), rise (Insertion and Deletion in 224 steps), sanity (images close by, random weights, a random class), curves such as standard-blur, or all; by default ${benchDefaults.protocols}, with --sweep standard`,
    )
    .option(
      '--sweep <axis=list...>',
      `measure the curves over a grid: removal=${removalIds.join(',')} and target=${targets.join(',')}, or all; passes that cells share are run once`,
    )
    .addOption(count('--images <n>', 'images of each dataset', benchDefaults.images))
    .addOption(count('--batch <n>', 'images per run', benchDefaults.batch))
    .addOption(threadsOption())
    .addOption(
      precisionOption(
        'what engines compute in; double for methods in which roundings of float32 grow, on an engine that has it: onnx:cpu',
      ),
    )
    .addOption(
      count(
        '--processes <n>',
        'processes that may share the threads of an engine in a sweep; each needs the memory of the model and its methods',
        benchDefaults.processes,
      ),
    )
    .addOption(count('--seed <n>', 'seed of scenes, random maps and ties', benchDefaults.seed, 0))
    .option(
      '--against <what>',
      'similar:3: each class against the 3 whose logits are nearest to its own in the image; or two or more classes, such as penguin,sailboat: each class against them, and each of these against the rest of them',
    )
    .option(
      '--shard <i/n>',
      'the i-th of n parts of each dataset, whole batches each; `npx -y pnpm@12 vitrine merge` joins them',
      benchDefaults.shard,
    )
    .addOption(count('--rounds <n>', 'rounds of the timing', benchDefaults.rounds))
    .addOption(
      count(
        '--patience <seconds>',
        'how long a process may run without a forward pass or an answer before it is ended',
        benchDefaults.patience,
      ),
    )
    .addOption(queueOption())
    .addOption(
      count(
        '--window <n>',
        'tasks of each engine that are on the queue at once, with their rows',
        benchDefaults.window,
      ),
    )
    .option('--out <dir>', 'folder of the store, the records and the contact sheet', benchDefaults.out)
    .option(
      '--format <kind>',
      'text or json, on stdout; none leaves the records in the store, for `npx -y pnpm@12 vitrine publish`',
      benchDefaults.format,
    )
    .option('--progress <kind>', 'text or json (a line each), on stderr', benchDefaults.progress)
    .addOption(quietOption())
    .addOption(wideOption())
    .option('--failures', "draw each method's worst images for each way in which maps fail", false)
    .option('--dry-run', 'print the plan and its cost in forward passes, run nothing', false)
    .addHelpText(
      'after',
      `
Examples:
  npx -y pnpm@12 bench
      everything that is bundled
  npx -y pnpm@12 bench --methods agcam,random --images 100
      two methods on more images
  npx -y pnpm@12 bench --protocols standard,full --images 8
      every metric but those of sanity, those with passes of their own too
  npx -y pnpm@12 bench --protocols sanity --methods agcam,attnlrp,sobel-edges
      whether maps depend on the image, the weights and the class as they should
  npx -y pnpm@12 bench --sweep removal=zero,blur,token-drop target=predicted,label
      whether ranks depend on what becomes of removed pixels, and on the class
  npx -y pnpm@12 bench --explainer ./mine.ts --methods mine,agcam
      a method of your own
  npx -y pnpm@12 bench --metric ./mine.ts --protocols standard
      a metric of your own
  npx -y pnpm@12 bench --dataset ./mine.ts --datasets mine:./data
      data of a kind of your own
  npx -y pnpm@12 bench --shard 2/4 --out out/2
      the second quarter, on another machine
      (npx -y pnpm@12 vitrine merge --help says how to join them)
  npx -y pnpm@12 bench --queue redis://10.0.0.5
      shared by many machines (npx -y pnpm@12 vitrine work --help)
  npx -y pnpm@12 bench --against similar:3 --datasets icon-scenes-pairs
      what sets each class apart from those that look like it
  npx -y pnpm@12 bench --against penguin,sailboat --datasets icon-scenes-pairs
      and from two that are named
  npx -y pnpm@12 bench --failures
      with each method's worst images
  npx -y pnpm@12 bench --dry-run
      what it would cost
  npx -y pnpm@12 bench --checkpoint vit.pth --datasets ilsvrc:./ILSVRC
      your model on your data

A run that was stopped goes on when the same command is given again.
Exit code: 0 all measured, 1 a row failed, no image could be read or an engine
cannot be had, 2 wrong usage, 130 interrupted.`,
    )
    .action(async options => {
      process.exitCode = await bench(options)
    })
}

/** Says what it is about to do before it loads what does it, which takes a second or more. Returns the exit code. */
async function bench(args: BenchArguments): Promise<number> {
  if (args.progress !== 'text' && args.progress !== 'json')
    throw new UsageError(`--progress: expected text or json, got "${args.progress}"`)
  if (args.progress === 'json') tellAsJson()
  if (!args.quiet) {
    const models = args.checkpoint.length > 0 ? args.checkpoint.join(', ') : args.models
    tell(`Opening ${models} and the images of ${args.datasets}, for ${args.methods} on ${args.backends} …`)
  }
  const { runBench } = await import('../sweep/run-bench.ts')
  return runBench(args)
}
