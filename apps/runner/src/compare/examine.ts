import { openDataset } from '@vitrine/datasets'
import { isSampled } from '@vitrine/explainers'
import { type MethodChoice, onePassOf } from '@vitrine/explainers/run'

import { largest, type ModelRun, refusalsOf } from '@vitrine/measure'
import { median } from '@vitrine/metrics'
import { fitPicture, type Model, normalise, parametersOf } from '@vitrine/models'
import { countFlops, input, program } from '@vitrine/tensor'

/** Something that was tried: whether it is as it should be, and in words what was seen, or what to do. */
export interface Check {
  readonly what: string
  /** `refused`: the method is not defined for the model, which is no fault of the model. */
  readonly verdict: 'yes' | 'no' | 'refused' | 'not tried'
  readonly note: string
}

/** What trying a model out has shown. */
export interface Examination {
  readonly checks: readonly Check[]
  readonly methods: readonly Check[]
  /** One forward pass of one image. */
  readonly pass: { readonly milliseconds: number; readonly flops: number }
}

/** Whether all numbers of all parameters are finite. */
function checkWeights({ transformer, weights }: Model): Check {
  const names = parametersOf(transformer).map(({ params }) => params.name)
  const broken = names.find(name => !weights.get(name).data.every(Number.isFinite))
  return {
    what: 'weights are finite',
    verdict: broken === undefined ? 'yes' : 'no',
    note:
      broken === undefined
        ? `${names.length} parameters`
        : `${broken} has NaN or infinite numbers: the file is damaged or its training diverged; take another checkpoint`,
  }
}

/** Whether the model says of a scene what it says of the mean colour, as one does whose head was never trained. */
async function checkHead(model: Model, engine: ModelRun, probabilities: Float32Array): Promise<Check> {
  const [blank] = await engine.probabilities(1, (_, pixels) => pixels.fill(0))
  const same = probabilities.every((p, i) => p === blank?.[i])
  return {
    what: 'the head is trained',
    verdict: same ? 'no' : 'yes',
    note: same
      ? `a scene and an empty picture have the same ${model.transformer.classes} probabilities, as where the head is all zero; fine-tune it or take another checkpoint`
      : '',
  }
}

/** A scene with objects, as the model sees it: something to look at for any model. */
async function testPicture({ transformer, fit }: Model): Promise<Float32Array> {
  const dataset = await openDataset('icon-scenes')
  const { image } = await dataset.sample(0)
  return normalise(transformer.input, fitPicture(fit, transformer.input.imageSize, image))
}

const ROUNDS = 3

/** Tries a model out: its weights, a forward pass, and each method that explains in one pass, for two classes. */
export async function examine(model: Model, engine: ModelRun, methods: readonly MethodChoice[]): Promise<Examination> {
  const pixels = await testPicture(model)
  const times: number[] = []
  let probabilities = new Float32Array(0)
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now()
    const [found = probabilities] = (await engine.explain([], { ids: ['test'], pixels }, 0)).probabilities
    // The first run prepares the program.
    if (round > 0) times.push(performance.now() - start)
    probabilities = Float32Array.from(found)
  }
  const finite = probabilities.every(Number.isFinite)
  const top = largest(probabilities)
  const pass: Check = {
    what: model.isHeadless ? 'a test pass gives an embedding' : 'a test pass gives probabilities',
    verdict: finite ? 'yes' : 'no',
    note: finite
      ? model.isHeadless
        ? `of ${model.transformer.classes} numbers; it has no classifier, and methods were tried on the largest of them`
        : `${model.classNames[top]} ${(100 * (probabilities[top] ?? 0)).toFixed(1)} % for a scene of icons`
      : 'they are not finite numbers: no map of this model means anything',
  }
  const image = input('image', model.transformer.imageShape(1))
  return {
    checks: [checkWeights(model), ...(model.isHeadless ? [] : [await checkHead(model, engine, probabilities)]), pass],
    methods: await checkMethods(model, engine, methods, pixels, top),
    pass: {
      milliseconds: median(times),
      flops: countFlops(program({ logits: model.transformer.trace(image).logits })),
    },
  }
}

async function checkMethods(
  model: Model,
  engine: ModelRun,
  methods: readonly MethodChoice[],
  pixels: Float32Array,
  top: number,
): Promise<Check[]> {
  const refusals = refusalsOf(model, methods)
  const able = onePassOf(methods).filter(m => refusals.get(m) === undefined)
  const { classes } = model.transformer
  const other = (top + 1) % classes
  const mapsOf = async (target: number) =>
    (await engine.explain(able, { ids: ['test'], pixels }, 0, Int32Array.of(target))).maps
  const [own, others] = [await mapsOf(top), classes > 1 ? await mapsOf(other) : undefined]
  return methods.map((method): Check => {
    const { key, explainer } = method
    const refusal = refusals.get(method)
    if (refusal !== undefined) return { what: key, verdict: 'refused', note: refusal }
    if (explainer.readsTruth) return { what: key, verdict: 'not tried', note: 'needs images whose object is known' }
    if (isSampled(explainer)) return { what: key, verdict: 'not tried', note: 'many passes an image' }
    const map = own.get(key)?.[0] ?? new Float32Array(0)
    const problem =
      problemOf(map, explainer.family === 'control') ??
      classProblem(explainer.classSpecific, map, others?.get(key)?.[0])
    return { what: key, verdict: problem === undefined ? 'yes' : 'no', note: problem ?? '' }
  })
}

/** What is wrong with a map by itself: nothing can be read from it. */
export function problemOf(map: Float32Array, mayBeFlat = false): string | undefined {
  if (!map.every(Number.isFinite)) return 'the map has NaN or infinite numbers'
  const first = map[0] ?? 0
  if (mayBeFlat || map.some(x => x !== first)) return undefined
  return first === 0 ? 'the map is all zero' : `the map is flat: ${first} everywhere`
}

/** Whether a method keeps its word on what the class changes. */
function classProblem(classSpecific: boolean, map: Float32Array, other: Float32Array | undefined): string | undefined {
  if (!other) return undefined
  const same = map.every((x, i) => x === other[i])
  if (classSpecific && same) return 'says it is class-specific, and gives two classes the same map'
  return !classSpecific && !same
    ? 'says the class makes no difference, and gives two classes different maps'
    : undefined
}
