import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Executable, Weights } from '@vitrine/backends/core'
import { openBackend } from '@vitrine/backends/node'

import { openSafetensors, type TensorFile } from '@vitrine/models'
import { tinyReference } from '@vitrine/models/testing'
import { type HostTensor, interpret, type Program } from '@vitrine/tensor'
import type { Numbers } from '../contract/context.ts'
import { isSampled, type Parity } from '../contract/explainer.ts'
import { resolveOptions } from '../contract/options.ts'
import { explainers } from '../registry.ts'
import { type MethodChoice, sampledOf } from '../run/choice.ts'
import { explanationProgram, inputsOf } from '../run/program.ts'
import { type RunProgram, sampler } from '../run/sampler.ts'
import type { Comparison } from './comparison.ts'
import { comparisons } from './comparisons.ts'
import { reordered } from './reordered.ts'

const { model, images } = await tinyReference()
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))
const files = ['methods.safetensors', 'sampled.safetensors'].map(name => openSafetensors(fixture(name)))
const isStored = (name: string): boolean => files.some(file => file.names.includes(name))

function fileOf(name: string): TensorFile {
  const file = files.find(f => f.names.includes(name))
  if (!file) throw new Error(`no fixture holds "${name}"`)
  return file
}
const sources: Readonly<Record<string, Source>> = JSON.parse(readFileSync(fixture('methods.json'), 'utf8'))

/** Where reference numbers come from. */
export interface Source {
  readonly against: Exclude<Parity, 'unverified'>
  readonly source: string
}

export function sourceOf({ reference }: Comparison): Source {
  const source = sources[reference]
  if (!source) throw new Error(`fixtures/methods.json does not say where "${reference}" comes from`)
  return source
}

/** The classes that are explained in the eight images: the predicted one, and the one after it. */
const CLASSES = { '': [7, 9, 7, 7, 7, 7, 7, 7], '@next': [8, 0, 8, 8, 8, 8, 8, 8] }
type Asked = keyof typeof CLASSES

/** Something that can run the comparisons: the interpreter or an engine. */
export interface Arithmetic {
  readonly name: string
  readonly precision: 'float32' | 'float64'
  /** How many images of each comparison are computed at most: of one-pass methods, and of those that take many passes. */
  readonly images: { readonly onePass: number; readonly sampled: number }
  open(weights: Weights): Promise<{ run: RunProgram; close(): Promise<void> }>
}

const engine = (name: string, spec: string, threads: number): Arithmetic => ({
  name,
  precision: 'float32',
  images: { onePass: 8, sampled: 2 },
  async open(weights) {
    const backend = await openBackend(spec, { threads })
    const compiled = new Map<Program, Promise<Executable>>()
    return {
      async run(program, inputs) {
        const executable = compiled.get(program) ?? backend.compile(program, weights)
        compiled.set(program, executable)
        return (await executable).run(inputs)
      },
      close: () => backend.dispose(),
    }
  },
})

/** The columns of the document. The interpreter is slow, so it computes one image of one-pass methods and none of sampled ones. */
export const arithmetics: readonly Arithmetic[] = [
  {
    name: 'interpreter, float64',
    precision: 'float64',
    images: { onePass: 1, sampled: 0 },
    open: async weights => ({
      run: async (program, inputs) => interpret(program, inputs, weights.get),
      close: async () => {},
    }),
  },
  engine('ONNX Runtime, cpu', 'onnx:cpu', 2),
  engine('TensorFlow.js, wasm', 'tfjs:wasm', 1),
]

/** An engine that few machines have. It is tested where it is installed, and has no column in the document. */
export const native = engine('TensorFlow.js, native', 'tfjs:node', 2)

/** What a comparison found in one arithmetic. */
export interface Finding {
  readonly comparison: Comparison
  /**
   * The worst difference of a map, relative to the largest size in that map; undefined where it was not run. Where the method divides by
   * numbers near zero, the median of it over the orders.
   */
  readonly error: number | undefined
  /** The same of the other code's float32, where the method divides by numbers near zero. */
  readonly original: number | undefined
  readonly agrees: boolean
}

