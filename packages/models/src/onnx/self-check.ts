import {
  abs,
  dim,
  type HostTensor,
  type HostTensors,
  input,
  matmul,
  max,
  mul,
  type Program,
  program,
  reshape,
  sub,
  type Tensor,
} from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import type { BlockTrace, ExplainableModel } from '../explainable.ts'
import { elementType } from './elements.ts'
import { explainableModel } from './explainable-model.ts'
import { type OnnxFile, tensorsOf } from './file.ts'
import type { ImportedGraph } from './graph.ts'
import type { Asked } from './logits.ts'

/** What a check runs. Neither is loaded here. */
export interface Runners {
  /** The file as it is, in ONNX Runtime: from what its input takes to its outputs, by their names. */
  file(image: HostTensor): Promise<HostTensors>
  /** Values in the middle of the file's graph, by their names: asked for where outputs differ, to say which op is at fault. */
  inside?(image: HostTensor, names: readonly string[]): Promise<HostTensors>
  /** A program with the weights of the file. */
  program(program: Program, inputs: HostTensors): Promise<HostTensors>
}

/** What came out when a file was opened for the first time. Plain data: it is kept under the hash of the file. */
export interface CheckReport {
  /** Difference of the logits from the file's own in ONNX Runtime, over their peak. */
  readonly difference: number
  /** Infinite, as null, or 1 where a batch of two gives something else than its images one by one. */
  readonly maxBatch: 1 | null
  /** What is left of scores without products of queries and keys, and differs between two images, over the scores' peak; one for each block. */
  readonly scores: readonly number[]
}

/** Weights of few digits are computed with by ONNX Runtime as they are, and here in float32. */
const TOLERANCES: Readonly<Record<string, number>> = { float16: 1e-2, bfloat16: 5e-2, float32: 1e-4, float64: 1e-4 }
const BATCH_TOLERANCE = 1e-4
const SCORES_TOLERANCE = 1e-3

/**
 * Holds an imported graph against the file itself, on two images of noise: its output, a batch of both against one by one, and scores of
 * attention against products of queries and keys.
 *
 * @throws ModelError where the file is read wrongly: no map of it would be true
 */
export async function selfCheck(
  file: OnnxFile,
  graph: ImportedGraph,
  said: Asked,
  runners: Runners,
): Promise<CheckReport> {
  const { height, width } = graph.image.size
  const images = [1, 2].map(seed => noise(seed, 3 * height * width))
  const { model, structure } = explainableModel(graph, {
    ...said,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    maxBatch: Number.POSITIVE_INFINITY,
  })
  const output = structure.output.name
  const alone: Float32Array[] = []
  let difference = 0
  for (const image of images) {
    const found = await outputOf(graph, output, runners, image, 1)
    const expected = (await runners.file(asItsInput(graph, image)))[output]
    difference = Math.max(difference, differenceOf(found, expected?.data ?? []))
    alone.push(found)
  }
  const tolerance = toleranceOf(file)
  if (!(difference <= tolerance))
    throw new ModelError(
      `${file.name}: agrees with ONNX Runtime on its own file to ${difference.toExponential(0)} only, expected ${tolerance}: ${await faultOf(graph, runners, joined(images.slice(0, 1)))} is read wrongly, please report it`,
    )
  const isBatched = await givesTheSameTogether(graph, output, runners, images, alone)
  const scores = await scoresBesideProducts(model, runners, images)
  const wrong = scores.findIndex(rest => !(rest <= SCORES_TOLERANCE))
  if (wrong >= 0)
    throw new ModelError(
      `${file.name}: scores of block ${wrong} are no products of its queries and keys (${scores[wrong]?.toExponential(0)} of their peak is left): it is read wrongly, please report it`,
    )
  return { difference, maxBatch: isBatched ? null : 1, scores }
}

/** Values that are looked at together. */
const AT_ONCE = 32
/** What a right op may differ by, when what it reads is right. */
const OP_TOLERANCE = 1e-2

/** The first node, in the order of the graph, whose result is not that of ONNX Runtime. */
async function faultOf(graph: ImportedGraph, { inside, program: run }: Runners, image: Float32Array): Promise<string> {
  if (!inside) return 'an op of this file'
  const { placeholder, values } = graph.build(1)
  const made = new Map(graph.nodes.flatMap(node => node.outputs.map(name => [name, node] as const)))
  const names = [...made.keys()].filter(name => values.has(name))
  for (let start = 0; start < names.length; start += AT_ONCE) {
    const some = names.slice(start, start + AT_ONCE)
    const outputs = some.flatMap((name, i): [string, Tensor][] => {
      const value = values.get(name)
      return value ? [[String(i), value]] : []
    })
    const found = await run(program(Object.fromEntries(outputs)), {
      image: { shape: placeholder.shape, data: image },
    })
    const expected = await inside(asItsInput(graph, image), some)
    for (const [i, name] of some.entries()) {
      const [value, own, node] = [found[i]?.data ?? [], expected[name], made.get(name)]
      if (own && node && differenceOf(value, own.data) > OP_TOLERANCE) return `${node.op} "${node.name || name}"`
    }
  }
  return 'an op of this file'
}

