import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backend, Executable } from '@vitrine/backends/core'
import { openBackend } from '@vitrine/backends/node'

import { openDataset } from '@vitrine/datasets'
import { isSampled } from '@vitrine/explainers'
import { explanationProgram, hash32, type MethodChoice } from '@vitrine/explainers/run'

import { drawInputs, openModelRun, relativeTime, type TimedTask, timeRound } from '@vitrine/measure'
import { findProtocol, gridProtocolIds, median, protocols } from '@vitrine/metrics'
import {
  baseSizes,
  fileWeights,
  type Model,
  openModel,
  openSafetensors,
  parametersOf,
  type SwinConfig,
  swinTransformer,
  type VisionTransformerConfig,
  visionTransformer,
  writeSafetensors,
} from '@vitrine/models'
import {
  countFlops,
  dim,
  type HostTensor,
  type HostTensors,
  input,
  linear,
  type Program,
  parameter,
  program,
  type Shape,
  sizeOf,
} from '@vitrine/tensor'
import type { Command } from 'commander'
import { chooseFrom, fromHere, known, splitList, UsageError, wholeNumber } from '../cli/arguments.ts'
import { count, explainerOption, quietOption, threadsOption, wideOption } from '../cli/options.ts'
import { startProgress } from '../cli/progress.ts'
import { columnsOf, print, tell } from '../cli/terminal.ts'
import { type Column, textTable } from '../cli/text-table.ts'
import { measureLoading } from '../open/loading.ts'
import { chooseMethods, loadExplainers } from '../open/methods.ts'
import { costsOfGroups, costTable, countsOf } from '../report/metric-costs.ts'

export interface PerfArguments {
  readonly methods: string
  readonly explainer: readonly string[]
  readonly backends: string
  readonly models: string
  readonly batches: string
  readonly rounds: number
  readonly threads: number
  readonly loading?: string
  readonly metrics?: string | true
  readonly images: number
  readonly quiet: boolean
  readonly wide: boolean
}

export const perfDefaults = {
  methods: 'attention-rollout,agcam,transformer-attribution',
  backends: 'onnx',
  models: 'vit-b16',
  batches: '1,8',
  rounds: 9,
  images: 4,
} as const

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .option('--methods <list>', 'methods to measure', perfDefaults.methods)
    .addOption(explainerOption())
    .option('--backends <list>', 'engines to measure on', perfDefaults.backends)
    .option('--models <list>', `${Object.keys(baseSizes).join(', ')} (random weights), icon-vit`, perfDefaults.models)
    .option('--batches <list>', 'images per run', perfDefaults.batches)
    .addOption(count('--rounds <n>', 'interleaved rounds', perfDefaults.rounds))
    .option(
      '--loading <file>',
      'measure what opening a checkpoint, or an exported graph such as model.onnx[mean=half], takes, and nothing else',
    )
    .option(
      '--metrics [protocol]',
      'count the forward passes of each metric of a protocol, full by default, with two or more --methods on the bundled model, and nothing else',
    )
    .addOption(count('--images <n>', 'images that --metrics counts the passes of', perfDefaults.images))
    .addOption(threadsOption())
    .addOption(quietOption())
    .addOption(wideOption())
    .addHelpText(
      'after',
      `
Examples:
  npx -y pnpm@12 perf --methods all --batches 8 --models icon-vit
      what each method costs, as a multiple of the forward pass
  npx -y pnpm@12 perf --metrics
      what each metric costs, in forward passes per image: shared by all
      methods, and for each of them
  npx -y pnpm@12 perf --metrics standard --methods agcam,gradcam,random`,
    )
    .action(async options => {
      process.exitCode = await perf(options)
    })
}

