import type { Backend, Executable } from '@vitrine/backends/core'
import {
  type Against,
  classOfTarget,
  type ObjectMask,
  type SampledExplainer,
  type Target,
  targetUnder,
  UnsupportedError,
} from '@vitrine/explainers'
import {
  type Draw,
  drawNumbers,
  explanationProgram,
  inputFor,
  inputsOf,
  type MethodChoice,
  onePassOf,
  sampledOf,
  sampler,
  targetRows,
} from '@vitrine/explainers/run'

import type { ExplainableModel } from '@vitrine/models/architecture'
import type { Model } from '@vitrine/models/checkpoint'
import { type HostTensors, input, type Program, program, sizeOf, type Weights } from '@vitrine/tensor'

/** Images as the model's input, one after the other in `pixels`: `[count, 3, height, width]`. */
export interface ImageBatch {
  readonly ids: readonly string[]
  readonly pixels: Float32Array
  /** Where the object of a class is in an image. Only methods that are told the truth (`readsTruth`) ask for it. */
  truth?(index: number, target: number): ObjectMask
  /** Whether the maps of an image are wanted, all if absent. The others keep their rows; sampled methods skip them: their maps are empty. */
  wanted?(index: number): boolean
}

export interface Explanations {
  /** What was explained in each image. */
  readonly targets: readonly Target[]
  /** One row of class probabilities per image. */
  readonly probabilities: readonly Float32Array[]
  /** Per method key, one raw map `[rows, columns]` per image. */
  readonly maps: ReadonlyMap<string, readonly Float32Array[]>
  /** Per key of a sampled method, what each image took, as a multiple of a forward pass. */
  readonly costs: ReadonlyMap<string, readonly number[]>
}

/** A model on a backend, run in batches of one size; a shorter batch is filled up and its surplus dropped. */
export interface ModelRun {
  readonly backend: Backend
  readonly model: Model
  /** Images in a run: as many as were asked for, or as many as the model takes. */
  readonly batch: number
  /** Forward passes run so far, in images. */
  readonly forwardPasses: number
  /** What each class is put against; nothing if absent. Under a rule that asks for similar classes an explanation takes a second forward pass. */
  readonly against: Against | undefined
  /** Heatmaps of all methods from one forward pass, of the classes `targets`, or of the predicted ones without them. */
  explain(
    methods: readonly MethodChoice[],
    images: ImageBatch,
    seed: number,
    targets?: Int32Array,
  ): Promise<Explanations>
  /** What explaining class 0 of one image with a sampled method takes, as a multiple of a forward pass: for timing. */
  sample(method: MethodChoice<SampledExplainer>, pixels: Float32Array): Promise<number>
  /** Class probabilities of `count` images, each `[3, height, width]` written by `fill` when its turn comes. */
  probabilities(count: number, fill: (index: number, out: Float32Array) => void): Promise<Float32Array[]>
  /** The same, logits. */
  logits(count: number, fill: (index: number, out: Float32Array) => void): Promise<Float32Array[]>
  /**
   * Class probabilities of an image without some of its patches, whose tokens the model never sees: one row for each mask, 1 for a patch that is
   * not there.
   *
   * @throws {UnsupportedError} if the model cannot compute with part of the patches, or a mask leaves none
   */
  withoutPatches(pixels: Float32Array, masks: readonly Uint8Array[]): Promise<Float32Array[]>
  /** The same model with other weights, to be disposed of by itself. Its forward passes count here too. */
  withWeights(weights: Weights): ModelRun
  /** Frees the compiled programs; the backend stays open. */
  dispose(): Promise<void>
}

/** The class probabilities of one image, each pass with some of its patches. */
function subsetProgram(transformer: ExplainableModel, passes: number, count: number) {
  const image = input('image', transformer.imageShape(1))
  const { probabilities } = transformer.trace(image, { patches: input('patches', [passes, count], 'int') })
  return { program: program({ probabilities }), draws: [] }
}

