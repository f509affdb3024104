import { concat, dim, only, reshape, sizeOf, sliceAxis, type Tensor, zeros } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import type { Settings } from './explainable-model.ts'
import type { BuiltGraph } from './graph.ts'

/** What was said about the output that is explained. */
export type Asked = Pick<Settings, 'output' | 'index' | 'head'>

export interface ChosenOutput {
  readonly name: string
  readonly tensor: Tensor
}

/** The output that logits are made of: the one that was named, one with a usual name, or the only one of its form. */
export function outputOf({ outputs }: BuiltGraph, { output: name, index, head }: Asked): ChosenOutput {
  const described = [...outputs].map(([known, { shape }]) => `${known} [${shape.join(', ')}]`).join('; ')
  const named = name === undefined ? undefined : outputs.get(name)
  if (name !== undefined && !named) throw new ModelError(`has no output "${name}" of an image; it has ${described}`)
  if (name !== undefined && named) return { name, tensor: named }
  const [single, ...rest] = outputs
  if (index && single && rest.length === 0) return { name: single[0], tensor: single[1] }
  if (index) throw new ModelError(`gives ${described}: say which one [index=…] is of: model.onnx[output=NAME,index=…]`)
  const candidates = [...outputs].filter(([, { shape }]) => shape.length === 2 && dim(shape, 1) > 1)
  const usual = candidates.find(([known]) => /^(logits|output|probs|probabilities|scores)/i.test(known))
  const [first, ...others] = candidates
  const chosen = usual ?? (others.length === 0 ? first : undefined)
  if (chosen) return { name: chosen[0], tensor: chosen[1] }
  if (first) throw new ModelError(`gives ${described}: say which has the classes: model.onnx[output=${first[0]}]`)
  throw new ModelError(
    head
      ? `gives ${described}, and a head reads one row of features of each image: say which with [output=…]`
      : `gives ${described} and no classes; say a head: model.onnx[head=linear.pth] or [text=classes.safetensors]; or, to explain an element of an output, [output=NAME] or [output=NAME,index=…]`,
  )
}

/**
 * Logits of an output: before a softmax or sigmoid at its end, or behind an added head. An output with more axes, such as a detector's
 * classes of each box, is taken if it was named: each of its elements is a class. Of what an index chooses, each element is a class; a
 * single number is a class against its absence, whose logit is 0.
 */
export function logitsOf({ name, tensor }: ChosenOutput, { output, index, head }: Asked): Tensor {
  const { shape } = tensor
  if (index && head) throw new ModelError('expected [index=…] or a head, got both')
  if (index) return chosenBy(index, name, beforeItsEnd(tensor))
  if (shape.length > 2 && output !== undefined && !head) return reshape(beforeItsEnd(tensor), [dim(shape, 0), -1])
  if (shape.length !== 2) throw new ModelError(`expected an output [batch, classes], got ${name} [${shape.join(', ')}]`)
  return head ? head(tensor) : beforeItsEnd(tensor)
}

/** Before a softmax or a sigmoid. */
const beforeItsEnd = (tensor: Tensor): Tensor =>
  tensor.op === 'softmax' || tensor.op === 'sigmoid' ? only(tensor) : tensor

function chosenBy(index: readonly number[], name: string, tensor: Tensor): Tensor {
  const { shape } = tensor
  const [batch = 1, ...axes] = shape
  if (index.length > axes.length || index.some((at, i) => at >= (axes[i] ?? 0)))
    throw new ModelError(
      `index=${index.join('/')}: expected at most ${axes.length} numbers below ${axes.join('/')}, for ${name} [${shape.join(', ')}]`,
    )
  const part = index.reduce((x, at, i) => sliceAxis(x, i + 1, at, at + 1), tensor)
  const logits = reshape(part, [batch, sizeOf(axes.slice(index.length))])
  return dim(logits.shape, 1) === 1 ? concat([logits, zeros([batch, 1])], 1) : logits
}