/** Measures what methods cost as multiples of the plain forward pass, and the forward pass against the engine's own matrix product. */
export async function perf(args: PerfArguments): Promise<number> {
  if (args.loading !== undefined) {
    const { seconds, size, memory } = await measureLoading(fromHere(args.loading))
    const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`
    print(
      `opened in ${seconds.toFixed(2)} s with ${mebibytes(memory)} above an empty process, ${(memory / size).toFixed(2)} x the file's ${mebibytes(size)}`,
    )
    return 0
  }
  if (args.metrics !== undefined) return perfOfMetrics(args, args.metrics === true ? 'full' : args.metrics)
  const chosen = chooseMethods(args.methods, await loadExplainers(args.explainer))
  const methods = chosen.filter(m => !isSampled(m.explainer))
  const sampled = chosen.filter(m => isSampled(m.explainer))
  if (sampled.length > 0)
    tell(`perf times one-pass methods; bench counts the passes of ${sampled.map(m => m.key).join(', ')}`)
  const names = chooseFrom('model', args.models, [...Object.keys(baseSizes), 'icon-vit'])
  const batches = splitList(args.batches).map(wholeNumber('--batches', 1))
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-perf-'))
  try {
    for (const spec of splitList(args.backends)) {
      const backend = await openBackend(spec, { threads: args.threads })
      for (const name of names) {
        const config = Object.entries(baseSizes).find(([known]) => known === name)?.[1]
        const model = config ? randomModel(name, config, join(folder, `${name}.safetensors`)) : await openModel(name)
        for (const batch of batches) await perfOf(backend, model, methods, batch, args)
      }
      await backend.dispose()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  const peak = process.resourceUsage().maxRSS / 1024
  print(`peak memory of the process: ${peak.toFixed(0)} MiB (weights mapped by several programs count for each)`)
  return 0
}

/** Counts the forward passes of each metric of a protocol, on the bundled model and scenes. */
async function perfOfMetrics(args: PerfArguments, name: string): Promise<number> {
  const names = [...Object.keys(protocols), ...gridProtocolIds]
  const protocol = findProtocol(known('protocol', name, names))
  const methods = chooseMethods(args.methods, await loadExplainers(args.explainer))
  if (!protocol || methods.length < 2)
    throw new UsageError(
      `--metrics: expected two or more --methods, got ${args.methods}: what they share is told by several`,
    )
  const [spec = 'onnx'] = splitList(args.backends)
  const [model, dataset] = [await openModel('icon-vit'), await openDataset('icon-scenes')]
  const backend = await openBackend(spec, { threads: args.threads })
  const run = openModelRun(backend, model, args.images)
  const progress = startProgress(protocol.id, countsOf(protocol, methods), 'counts', args.quiet)
  try {
    const costs = await costsOfGroups(run, dataset, protocol, methods, args.images, () => progress.advance(1))
    progress.end()
    const keys = methods.map(({ key }) => key).join(', ')
    print(
      `${protocol.id}, ${args.images} images of ${dataset.id}, ${keys}: forward passes per image beyond the explanations,`,
    )
    print('those along paths counted as one pass each; metrics of one group share theirs')
    print(costTable(costs, args.wide ? undefined : columnsOf(process.stdout)), { exact: true })
  } finally {
    await run.dispose()
    await backend.dispose()
  }
  return 0
}

type PerfModel = Pick<Model, 'id' | 'transformer' | 'weights'>

interface Task extends TimedTask {
  readonly name: string
  readonly flops: number
  readonly executable: Executable
}

// Engines keep the memory of a compiled program: only so many methods are held at once.
const HELD = 4

async function perfOf(
  backend: Backend,
  model: PerfModel,
  methods: readonly MethodChoice[],
  batch: number,
  { rounds, quiet, wide }: PerfArguments,
): Promise<void> {
  const image = { image: waves(model.transformer.imageShape(batch)) }
  const prepare = async (name: string, p: Program, inputs: HostTensors, repeat = 1): Promise<Task> => {
    const executable = await backend.compile(p, model.weights)
    const run = async () => {
      for (let i = 0; i < repeat; i++) await executable.run(inputs)
    }
    // An engine claims its memory in the first run or two.
    await run()
    await run()
    return { name, flops: repeat * countFlops(p), run, executable, samples: [] }
  }
  const explaining = (name: string, list: readonly MethodChoice[]): Promise<Task> => {
    const { program: p, draws } = explanationProgram(model.transformer, list, batch, 'predicted')
    return prepare(name, p, { ...image, ...drawInputs(draws, batch) })
  }
  const plain = explanationProgram(model.transformer, [], batch, 'predicted').program
  const product = gemm(model)
  // As long as a forward pass, so that what else the machine does meets both alike.
  const repeat = Math.max(1, Math.round(countFlops(plain) / countFlops(product)))
  const [x] = product.inputs
  const reference = await prepare('matrix product', product, { x: waves(x?.shape ?? []) }, repeat)
  const forward = await prepare('forward', plain, image)

  const wanted = methods.map(method => () => explaining(method.key, [method]))
  if (methods.length > 1) wanted.push(() => explaining('all in one program', methods))
  const groups = Array.from({ length: Math.ceil(wanted.length / HELD) }, (_, g) =>
    wanted.slice(g * HELD, (g + 1) * HELD),
  )
  const progress = startProgress(`${model.id}, batch ${batch}`, rounds * groups.length, 'rounds', quiet)
  const measured: Measured[] = []
  for (const group of groups) {
    const explained: Task[] = []
    for (const start of group) explained.push(await start())
    const [ownReference, ownForward] = [
      { ...reference, samples: [] },
      { ...forward, samples: [] },
    ]
    const tasks = measured.length === 0 ? [ownReference, ownForward, ...explained] : explained
    for (let round = 0; round < rounds; round++) {
      await timeRound([ownReference, ownForward, ...explained], round)
      progress.advance(1)
    }
    measured.push(...tasks.map(task => ({ task, reference: ownReference, forward: ownForward })))
    for (const { executable } of explained) await executable.dispose()
  }
  progress.end()
  for (const { executable } of [reference, forward]) await executable.dispose()

  const rows = measured.map(({ task: t, ...own }) => [
    t.name,
    (t.flops / 1e9).toFixed(1),
    median(t.samples).toFixed(1),
    (t.flops / median(t.samples) / 1e6).toFixed(0),
    `${((100 * t.flops) / own.reference.flops / relativeTime(own.reference.samples, t.samples)).toFixed(0)} %`,
    t === own.reference ? '' : (t.flops / own.forward.flops).toFixed(2),
    t === own.reference ? '' : relativeTime(own.forward.samples, t.samples).toFixed(2),
  ])
  const columns: Column[] = [
    { head: '', align: 'left' },
    { head: 'GFLOP', drop: 3 },
    { head: 'ms', drop: 1 },
    { head: 'GFLOP/s', drop: 4 },
    { head: 'of product', drop: 5 },
    { head: 'x forward (FLOP)', drop: 2 },
    { head: 'x forward (time)' },
  ]
  const engine = `${backend.id}:${backend.engine} ${backend.version}`
  const threads = `${backend.threads} ${backend.threads === 1 ? 'thread' : 'threads'}`
  const work = `${repeat} x ${product.parameters[0]?.shape.join(' x ')} on ${x?.shape[0]} rows`
  print(
    `${model.id}, ${engine}, batch ${batch}, ${threads}, median of ${rounds} interleaved rounds; matrix product: ${work}`,
  )
  print(textTable(columns, rows, wide ? undefined : columnsOf(process.stdout)), { exact: true })
  print(methods.length > 1 ? `${sumOfCosts(measured.slice(2))}\n` : '')
}

/** A task and what ran in the same rounds. */
interface Measured {
  readonly task: Task
  readonly reference: Task
  readonly forward: Task
}

/** What the methods cost one by one, and in one program, which is the last one measured. */
function sumOfCosts(measured: readonly Measured[]): string {
  const costs = measured.map(({ task, forward }) => ({
    flops: task.flops / forward.flops,
    time: relativeTime(forward.samples, task.samples),
  }))
  const [together, separate] = [costs.at(-1), costs.slice(0, -1)]
  const compare = (what: 'flops' | 'time') => {
    const sum = separate.reduce((total, cost) => total + cost[what], 0)
    const one = together?.[what] ?? Number.NaN
    return `${sum.toFixed(1)} one by one, ${one.toFixed(1)} in one program: ${((100 * one) / sum).toFixed(0)} %`
  }
  return `forward passes of ${separate.length} methods: ${compare('flops')} (FLOP); ${compare('time')} (time)`
}

const waves = (shape: Shape): HostTensor => ({
  shape,
  data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
})

/** The engine's own rate: one large product with fixed weights, of eight images' tokens with the first layer of the perceptron of the block in the middle. */
function gemm({ transformer }: PerfModel): Program {
  const layers = parametersOf(transformer).filter(({ params }) => params.name.endsWith('.mlp.fc1.weight'))
  const middle = layers[Math.floor(layers.length / 2)]
  if (!middle) throw new TypeError('expected a model with perceptrons')
  const weight = parameter(middle.params.name, middle.shape)
  return program({ y: linear(input('x', [8 * 197, dim(weight.shape, 1)]), weight) })
}

/** A model of a real geometry with pseudo-random weights in a file, for measuring where no checkpoint is at hand. */
export function randomModel(id: string, config: VisionTransformerConfig | SwinConfig, path: string): PerfModel {
  const transformer = 'stages' in config ? swinTransformer(config) : visionTransformer(config)
  const shapes = transformer.parameterShapes
  writeSafetensors(path, shapes, name => {
    const shape = shapes.get(name) ?? []
    const scale = shape.length === 1 ? 0.5 : 0.06
    const offset = name.includes('norm') && name.endsWith('weight') ? 1 : 0
    let state = hash32(name)
    return Float32Array.from({ length: sizeOf(shape) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      return offset + (state / 2 ** 31) * scale
    })
  })
  return { id, transformer, weights: fileWeights(openSafetensors(path), `random ${id}`) }
}
