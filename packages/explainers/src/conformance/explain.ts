import { type HostTensor, type HostTensors, interpret, sizeOf } from '@vitrine/tensor'
import type { SampledExplainer } from '../contract/explainer.ts'
import { type MethodChoice, sampledOf } from '../run/choice.ts'
import { type Draw, explanationProgram, inputsOf } from '../run/program.ts'
import { type RunProgram, sampler } from '../run/sampler.ts'
import { drawNumbers, hash32 } from '../run/seeds.ts'
import { noise, type RandomModel } from './models.ts'

const ids = ['first', 'second', 'third']

/** Explains images of noise, by number from 0 to 2, each for one class; the maps one behind the other. */
export type Explain = (images: readonly number[], classes: readonly number[]) => Promise<number[]>

/** How a sampled method is run. */
export interface Sampling {
  /** How many rows one run computes. */
  readonly batch?: number
  /** Values to take for draws instead of making them, by name. */
  readonly draws?: Readonly<Record<string, unknown>>
}

/** Runs programs of a model on the float64 reference interpreter. */
export const interpreted =
  ({ weights }: RandomModel): RunProgram =>
  async (program, inputs) =>
    interpret(program, inputs, weights)

/** Explains a model's decisions with a method of either kind, on the interpreter unless `run` is given. */
export function explainWith(
  subject: RandomModel,
  method: MethodChoice,
  run: RunProgram = interpreted(subject),
  sampling: Sampling = {},
): Explain {
  const [sampled] = sampledOf([method])
  return sampled ? imageByImage(subject, sampled, run, sampling) : inOneRun(subject, method, run)
}

const inOneRun =
  (subject: RandomModel, method: MethodChoice, run: RunProgram): Explain =>
  async (images, classes) => {
    const { program, draws } = explanationProgram(subject.model, [method], images.length, 'given')
    const target = { shape: [images.length], data: Int32Array.from(images, i => classes[i] ?? 0) }
    const found = await run(program, inputsOf(program, { ...batchOf(subject, images, draws), target }))
    return Array.from(found[`map:${method.key}`]?.data ?? [])
  }

// A control that is told where the object is gets one that covers as many patches as the number of its class, and one more.
const imageByImage = (
  subject: RandomModel,
  method: MethodChoice<SampledExplainer>,
  run: RunProgram,
  { batch = 8, draws = {} }: Sampling,
): Explain => {
  const { rows, columns } = subject.model.grid
  const sampling = sampler(subject.model, batch, run)
  return async (images, classes) => {
    const maps: number[] = []
    for (const i of images) {
      const target = classes[i] ?? 0
      const mask = Float32Array.from({ length: rows * columns }, (_, cell) => Number(cell <= target))
      const image = Float32Array.from(batchOf(subject, [i], []).image?.data ?? [])
      const truth = { width: columns, height: rows, mask }
      const question = { image, target, id: ids[i] ?? '', seed: 1, truth, draws }
      maps.push(...(await sampling.explain(method, question)).map)
    }
    return maps
  }
}

/** A batch of images as a program's inputs, with the random numbers that are drawn for each. */
export function batchOf({ model }: RandomModel, images: readonly number[], draws: readonly Draw[]): HostTensors {
  const of = (shape: readonly number[], one: (id: string) => Float32Array): HostTensor => ({
    shape: [images.length, ...shape],
    data: Float32Array.from(images.flatMap(i => [...one(ids[i] ?? '')])),
  })
  const pixels = model.imageShape(1).slice(1)
  return {
    image: of(pixels, id => noise(id, sizeOf(pixels))),
    ...Object.fromEntries(draws.map(draw => [draw.input, of(draw.shape, id => drawNumbers(hash32('seed'), id, draw))])),
  }
}
