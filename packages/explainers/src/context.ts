import type { VisionTransformer } from '@vitrine/models'
import {
  argmax,
  type HostTensors,
  input,
  type Program,
  program,
  type Shape,
  sizeOf,
  type Tensor,
} from '@vitrine/tensor'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { ExplainerError } from './errors.ts'
import {
  type Explainer,
  isSampled,
  type OnePassExplainer,
  type OptionValue,
  type SampledExplainer,
} from './explainer.ts'

/** A method with its settings, and the name of its heatmap among a program's outputs. */
export interface MethodChoice<E extends Explainer = Explainer> {
  readonly key: string
  readonly explainer: E
  readonly options: Readonly<Record<string, OptionValue>>
}

export const onePassOf = (methods: readonly MethodChoice[]): MethodChoice<OnePassExplainer>[] =>
  methods.filter((m): m is MethodChoice<OnePassExplainer> => !isSampled(m.explainer))

export const sampledOf = (methods: readonly MethodChoice[]): MethodChoice<SampledExplainer>[] =>
  methods.filter((m): m is MethodChoice<SampledExplainer> => isSampled(m.explainer))

/** Random numbers that a program reads, drawn anew for each image. */
export interface Draw {
  /** Name of the program's input. */
  readonly input: string
  /** Per image. */
  readonly shape: Shape
}

export interface ExplanationProgram {
  /** Inputs: `image`, `target` where it is given, and the draws. Outputs: `probabilities` and a heatmap `map:KEY` per method. */
  readonly program: Program
  readonly draws: readonly Draw[]
}

/**
 * One program for several methods, which share one forward pass. `target` says which class is explained: the predicted one, or
 * one given per image as the int input `target [batch]`.
 */
export function explanationProgram(
  model: VisionTransformer,
  methods: readonly MethodChoice[],
  batch: number,
  target: 'predicted' | 'given',
): ExplanationProgram {
  const image = input('image', model.imageShape(batch))
  const trace = model.trace(image)
  const classes = target === 'predicted' ? argmax(trace.logits) : input('target', [batch], 'int')
  const draws: Draw[] = []
  const maps = methods.map(({ key, explainer, options }): [string, Tensor] => {
    const random = (name: string, shape: Shape): Tensor => {
      const draw = { input: `random:${explainer.id}:${name}`, shape }
      if (!draws.some(known => known.input === draw.input)) draws.push(draw)
      return input(draw.input, [batch, ...shape])
    }
    if (isSampled(explainer)) throw new ExplainerError(`${explainer.id}: expected a one-pass method, got a sampled one`)
    return [`map:${key}`, explainer.explain({ model, image, trace, target: classes, random }, options)]
  })
  return { program: program({ probabilities: trace.probabilities, ...Object.fromEntries(maps) }), draws }
}

/** Those of the given tensors that a program reads: a map that no class changes reads no target. */
export function inputsOf({ inputs }: Program, given: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(given).filter(([name]) => inputs.some(t => t.params.name === name)))
}

/** The numbers of a draw for one image, uniform in [0, 1): a function of the seed, the image's id and the draw's name. */
export function drawNumbers(seed: number, imageId: string, { input: name, shape }: Draw): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, uniformSource(`${seed} ${imageId} ${name}`))
}

/** Uniform numbers in [0, 1), one a call, that depend on a text alone. */
export function uniformSource(seed: string): () => number {
  const generator = xoroshiro128plus(hash32(seed))
  return () => uniformFloat64(generator)
}

/** A 32-bit hash of a text (FNV-1a, then mixed), for seeds. */
export function hash32(text: string): number {
  let h = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) | 0
}