/** An output of the program for some images at once. */
async function outputOf(
  graph: ImportedGraph,
  output: string,
  { program: run }: Runners,
  images: Float32Array,
  batch: number,
): Promise<Float32Array> {
  const { placeholder, outputs } = graph.build(batch)
  const y = outputs.get(output)
  if (!y) throw new ModelError(`no output "${output}"`)
  const found = await run(program({ y }), { image: { shape: placeholder.shape, data: images } })
  return Float32Array.from(found.y?.data ?? [])
}

/** An image as the file takes it. */
function asItsInput({ image: { size, channelsLast } }: ImportedGraph, pixels: Float32Array): HostTensor {
  const { height, width } = size
  if (!channelsLast) return { shape: [1, 3, height, width], data: pixels }
  const data = pixels.map((_, i) => pixels[(i % 3) * height * width + Math.floor(i / 3)] ?? 0)
  return { shape: [1, height, width, 3], data }
}

async function givesTheSameTogether(
  graph: ImportedGraph,
  output: string,
  runners: Runners,
  images: readonly Float32Array[],
  alone: readonly Float32Array[],
): Promise<boolean> {
  try {
    const together = await outputOf(graph, output, runners, joined(images), images.length)
    return differenceOf(together, joined(alone)) <= BATCH_TOLERANCE
  } catch (error) {
    // A shape that is written down for one image cannot be built for two.
    if (error instanceof ModelError) return false
    throw error
  }
}

/** What scores have besides products of queries and keys, as far as two images differ in it, over the largest score. */
async function scoresBesideProducts(
  model: ExplainableModel,
  { program: run }: Runners,
  images: readonly Float32Array[],
): Promise<number[]> {
  const names = ['first', 'second']
  const shape = model.imageShape(1)
  const [first, second] = names.map(name => model.trace(input(name, shape)).blocks) as [
    readonly BlockTrace[],
    readonly BlockTrace[],
  ]
  if (first.length === 0) return []
  const outputs = first.flatMap((block, i): [string, Tensor][] => {
    const other = second[i] ?? block
    return [
      [`rest ${i}`, peak(sub(besideProduct(block), besideProduct(other)))],
      [`peak ${i}`, peak(block.scores)],
    ]
  })
  const given = Object.fromEntries(names.map((name, i) => [name, { shape, data: images[i] ?? new Float32Array() }]))
  const found = await run(program(Object.fromEntries(outputs)), given)
  const number = (name: string) => found[name]?.data[0] ?? Number.NaN
  return first.map((_, i) => number(`rest ${i}`) / number(`peak ${i}`))
}

const peak = (t: Tensor): Tensor =>
  max(
    abs(t),
    t.shape.map((_, axis) => axis),
  )

const besideProduct = ({ scores, query, key }: BlockTrace): Tensor => {
  const product = mul(matmul(query, key, false, true), dim(query.shape, -1) ** -0.5)
  return sub(scores, reshape(product, scores.shape))
}

/** Numbers of a normal distribution: sums of twelve uniform ones. The same for the same seed. */
function noise(seed: number, count: number): Float32Array {
  let state = seed
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 0) / 2 ** 32
  }
  return Float32Array.from({ length: count }, () => Array.from({ length: 12 }, uniform).reduce((sum, x) => sum + x, -6))
}

const joined = (images: readonly Float32Array[]): Float32Array => {
  const [first = new Float32Array()] = images
  const all = new Float32Array(first.length * images.length)
  for (const [i, image] of images.entries()) all.set(image, i * first.length)
  return all
}

const largest = (numbers: ArrayLike<number>): number =>
  Array.from(numbers).reduce((top, x) => Math.max(top, Math.abs(x)), 0)

/** The largest difference over the largest expected number. */
function differenceOf(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length || expected.length === 0) return Number.POSITIVE_INFINITY
  const apart = Array.from(actual, (x, i) => Math.abs(x - (expected[i] ?? Number.NaN)))
  return apart.some(Number.isNaN) ? Number.POSITIVE_INFINITY : largest(apart) / Math.max(largest(expected), 1e-30)
}

const toleranceOf = (file: OnnxFile): number =>
  Math.max(1e-4, ...tensorsOf(file).map(({ type }) => TOLERANCES[elementType(type).name] ?? 0))