// Reference numbers are float32. Float64 differs from them by their rounding; an engine's float32 by its own as well.
const BOUND = { float64: 1e-5, float32: 1e-4 }

/**
 * How many orders of its channels a model is run in where a division by a number near zero magnifies rounding. Such an error depends on the
 * order in which numbers are added, and processors differ in it, so one order tells little: over 60 orders on one machine, the worst map
 * of partial LRP was 0.06 to 1.6 times as far from float64 as the other code's.
 */
export const ORDERS = 11

/** Runs every comparison. */
export async function measure(arithmetic: Arithmetic): Promise<Finding[]> {
  const orders = [await errorsIn(arithmetic, model.weights, comparisons)]
  const divide = comparisons.filter(({ reference }) => isStored(`${reference}.f64`))
  if (arithmetic.precision === 'float32')
    for (let seed = 1; seed < ORDERS; seed++) orders.push(await errorsIn(arithmetic, reordered(model, seed), divide))
  return comparisons.map(comparison => {
    const errors = orders.map(found => found.get(comparison) ?? []).filter(maps => maps.length > 0)
    return conclude(comparison, errors, arithmetic)
  })
}

/** The error of each map of each comparison, with one order of the weights. */
async function errorsIn(arithmetic: Arithmetic, weights: Weights, list: readonly Comparison[]) {
  const { run, close } = await arithmetic.open(weights)
  const errors = new Map<Comparison, MapError[]>(list.map(c => [c, []]))
  for (const asked of ['', '@next'] as const) {
    const having = list.filter(c => isStored(`${c.reference}${asked}`))
    const [sampled, onePass] = [having.filter(isOfSampled), having.filter(c => !isOfSampled(c))]
    for (const [comparison, maps] of [
      ...(await onePassMaps(onePass, asked, run, arithmetic)),
      ...(await sampledMaps(sampled, asked, run, arithmetic)),
    ])
      errors.get(comparison)?.push(...errorsOf(comparison, asked, maps))
  }
  await close()
  return errors
}

type Maps = readonly HostTensor['data'][]

/** Comparisons of equally many images in one program. */
async function onePassMaps(list: readonly Comparison[], asked: Asked, run: RunProgram, arithmetic: Arithmetic) {
  const found: [Comparison, Maps][] = []
  const groups = Map.groupBy(list, ({ reference }) => imagesIn(reference, asked, arithmetic.images.onePass))
  for (const [count, group] of groups) {
    const { program } = explanationProgram(model.transformer, unique(group.map(choiceOf)), count, 'given')
    const target = { shape: [count], data: Int32Array.from(CLASSES[asked].slice(0, count)) }
    const image = images([...Array(count).keys()], arithmetic.precision)
    const outputs = await run(program, inputsOf(program, { image, target }))
    for (const comparison of group) {
      const data = outputs[`map:${choiceOf(comparison).key}`]?.data ?? new Float32Array(0)
      const size = data.length / count
      const maps = Array.from({ length: count }, (_, i) => data.subarray(i * size, (i + 1) * size))
      found.push([comparison, maps])
    }
  }
  return found
}

async function sampledMaps(list: readonly Comparison[], asked: Asked, run: RunProgram, arithmetic: Arithmetic) {
  const found: [Comparison, Maps][] = []
  const sampling = sampler(model.transformer, 10, run)
  for (const comparison of list) {
    const maps: Numbers[] = []
    for (let i = 0; i < imagesIn(comparison.reference, asked, arithmetic.images.sampled); i++) {
      const image = images([i], arithmetic.precision).data
      if (image instanceof Int32Array) throw new Error('expected an image of floats')
      const [method] = sampledOf([choiceOf(comparison)])
      if (!method) throw new Error(`${comparison.method}: expected a sampled method`)
      const draws = comparison.draws?.(i) ?? {}
      const question = { image, target: CLASSES[asked][i] ?? 0, id: `image ${i}`, seed: 0, draws }
      maps.push((await sampling.explain(method, question)).map)
    }
    found.push([comparison, maps])
  }
  return found
}

