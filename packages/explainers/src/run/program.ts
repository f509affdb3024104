import type { ExplainableModel } from '@vitrine/models'
import {
  argmax,
  type HostTensors,
  input,
  oneHot,
  type Program,
  program,
  type Shape,
  type Tensor,
} from '@vitrine/tensor'
import { isSampled } from '../contract/explainer.ts'
import { ExplainerError } from '../errors.ts'
import type { MethodChoice } from './choice.ts'
import { type TargetInput, targetInput } from './target-input.ts'

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
 * One program for several one-pass methods, which share one forward pass. What is explained in each image is the predicted class, the
 * class in the int input `target [batch]` (`given`), or the weights of classes in the input `target [batch, classes]` (`weighted`).
 *
 * @throws {UnsupportedError} where a method is not defined for the model
 * @throws {ExplainerError} where a method is sampled
 */
export function explanationProgram(
  model: ExplainableModel,
  methods: readonly MethodChoice[],
  batch: number,
  target: TargetInput | 'predicted',
): ExplanationProgram {
  const image = input('image', model.imageShape(batch))
  const trace = model.trace(image)
  const weights =
    target === 'predicted' ? oneHot(argmax(trace.logits), model.classes) : targetInput(model, batch, target)
  const draws: Draw[] = []
  const maps = methods.map(({ key, explainer, options }): [string, Tensor] => {
    const random = (name: string, shape: Shape): Tensor => {
      const draw = { input: `random:${explainer.id}:${name}`, shape }
      if (!draws.some(known => known.input === draw.input)) draws.push(draw)
      return input(draw.input, [batch, ...shape])
    }
    if (isSampled(explainer)) throw new ExplainerError(`${explainer.id}: expected a one-pass method, got a sampled one`)
    return [`map:${key}`, explainer.explain({ model, image, trace, target: weights, random }, options)]
  })
  return { program: program({ probabilities: trace.probabilities, ...Object.fromEntries(maps) }), draws }
}

/** The tensors that a program reads, of those given. A program whose maps do not depend on the class reads no `target`. */
export function inputsOf({ inputs }: Program, given: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(given).filter(([name]) => inputs.some(t => t.params.name === name)))
}
