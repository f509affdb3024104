import type { ExplainableModel } from '@vitrine/models'
import {
  countFlops,
  dim,
  type HostTensor,
  type HostTensors,
  input,
  type Program,
  program,
  sizeOf,
  type Tensor,
} from '@vitrine/tensor'
import type { Numbers, ObjectMask, ProgramContext } from '../contract/context.ts'
import type { SampledExplainer } from '../contract/explainer.ts'
import type { Target } from '../contract/target.ts'
import { ExplainerError } from '../errors.ts'
import type { MethodChoice } from './choice.ts'
import { inputsOf } from './program.ts'
import { uniformSource } from './seeds.ts'
import { inputFor, type TargetInput, targetInput, targetRows } from './target-input.ts'

/** One image and what is asked about it. */
export interface Question {
  readonly image: Numbers
  readonly target: Target
  /** The image's id. Random numbers depend on it and on the seed. */
  readonly id: string
  readonly seed: number
  readonly truth?: ObjectMask | undefined
  /** Values to use for draws instead of making them, by the draw's name, so that a test can repeat other code's random choices. */
  readonly draws?: Readonly<Record<string, unknown>>
}

export interface Answer {
  /** One number for each patch, or for each pixel where a method's options ask for that. */
  readonly map: Numbers
  /** Floating-point operations of what was run, as a multiple of those of one image's forward pass. Matrix products are counted. */
  readonly cost: number
}

/** Runs a program. A program that is run again is the same object, so that it can be compiled once. */
export type RunProgram = (program: Program, inputs: HostTensors) => Promise<HostTensors>

export interface Sampler {
  explain(method: MethodChoice<SampledExplainer>, question: Question): Promise<Answer>
}

interface Sized {
  readonly program: Program
  readonly flops: number
}

/**
 * Explains images with sampled methods; `run` runs the programs, and `onPasses` is told the cost of each run in forward passes. A program
 * is built for at most `most` rows, and no more than the model takes, and rows are spread evenly over runs. In a last run that has fewer rows, the outputs of the rest are
 * dropped. Methods that build the same program share it.
 */
export function sampler(
  model: ExplainableModel,
  most: number,
  run: RunProgram,
  onPasses: (cost: number) => void = () => {},
): Sampler {
  const batch = Math.min(most, model.maxBatch)
  const sized = new Map<Tensor, Sized>()
  const named = new Map<string, Readonly<Record<string, Tensor>>>()
  const forward = countFlops(program({ logits: model.trace(input('image', model.imageShape(1))).logits }))

  function built(
    { key, explainer, options }: MethodChoice<SampledExplainer>,
    name: string,
    rows: number,
    kind: TargetInput,
  ): Sized {
    const place = `${key} ${rows} ${kind}`
    const tensors = named.get(place) ?? explainer.programs(programContext(model, rows, kind), options)
    named.set(place, tensors)
    const rowsOut = tensors[name]
    if (!rowsOut)
      throw new ExplainerError(`${key}: no program is called "${name}"; known: ${Object.keys(tensors).join(', ')}`)
    const known = sized.get(rowsOut)
    if (known) return known
    const made = program({ rows: rowsOut })
    const entry = { program: made, flops: countFlops(made) }
    sized.set(rowsOut, entry)
    return entry
  }

  return {
    async explain(method, { image, target, id, seed, truth, draws = {} }) {
      const { explainer, options } = method
      if (explainer.readsTruth && !truth)
        throw new ExplainerError(`${explainer.id}: expected an image whose object is known, got none for ${id}`)
      const kind = inputFor([target])
      let cost = 0
      const shared = (size: number): HostTensors => ({
        image: { shape: model.imageShape(1), data: image },
        target: targetRows(Array<Target>(size).fill(target), size, model.classes, kind),
      })
      const map = await explainer.sample(
        {
          model,
          image,
          truth: explainer.readsTruth ? truth : undefined,
          draw<T>(name: string, make: (uniform: () => number) => T): T {
            if (name in draws) return draws[name] as T
            return make(uniformSource(`${seed} ${id} ${explainer.id}:${name}`))
          },
          async run(name, count, each = () => ({})) {
            const found: Numbers[] = []
            // Runs of equal size have the fewest empty rows.
            const size = Math.ceil(count / Math.ceil(count / batch))
            for (let start = 0; start < count; start += size) {
              const rows = Math.min(size, count - start)
              const { program: p, flops } = built(method, name, size, kind)
              const given = stackRows(p, size, rows, row => each(start + row))
              const outputs = await run(p, inputsOf(p, { ...shared(size), ...given }))
              found.push(...rowsOf(outputs.rows, size).slice(0, rows))
              const passes = ((flops / size) * rows) / forward
              cost += passes
              onPasses(passes)
            }
            return found
          },
        },
        options,
      )
      const {
        grid,
        input: { imageSize },
      } = model
      const sizes = [grid.rows * grid.columns, imageSize.height * imageSize.width]
      if (!sizes.includes(map.length))
        throw new ExplainerError(`${explainer.id}: expected a map of ${sizes.join(' or ')} numbers, got ${map.length}`)
      return { map, cost }
    },
  }
}

/** What a method builds its programs from, for `batch` rows. */
export const programContext = (
  model: ExplainableModel,
  batch: number,
  kind: TargetInput = 'given',
): ProgramContext => ({
  model,
  batch,
  image: input('image', model.imageShape(1)),
  target: targetInput(model, batch, kind),
  each: (name, shape, dtype) => input(`each:${name}`, [batch, ...shape], dtype),
})

/**
 * All programs of a sampled method as outputs of one, with one row each. Printed, it shows what the method can compute on an engine.
 *
 * @throws {UnsupportedError} where the method is not defined for the model
 */
export const sampledProgram = (
  model: ExplainableModel,
  { explainer, options }: MethodChoice<SampledExplainer>,
): Program => program(explainer.programs(programContext(model, 1), options))

function stackRows(
  { inputs }: Program,
  batch: number,
  rows: number,
  each: (row: number) => Readonly<Record<string, ArrayLike<number>>>,
): HostTensors {
  const stacks = inputs.flatMap(({ params, shape, dtype }) => {
    if (!params.name.startsWith('each:')) return []
    const data = dtype === 'int' ? new Int32Array(sizeOf(shape)) : new Float64Array(sizeOf(shape))
    return { input: params.name, name: params.name.slice('each:'.length), shape, data }
  })
  for (let row = 0; row < rows; row++) {
    const given = each(row)
    for (const { name, data } of stacks) {
      const size = data.length / batch
      const values = given[name]
      if (values?.length !== size)
        throw new ExplainerError(`row ${row}: ${name}: expected ${size} numbers, got ${values?.length ?? 'none'}`)
      data.set(values, row * size)
    }
  }
  return Object.fromEntries(stacks.map(({ input, shape, data }): [string, HostTensor] => [input, { shape, data }]))
}

function rowsOf(output: HostTensor | undefined, batch: number): Numbers[] {
  if (!output || dim(output.shape, 0) !== batch || output.data instanceof Int32Array)
    throw new ExplainerError(`a program's output: expected ${batch} rows of floats, got [${output?.shape.join(', ')}]`)
  const { data } = output
  const size = data.length / batch
  return Array.from({ length: batch }, (_, i) => data.slice(i * size, (i + 1) * size))
}