const isOfSampled = (comparison: Comparison): boolean => isSampled(choiceOf(comparison).explainer)

/**
 * Where the other code has a float64 run, ours must be no farther from it than the other code's float32 is, by the worst map (median of the
 * orders) or by the typical one (geometric mean of all).
 */
function conclude(
  comparison: Comparison,
  orders: readonly (readonly MapError[])[],
  { precision }: Arithmetic,
): Finding {
  const [first] = orders
  if (!first) return { comparison, error: undefined, original: undefined, agrees: true }
  const error = median(orders.map(maps => Math.max(...maps.map(e => e.ours))))
  const originals = first.flatMap(e => (e.original === undefined ? [] : [e.original]))
  if (originals.length === 0 || precision === 'float64') {
    const bound = Math.max(BOUND[precision], comparison.within ?? 0)
    return { comparison, error, original: undefined, agrees: error <= bound }
  }
  const original = Math.max(...originals)
  const typical = geometricMean(orders.flat().map(e => e.ours)) <= geometricMean(originals)
  return { comparison, error, original, agrees: error <= original || typical }
}

/**
 * How many times as far from float64 our worst maps are as the other code's float32: the geometric mean over all comparisons that
 * have both.
 */
export const farther = (findings: readonly Finding[]): number =>
  geometricMean(
    findings.flatMap(({ error, original }) =>
      error === undefined || original === undefined ? [] : [error / original],
    ),
  )

/** The median of an odd number of values. */
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((total, v) => total + Math.log(v), 0) / values.length)

/** The difference of one map, and of the other code's float32, relative to the map's largest size. */
interface MapError {
  readonly ours: number
  readonly original: number | undefined
}

const imagesIn = (reference: string, asked: Asked, most: number): number =>
  Math.min(fileOf(`${reference}${asked}`).shape(`${reference}${asked}`)[0] ?? 0, most)

export function choiceOf({ method, options = {} }: Comparison): MethodChoice {
  const explainer = explainers.find(e => e.id === method)
  if (!explainer) throw new Error(`no method is called "${method}"`)
  return {
    key: `${method} ${JSON.stringify(options)}`,
    explainer,
    options: resolveOptions(method, explainer.options, options),
  }
}

const unique = (choices: readonly MethodChoice[]): MethodChoice[] =>
  choices.filter((c, i) => choices.findIndex(other => other.key === c.key) === i)

function errorsOf({ reference, upToSign = false, square = 1 }: Comparison, asked: Asked, maps: Maps): MapError[] {
  const exact = `${reference}.f64${asked}`
  const divides = isStored(exact)
  const original = fileOf(`${reference}${asked}`).read(`${reference}${asked}`)
  const expected = divides ? fileOf(exact).read(exact) : original
  return maps.map((map, i) => {
    const size = map.length / square ** 2
    const part = (data: Float32Array) => spread(data.subarray(i * size, (i + 1) * size), square)
    const against = (found: HostTensor['data']) => differenceOf(found, part(expected), largest(expected), upToSign)
    return { ours: against(map), original: divides ? against(part(original)) : undefined }
  })
}

/** Repeats each number of a square map on `square` x `square` patches. */
function spread(data: Float32Array, square: number): Float32Array {
  if (square === 1) return data
  const side = Math.sqrt(data.length)
  const patches = side * square
  const at = (i: number) => Math.floor(Math.floor(i / patches) / square) * side + Math.floor((i % patches) / square)
  return Float32Array.from({ length: patches * patches }, (_, i) => data[at(i)] ?? Number.NaN)
}

const largest = (data: ArrayLike<number>): number => Array.from(data).reduce((top, x) => Math.max(top, Math.abs(x)), 0)

/** The largest difference, relative to the largest absolute value of the expected map, or of all maps where this one is zero. */
function differenceOf(found: ArrayLike<number>, expected: ArrayLike<number>, all: number, upToSign: boolean): number {
  const scale = largest(expected) || all
  const signs = upToSign ? [1, -1] : [1]
  return Math.min(...signs.map(s => largest(Array.from(expected, (e, i) => e - s * (found[i] ?? Number.NaN))))) / scale
}
