import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Backend, type Executable, openBackend } from '@vitrine/backends'
import { explanationProgram, hash32, type MethodChoice } from '@vitrine/explainers'
import {
  fileWeights,
  type Model,
  openModel,
  openSafetensors,
  parameterShapes,
  type VisionTransformerConfig,
  visionTransformer,
  vitB16,
  writeSafetensors,
} from '@vitrine/models'
import {
  countFlops,
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
import { chooseMethods, loadExplainers } from '../methods.ts'
import { startProgress } from '../progress.ts'
import { textTable } from '../table.ts'
import { median, relativeTime, sampleRun } from '../timing.ts'
import { chooseFrom, splitList, wholeNumber } from '../usage.ts'

export interface PerfArguments {
  readonly methods: string
  readonly explainer: readonly string[]
  readonly backends: string
  readonly models: string
  readonly batches: string
  readonly rounds: number
  readonly threads: number
  readonly quiet: boolean
}

export const perfDefaults = {
  methods: 'attention-rollout,agcam,transformer-attribution',
  backends: 'onnx',
  models: 'vit-b16',
  batches: '1,8',
  rounds: 9,
} as const

const GEMM = { rows: 1576, inner: 768, columns: 3072 }

/** Measures what methods cost as multiples of the plain forward pass, and the forward pass against the engine's own matrix product. */
export async function perf(args: PerfArguments): Promise<number> {
  const methods = chooseMethods(args.methods, await loadExplainers(args.explainer))
  const names = chooseFrom('model', args.models, ['vit-b16', 'icon-vit'])
  const batches = splitList(args.batches).map(wholeNumber('--batches', 1))
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-perf-'))
  try {
    for (const spec of splitList(args.backends)) {
      const backend = await openBackend(spec, { threads: args.threads })
      for (const name of names) {
        const model =
          name === 'vit-b16' ? randomModel(name, vitB16, join(folder, 'vit-b16.safetensors')) : await openModel(name)
        for (const batch of batches) await perfOf(backend, model, methods, batch, args)
      }
      await backend.dispose()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  const peak = process.resourceUsage().maxRSS / 1024
  process.stdout.write(`peak memory of the process: ${peak.toFixed(0)} MiB (weights mapped by several programs count for each)\n`)
  return 0
}

type PerfModel = Pick<Model, 'id' | 'transformer' | 'weights'>

interface Task {
  readonly name: string
  readonly flops: number
  readonly executable: Executable
  readonly inputs: HostTensors
  readonly samples: number[]
}

async function perfOf(
  backend: Backend,
  model: PerfModel,
  methods: readonly MethodChoice[],
  batch: number,
  { rounds, threads, quiet }: PerfArguments,
): Promise<void> {
  const shape = model.transformer.imageShape(batch)
  const tasks: Task[] = []
  const add = async (name: string, p: Program, inputs: HostTensors): Promise<void> => {
    const executable = await backend.compile(p, model.weights)
    await executable.run(inputs)
    tasks.push({ name, flops: countFlops(p), executable, inputs, samples: [] })
  }
  await add('matrix product', gemm(), { x: waves([GEMM.rows, GEMM.inner]) })
  const image = { image: waves(shape) }
  await add('forward', explanationProgram(model.transformer, [], batch, 'predicted').program, image)
  for (const method of methods) {
    const { program: p, draws } = explanationProgram(model.transformer, [method], batch, 'predicted')
    const drawn = draws.map(d => [
      d.input,
      { shape: [batch, ...d.shape], data: new Float32Array(batch * sizeOf(d.shape)) },
    ])
    await add(method.key, p, { ...image, ...Object.fromEntries(drawn) })
  }
  const progress = startProgress(`${model.id}, batch ${batch}`, rounds, 'rounds', quiet)
  for (let round = 0; round < rounds; round++) {
    for (const { executable, inputs, samples } of tasks) samples.push(await sampleRun(() => executable.run(inputs)))
    progress.advance(1)
  }
  progress.end()
  for (const { executable } of tasks) await executable.dispose()

  const [product, forward] = tasks
  if (!product || !forward) return
  const rate = (t: Task) => t.flops / median(t.samples) / 1e6
  const relativeRate = (t: Task) => t.flops / product.flops / relativeTime(product.samples, t.samples)
  const rows = tasks.map(t => [
    t.name,
    (t.flops / 1e9).toFixed(1),
    median(t.samples).toFixed(1),
    rate(t).toFixed(0),
    `${(100 * relativeRate(t)).toFixed(0)} %`,
    t === product ? '' : (t.flops / forward.flops).toFixed(2),
    t === product ? '' : relativeTime(forward.samples, t.samples).toFixed(2),
  ])
  const head = ['', 'GFLOP', 'ms', 'GFLOP/s', 'of product', 'x forward (FLOP)', 'x forward (time)']
  process.stdout.write(
    `${model.id}, ${backend.id}:${backend.engine} ${backend.version}, batch ${batch}, ${threads} threads, median of ${rounds} interleaved rounds\n` +
      `${textTable(
        [head, ...rows],
        head.map((_, c) => (c === 0 ? 'left' : 'right')),
      )}\n\n`,
  )
}

const waves = (shape: Shape): HostTensor => ({
  shape,
  data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
})

/** The engine's own rate: one large product with fixed weights, [1576, 768] x [768, 3072]. */
function gemm(): Program {
  const weight = parameter('blocks.0.mlp.fc1.weight', [GEMM.columns, GEMM.inner])
  return program({ y: linear(input('x', [GEMM.rows, GEMM.inner]), weight) })
}

/** A model of a real geometry with pseudo-random weights in a file, for measuring where no checkpoint is at hand. */
export function randomModel(id: string, config: VisionTransformerConfig, path: string): PerfModel {
  const shapes = parameterShapes(config)
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
  return { id, transformer: visionTransformer(config), weights: fileWeights(openSafetensors(path), `random ${id}`) }
}
