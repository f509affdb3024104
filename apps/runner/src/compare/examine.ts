import { openDataset } from '@vitrine/datasets'
import { type Explainer, isSampled } from '@vitrine/explainers'
import { type MethodChoice, onePassOf } from '@vitrine/explainers/run'

import { largest, type ModelRun, refusalsOf } from '@vitrine/measure'
import { median } from '@vitrine/metrics'
import { fitPicture, type Model, normalise, parametersOf } from '@vitrine/models'
import { countFlops, input, program } from '@vitrine/tensor'
import { choiceOf } from '../open/methods.ts'

/** Something that was tried: whether it is as it should be, and in words what was seen, or what to do. */
export interface Check {
  readonly what: string
  /** `refused`: the method is not defined for the model, which is no fault of the model. A note on what is as it should be is a remark. */
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
async function testPicture({ transformer, fit }: Model, index = 0): Promise<Float32Array> {
  const dataset = await openDataset('icon-scenes')
  const { image } = await dataset.sample(index)
  return normalise(transformer.input, fitPicture(fit, transformer.input.imageSize, image))
}

const ROUNDS = 3

/**
 * Tries a model out: its weights, a forward pass, and each method that explains in one pass, for two classes.
 *
 * @param openExact opens the model in double precision; asked for only where a map is all zero
 */
export async function examine(
  model: Model,
  engine: ModelRun,
  methods: readonly MethodChoice[],
  openExact: () => Promise<ModelRun>,
): Promise<Examination> {
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
    methods: await checkMethods(model, { engine, openExact }, methods, pixels, top),
    pass: {
      milliseconds: median(times),
      flops: countFlops(program({ logits: model.transformer.trace(image).logits })),
    },
  }
}

/** On what a model is tried out. */
interface Engines {
  readonly engine: ModelRun
  readonly openExact: () => Promise<ModelRun>
}

type Maps = ReadonlyMap<string, readonly Float32Array[]>

const mapsOf = async (
  engine: ModelRun,
  methods: readonly MethodChoice[],
  pixels: Float32Array,
  target: number,
): Promise<Maps> => (await engine.explain(methods, { ids: ['test'], pixels }, 0, Int32Array.of(target))).maps

const isZero = (maps: readonly Float32Array[] | undefined): boolean => maps?.[0]?.every(x => x === 0) === true

/** The test picture, the likeliest class and, where there are several, another one, of which the maps are `others`. */
interface TestMaps {
  readonly pixels: Float32Array
  readonly classes: readonly [top: number, ...other: number[]]
  readonly others: Maps | undefined
}

/** Scenes besides the test picture, on which a method that found nothing there is tried. */
const OTHER_SCENES = [1, 2, 3]

/**
 * What all-zero maps of the test picture mean. Many methods keep what speaks for a class alone, and may find nothing: then the map is zero in double precision too,
 * and is not for another class or another scene. What is zero everywhere, or in single precision alone, is wrong.
 */
async function onZeroMaps(
  model: Model,
  { engine, openExact }: Engines,
  silent: readonly MethodChoice[],
  { pixels, classes, others }: TestMaps,
): Promise<ReadonlyMap<string, Omit<Check, 'what'>>> {
  if (silent.length === 0) return new Map()
  const exact = await openExact()
  const inDouble = await mapsOf(exact, silent, pixels, classes[0]).finally(() => exact.dispose())
  const elsewhere: Maps[] = others ? [others] : []
  for (const scene of OTHER_SCENES) {
    const picture = await testPicture(model, scene)
    for (const target of classes) elsewhere.push(await mapsOf(engine, silent, picture, target))
  }
  return new Map(
    silent.map(({ key }): [string, Omit<Check, 'what'>] => {
      if (!isZero(inDouble.get(key)))
        return [key, { verdict: 'no', note: 'the map is all zero in single precision, and not in double' }]
      return elsewhere.every(maps => isZero(maps.get(key)))
        ? [key, { verdict: 'no', note: 'the map is all zero, for another class and other pictures too' }]
        : [key, { verdict: 'yes', note: 'all zero for the test picture, in double precision too, and not elsewhere' }]
    }),
  )
}

async function checkMethods(
  model: Model,
  { engine, openExact }: Engines,
  methods: readonly MethodChoice[],
  pixels: Float32Array,
  top: number,
): Promise<Check[]> {
  const refusals = refusalsOf(model, methods)
  const able = onePassOf(methods).filter(m => refusals.get(m) === undefined)
  const { classes } = model.transformer
  const other = classes > 1 ? (top + 1) % classes : undefined
  const own = await mapsOf(engine, able, pixels, top)
  const others = other === undefined ? undefined : await mapsOf(engine, able, pixels, other)
  const silent = able.filter(({ key, explainer }) => explainer.family !== 'control' && isZero(own.get(key)))
  const found = await onZeroMaps(model, { engine, openExact }, silent, {
    pixels,
    classes: other === undefined ? [top] : [top, other],
    others,
  })
  return methods.map((method): Check => {
    const { key, explainer } = method
    const refusal = refusals.get(method)
    if (refusal !== undefined) return { what: key, verdict: 'refused', note: refusal + otherWay(model, explainer) }
    if (explainer.readsTruth) return { what: key, verdict: 'not tried', note: 'needs images whose object is known' }
    if (isSampled(explainer)) return { what: key, verdict: 'not tried', note: 'many passes an image' }
    const ofZero = found.get(key)
    if (ofZero) return { what: key, ...ofZero }
    const map = own.get(key)?.[0] ?? new Float32Array(0)
    const problem =
      problemOf(map, explainer.family === 'control') ??
      classProblem(explainer.classSpecific, map, others?.get(key)?.[0])
    return { what: key, verdict: problem === undefined ? 'yes' : 'no', note: problem ?? '' }
  })
}

/** Where a method needs something else with some options, those with which the model has it, as the end of a reason. */
function otherWay(model: Model, explainer: Explainer): string {
  if (!explainer.needsWith) return ''
  const ways = Object.entries(explainer.options).flatMap(([name, { others }]) =>
    others.map(value => choiceOf(explainer, { [name]: value })),
  )
  const way = ways.find(one => !refusalsOf(model, [one]).has(one))
  return way === undefined ? '' : `; ${way.key} is`
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