/** @throws {UnsupportedError} if the model cannot compute with part of the patches, or with so few */
export function requireTokenSubsets({ can }: Pick<ExplainableModel, 'can'>, count: number): void {
  const able = can['token-subsets']
  if (able !== true)
    throw new UnsupportedError(`token drop: expected a model that can compute with part of its patches, but ${able}`)
  if (count === 0)
    throw new UnsupportedError('token drop: expected at least one patch that is left, got none; end the steps before 1')
}

export function openModelRun(
  backend: Backend,
  model: Model,
  asked: number,
  onPasses: (count: number) => void = () => {},
  against?: Against,
): ModelRun {
  const batch = Math.min(asked, model.transformer.maxBatch)
  const shape = model.transformer.imageShape(batch)
  const imageSize = sizeOf(shape) / batch
  const compiled = new Map<string, Promise<{ executable: Executable; program: Program; draws: readonly Draw[] }>>()
  let forwardPasses = 0
  const ran = (passes: number): void => {
    forwardPasses += passes
    onPasses(passes)
  }
  const executables = new Map<Program, Promise<Executable>>()
  const sampling = sampler(
    model.transformer,
    batch,
    async (p, inputs) => {
      const known = executables.get(p)
      if (known) return (await known).run(inputs)
      const executable = backend.compile(p, model.weights)
      executables.set(p, executable)
      executable.catch(() => executables.delete(p))
      return (await executable).run(inputs)
    },
    ran,
  )

  function compile(key: string, build: () => ReturnType<typeof explanationProgram>) {
    const known = compiled.get(key)
    if (known) return known
    const made = (async () => {
      const { program: p, draws } = build()
      return { executable: await backend.compile(p, model.weights), program: p, draws }
    })()
    compiled.set(key, made)
    made.catch(() => compiled.delete(key))
    return made
  }

  const filled = (pixels: Float32Array): Float32Array => {
    if (pixels.length === sizeOf(shape)) return pixels
    const full = new Float32Array(sizeOf(shape))
    full.set(pixels)
    return full
  }

  const rows = (outputs: HostTensors, name: string, count: number): Float32Array[] => {
    const { data = [], shape: [images = 1] = [] } = outputs[name] ?? {}
    const numbers = data instanceof Float32Array ? data : Float32Array.from(data)
    const size = numbers.length / images
    return Array.from({ length: count }, (_, i) => numbers.slice(i * size, (i + 1) * size))
  }

  async function forward(
    name: 'probabilities' | 'logits',
    count: number,
    fill: (index: number, out: Float32Array) => void,
  ): Promise<Float32Array[]> {
    const { executable } = await compile(name, () => ({
      program: program({ [name]: model.transformer.trace(input('image', shape))[name] }),
      draws: [],
    }))
    const found: Float32Array[] = []
    const data = new Float32Array(sizeOf(shape))
    for (let start = 0; start < count; start += batch) {
      const size = Math.min(batch, count - start)
      for (let i = 0; i < size; i++) fill(start + i, data.subarray(i * imageSize, (i + 1) * imageSize))
      found.push(...rows(await executable.run({ image: { shape, data } }), name, size))
    }
    ran(count)
    return found
  }

  /** What is explained where each class is put against others: the classes of one forward pass, or the given ones. */
  async function targetsUnder(
    rule: Against,
    count: number,
    pixels: Float32Array,
    classes: Int32Array | undefined,
  ): Promise<Target[]> {
    const { executable } = await compile('logits', () => ({
      program: program({ logits: model.transformer.trace(input('image', shape)).logits }),
      draws: [],
    }))
    const outputs = await executable.run({ image: { shape, data: filled(pixels) } })
    ran(count)
    return rows(outputs, 'logits', count).map((row, i) => targetUnder(rule, classes?.[i] ?? largest(row), row))
  }

  return {
    backend,
    model,
    batch,
    against,
    get forwardPasses() {
      return forwardPasses
    },
    async explain(methods, { ids, pixels, truth, wanted = () => true }, seed, classes) {
      const targets = against && (await targetsUnder(against, ids.length, pixels, classes))
      const given = targets ?? (classes && [...classes])
      const kind = given ? inputFor(given) : 'predicted'
      const onePass = onePassOf(methods)
      const {
        executable,
        program: p,
        draws,
      } = await compile(`${kind} ${onePass.map(m => m.key).join(' ')}`, () =>
        explanationProgram(model.transformer, onePass, batch, kind),
      )
      const drawn = draws.map(draw => {
        const size = sizeOf(draw.shape)
        const data = new Float32Array(batch * size)
        ids.forEach((id, i) => {
          data.set(drawNumbers(seed, id, draw), i * size)
        })
        return [draw.input, { shape: [batch, ...draw.shape], data }] as const
      })
      const inputs = {
        image: { shape, data: filled(pixels) },
        ...(kind !== 'predicted' && given && { target: targetRows(given, batch, model.transformer.classes, kind) }),
      }
      const outputs = await executable.run(inputsOf(p, { ...inputs, ...Object.fromEntries(drawn) }))
      ran(ids.length)
      const probabilities = rows(outputs, 'probabilities', ids.length)
      const explained = given ?? probabilities.map(largest)
      const maps = new Map(onePass.map(({ key }) => [key, rows(outputs, `map:${key}`, ids.length)]))
      const costs = new Map<string, number[]>()
      for (const method of sampledOf(methods)) {
        const answers: { readonly map: ArrayLike<number>; readonly cost: number }[] = []
        for (const [i, id] of ids.entries()) {
          if (!wanted(i)) {
            answers.push({ map: [], cost: 0 })
            continue
          }
          const target = explained[i] ?? 0
          const image = pixels.subarray(i * imageSize, (i + 1) * imageSize)
          answers.push(
            await sampling.explain(method, { image, target, id, seed, truth: truth?.(i, classOfTarget(target)) }),
          )
        }
        maps.set(
          method.key,
          answers.map(answer => Float32Array.from(answer.map)),
        )
        costs.set(
          method.key,
          answers.map(answer => answer.cost),
        )
      }
      return { targets: explained, probabilities, maps, costs }
    },
    async sample(method, image) {
      const { height, width } = model.transformer.input.imageSize
      const truth = { width, height, mask: new Uint8Array(width * height) }
      return (await sampling.explain(method, { image, target: 0, id: 'timing', seed: 0, truth })).cost
    },
    probabilities: (count, fill) => forward('probabilities', count, fill),
    logits: (count, fill) => forward('logits', count, fill),
    async withoutPatches(pixels, masks) {
      const found: Float32Array[] = []
      const kept = masks.map((mask, at) => {
        return { at, patches: Int32Array.from([...mask.keys()].filter(i => mask[i] === 0)) }
      })
      // A program has a fixed number of tokens: masks that leave equally many share one.
      for (const [count, group] of Map.groupBy(kept, ({ patches }) => patches.length)) {
        requireTokenSubsets(model.transformer, count)
        const { executable } = await compile(`${count} patches`, () => subsetProgram(model.transformer, batch, count))
        for (let start = 0; start < group.length; start += batch) {
          const part = group.slice(start, start + batch)
          const data = new Int32Array(batch * count)
          part.forEach(({ patches }, i) => {
            data.set(patches, i * count)
          })
          const image = { shape: model.transformer.imageShape(1), data: pixels }
          const outputs = await executable.run({ image, patches: { shape: [batch, count], data } })
          const own = rows(outputs, 'probabilities', part.length)
          part.forEach(({ at }, i) => {
            found[at] = own[i] ?? new Float32Array(0)
          })
        }
        ran(group.length)
      }
      return found
    },
    withWeights: weights => openModelRun(backend, { ...model, weights }, asked, ran, against),
    async dispose() {
      for (const made of compiled.values()) await (await made).executable.dispose()
      for (const executable of executables.values()) await (await executable).dispose()
      compiled.clear()
      executables.clear()
    },
  }
}

/** The position of the largest number, the first where there are several. */
export const largest = (row: Float32Array): number => row.reduce((best, p, i) => (p > (row[best] ?? p) ? i : best), 0)
