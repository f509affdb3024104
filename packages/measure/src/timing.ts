import type { Executable } from '@vitrine/backends/core'
import { type Draw, drawNumbers, explanationProgram, type MethodChoice, sampledOf } from '@vitrine/explainers/run'
import { median } from '@vitrine/metrics'
import { type HostTensors, sizeOf } from '@vitrine/tensor'
import { Bench } from 'tinybench'
import type { ModelRun } from './model-run.ts'

/** Milliseconds, one sample per round, in the order taken. */
export interface Samples {
  readonly forward: readonly number[]
  readonly methods: ReadonlyMap<string, readonly number[]>
}

/** Something to be timed, and its times in milliseconds. */
export interface TimedTask {
  readonly run: () => Promise<unknown>
  readonly samples: number[]
  /** What a sample is multiplied with; 1 if absent. */
  readonly scale?: number
  /** Whether one run takes hundreds of passes; such a task is run in the first round only. */
  readonly long?: boolean
}

/**
 * Runs every task once. Each round starts at another task, so that other work of the machine and what the task before left in its caches
 * affect all tasks alike. tinybench takes the samples, one task and one iteration at a time, which keeps their order.
 */
export async function timeRound(tasks: readonly TimedTask[], round: number): Promise<void> {
  const due = tasks.filter(task => round === 0 || !task.long)
  const start = round % due.length
  for (const { run, samples, scale = 1 } of [...due.slice(start), ...due.slice(0, start)])
    samples.push(scale * (await sampleRun(run)))
}

/** The plain forward pass and methods, ready to be timed in rounds. */
export interface Timing {
  readonly samples: Samples
  round(index: number): Promise<void>
  dispose(): Promise<void>
}

/**
 * Compiles the plain forward pass and each method alone, to be run on made-up images (sines); undefined without methods. A sampled method
 * explains the images of a batch one after the other, so one image is timed and the time is multiplied with the batch.
 */
export async function startTiming(run: ModelRun, methods: readonly MethodChoice[]): Promise<Timing | undefined> {
  if (methods.length === 0) return undefined
  const { backend, model, batch } = run
  const shape = model.transformer.imageShape(batch)
  const pixels = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i))
  const executables: Executable[] = []
  const prepare = async (list: readonly MethodChoice[]): Promise<TimedTask> => {
    const [sampled] = sampledOf(list)
    if (sampled) {
      return {
        run: () => run.sample(sampled, pixels.subarray(0, pixels.length / batch)),
        samples: [],
        scale: batch,
        long: true,
      }
    }
    const { program, draws } = explanationProgram(model.transformer, list, batch, 'predicted')
    const executable = await backend.compile(program, model.weights)
    const inputs = { image: { shape, data: pixels }, ...drawInputs(draws, batch) }
    await executable.run(inputs)
    executables.push(executable)
    return { run: () => executable.run(inputs), samples: [] }
  }
  const forward = await prepare([])
  const tasks: (readonly [string, TimedTask])[] = []
  for (const method of methods) tasks.push([method.key, await prepare([method])])
  return {
    samples: { forward: forward.samples, methods: new Map(tasks.map(([key, { samples }]) => [key, samples])) },
    round: index => timeRound([forward, ...tasks.map(([, task]) => task)], index),
    async dispose() {
      for (const executable of executables) await executable.dispose()
    },
  }
}

/** Numbers for the draws of a program that is only timed. */
export const drawInputs = (draws: readonly Draw[], batch: number): HostTensors =>
  Object.fromEntries(
    draws.map(draw => {
      const one = drawNumbers(0, 'timing', draw)
      const data = new Float32Array(batch * one.length)
      for (let i = 0; i < batch; i++) data.set(one, i * one.length)
      return [draw.input, { shape: [batch, ...draw.shape], data }]
    }),
  )

/** One run in milliseconds. */
async function sampleRun(run: () => Promise<unknown>): Promise<number> {
  const bench = new Bench({ iterations: 1, time: 0, warmup: false, retainSamples: true })
  bench.add('run', async () => {
    await run()
  })
  const [task] = await bench.run()
  const result = task?.result
  if (!result || !('latency' in result) || result.latency.samples === undefined)
    throw new Error(
      `[vitrine] [measure] timing: the run failed${result && 'error' in result ? `: ${result.error}` : ''}`,
    )
  return result.latency.samples[0] ?? Number.NaN
}

/** How many forward passes a method costs: the median over rounds of the ratio within each round. */
export const relativeTime = (forward: readonly number[], method: readonly number[]): number =>
  median(method.map((ms, i) => ms / (forward[i] ?? Number.NaN)))
