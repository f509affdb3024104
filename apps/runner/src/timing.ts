import type { Backend, Executable } from '@vitrine/backends'
import { type Draw, drawNumbers, explanationProgram, type MethodChoice, sampledOf } from '@vitrine/explainers'
import type { Model } from '@vitrine/models'
import { type HostTensors, sizeOf } from '@vitrine/tensor'
import { Bench } from 'tinybench'
import { openEngine } from './engine.ts'

/** Milliseconds, one sample per round, in the order taken. */
export interface Timings {
  readonly forward: readonly number[]
  readonly methods: ReadonlyMap<string, readonly number[]>
}

/**
 * Runs every task once a round, each round from another starting place, so that what the machine does meanwhile and what the
 * task before left in its caches meets all alike. tinybench takes the samples, one task and one iteration at a time, which keeps
 * their order.
 */
export async function interleave(
  tasks: readonly { readonly run: () => Promise<unknown>; readonly samples: number[] }[],
  rounds: number,
  onRound: () => void = () => {},
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const start = round % tasks.length
    for (const { run, samples } of [...tasks.slice(start), ...tasks.slice(0, start)]) samples.push(await sampleRun(run))
    onRound()
  }
}

/**
 * Times the plain forward pass and each method alone, in interleaved rounds. A sampled method explains one image a round, and as it
 * explains the images of a batch one after the other, its sample is that time for each of them.
 */
export async function timeMethods(
  backend: Backend,
  model: Model,
  methods: readonly MethodChoice[],
  { batch, rounds, onRound }: { readonly batch: number; readonly rounds: number; readonly onRound?: () => void },
): Promise<Timings> {
  const engine = openEngine(backend, model, batch)
  const shape = model.transformer.imageShape(batch)
  const pixels = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i))
  const lists: (readonly MethodChoice[])[] = [[], ...methods.map(m => [m])]
  const executables: Executable[] = []
  const tasks: { run: () => Promise<unknown>; samples: number[]; scale: number }[] = []
  for (const list of lists) {
    const [sampled] = sampledOf(list)
    if (sampled) {
      const run = () => engine.sample(sampled, pixels.subarray(0, pixels.length / batch))
      await run()
      tasks.push({ run, samples: [], scale: batch })
      continue
    }
    const { program, draws } = explanationProgram(model.transformer, list, batch, 'predicted')
    const executable = await backend.compile(program, model.weights)
    const inputs = { image: { shape, data: pixels }, ...drawInputs(draws, batch) }
    await executable.run(inputs)
    executables.push(executable)
    tasks.push({ run: () => executable.run(inputs), samples: [], scale: 1 })
  }
  await interleave(tasks, rounds, onRound)
  for (const executable of executables) await executable.dispose()
  await engine.dispose()
  const [forward, ...rest] = tasks.map(({ samples, scale }) => samples.map(ms => scale * ms))
  return { forward: forward ?? [], methods: new Map(methods.map(({ key }, i) => [key, rest[i] ?? []])) }
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
      `[vitrine] [runner] timing: the run failed${result && 'error' in result ? `: ${result.error}` : ''}`,
    )
  return result.latency.samples[0] ?? Number.NaN
}

/** The middle of a list of numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}

/** How many forward passes a method costs: the median over rounds of the ratio within each round. */
export const relativeTime = (forward: readonly number[], method: readonly number[]): number =>
  median(method.map((ms, i) => ms / (forward[i] ?? Number.NaN)))
