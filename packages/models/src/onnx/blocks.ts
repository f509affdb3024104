import * as t from '@vitrine/tensor'
import { dim, isFixed, only, operandsOf, scalarValue, sizeOf, type Tensor, type TensorOf } from '@vitrine/tensor'
import type { BlockTrace } from '../explainable.ts'
import { near } from './canonical.ts'
import { commonSources, type Flow, isLinearStep, isLive, liveOperand, normedBy } from './flow.ts'
import { type Layout, layoutOf } from './layout.ts'

/** A block as it was found, and facts of it. */
export interface FoundBlock {
  readonly trace: BlockTrace
  /** Tensors of the trace, before they were viewed as tokens. */
  readonly entry: Tensor
  readonly exit: Tensor
  /** Whether each token attends to all tokens of its image. */
  readonly isGlobal: boolean
  /** Whether something fixed is added to scores: a position bias or a mask. */
  readonly isBiased: boolean
  readonly norm: 'layer norm' | 'root mean square' | 'none'
  readonly activation: string
}

/** What was found on the way to the logits. */
export interface Found {
  readonly blocks: readonly FoundBlock[]
  /** Attention of a query that is no token's: `[batch, heads, 1, tokens]`. */
  readonly pooled: readonly Tensor[]
  /** What looks like attention and could not be read, in words. */
  readonly doubts: readonly string[]
  /** The doubt behind the last block, if there is one: what is called the last block is then another one. */
  readonly lastDoubt: string | undefined
}

/**
 * Finds blocks by their form: a softmax whose rows are read by a product, what its scores are made of, where queries, keys and values come
 * from, and the two sums that follow. No name of the file is looked at.
 */
export function findBlocks(flow: Flow, logits: Tensor, batch: number): Found {
  const blocks: FoundBlock[] = []
  const pooled: Tensor[] = []
  const doubts: string[] = []
  const layout = layoutOf(batch)
  let lastDoubt: string | undefined
  const doubt = (what: string): void => {
    doubts.push(what)
    lastDoubt = what
  }
  for (const attention of flow.order) {
    if (attention.op !== 'softmax' || !isLive(attention) || attention === logits) continue
    const [, , queries, keys] = attention.shape
    if (attention.shape.length !== 4) doubt(`a softmax over [${attention.shape.join(', ')}]`)
    else if (queries === 1 && keys !== 1) pooled.push(attention)
    else {
      const found = queries === keys ? blockOf(flow, attention, layout) : `${queries} queries of ${keys} keys`
      if (typeof found === 'string') doubt(`attention [${attention.shape.join(', ')}]: ${found}`)
      else {
        blocks.push(found)
        lastDoubt = undefined
      }
    }
  }
  return { blocks, pooled, doubts, lastDoubt }
}

/** The block around an attention, or why there is none. */
function blockOf(flow: Flow, attention: Tensor, layout: Layout): FoundBlock | string {
  const reader = through(flow, attention, node => node.op === 'reshape')
  const product = flow.consumerOf(reader)
  if (product?.op !== 'matmul' || product.inputs[0] !== reader) return 'multiplies no value: mixed after softmax'
  const [groups = 1, heads = 1, tokens = 1] = attention.shape
  const asHeads = (x: Tensor): Tensor => t.reshape(x, [groups, heads, tokens, -1])
  const [, values] = operandsOf(product)
  const value = asHeads(product.params.transposeB ? turned(values) : values)
  const scores = only(attention)
  const made = scoresOf(scores)
  if (!made) return 'scores are no product of queries and keys'

  const source = sourceOf([...made.operands, values])
  if (!source) return 'queries, keys and values have no common source'
  const projection = outputProjection(flow, product)
  if (!projection) return 'no output projection'
  // Where the norm comes behind attention, its input is a stream that may end in another norm.
  const normed = normedBy(source)
  const found = [normed, source]
    .flatMap(stream => (stream ? [residualSum(flow, projection.layer, stream)] : []))
    .find(({ sum }) => sum)
  if (!found?.sum) return 'what it gives is added to nothing'
  const { branch, scales, sum: middle, stream: input } = found
  const isGlobal = groups === layout.batch && sizeOf(input.shape) === groups * tokens * dim(input.shape, -1)
  const { output, hidden, activation } = perceptronSum(flow, middle)

  const sideBySide = t.reshape(t.transpose(value, [0, 2, 1, 3]), [groups, tokens, -1])
  if (
    dim(sideBySide.shape, -1) !==
    dim(operandsOf(projection.layer)[1].shape, projection.layer.params.transposeB ? -1 : -2)
  )
    return 'what it gives is not what heads have side by side'
  const asTokens = (x: Tensor): Tensor => layout.tokens(x, isGlobal ? tokens : undefined)
  return {
    trace: {
      input: asTokens(input),
      attentionInput: asTokens(source),
      query: asHeads(made.query),
      key: asHeads(made.key),
      value,
      scores,
      attention,
      context: asTokens(projection.context),
      projectedValue: scales.reduce((x, scale) => t.mul(x, scale), projected(sideBySide, projection)),
      attentionOutput: asTokens(branch),
      hidden: asTokens(hidden ?? output),
      output: asTokens(output),
    },
    entry: input,
    exit: output,
    isGlobal,
    isBiased: made.isBiased,
    norm: input === source ? 'none' : source.op === 'layerNorm' ? 'layer norm' : 'root mean square',
    activation,
  }
}

/** Follows a tensor through its only consumers as long as they fit. */
function through(flow: Flow, from: Tensor, fits: (node: Tensor) => boolean): Tensor {
  let at = from
  for (let next = flow.consumerOf(at); next && fits(next); next = flow.consumerOf(at)) at = next
  return at
}

const turned = (x: Tensor): Tensor => {
  const axes = x.shape.map((_, axis) => axis)
  return t.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2])
}

interface Scores {
  readonly query: Tensor
  readonly key: Tensor
  /** What the product of scores is made of, as the graph has it. */
  readonly operands: readonly Tensor[]
  readonly isBiased: boolean
}

/**
 * Queries and keys such that scores are q k^T over the square root of their size, plus something fixed: where the factor is another one, it
 * is part of the queries.
 */
function scoresOf(scores: Tensor): Scores | undefined {
  let [at, isBiased, factor] = [scores, false, 1]
  const factors: Tensor[] = []
  while (at.op === 'reshape' || at.op === 'mul' || at.op === 'add') {
    const live = at.op === 'reshape' ? only(at) : liveOperand(at)
    if (!live) return undefined
    const other = at.inputs.find(operand => operand !== live)
    const number = other && scalarValue(other)
    if (at.op === 'add') isBiased = true
    else if (number !== undefined) factor *= number
    else if (other && sizeOf(other.shape.slice(-2)) === 1) factors.push(other)
    else if (other) return undefined
    at = live
  }
  if (at.op !== 'matmul' || at.inputs.some(isFixed)) return undefined
  const operands = operandsOf(at)
  const [a, b] = operands
  const [rows, key] = [at.params.transposeA ? turned(a) : a, at.params.transposeB ? b : turned(b)]
  const own = factor * Math.sqrt(dim(rows.shape, -1))
  const query = factors.reduce((x, y) => t.mul(x, y), near(own, 1) ? rows : t.mul(rows, own))
  return { query, key, operands, isBiased }
}

/** The nearest tensor from which queries, keys and values are all made, behind moves and one linear layer. */
function sourceOf(heads: readonly Tensor[]): Tensor | undefined {
  for (const candidate of commonSources(heads)) if (!isLinearStep(candidate)) return candidate
  return undefined
}

interface Projection {
  /** What heads read, side by side. */
  readonly context: Tensor
  readonly layer: TensorOf<'matmul'>
}

const BEFORE_PROJECTION: readonly string[] = ['reshape', 'transpose', 'layerNorm', 'mul', 'slice', 'concat', 'gather']

function outputProjection(flow: Flow, product: Tensor): Projection | undefined {
  const context = through(flow, product, node => BEFORE_PROJECTION.includes(node.op))
  const layer = flow.consumerOf(context)
  return layer?.op === 'matmul' && layer.inputs.some(isFixed) ? { context, layer } : undefined
}

function projected(values: Tensor, { layer }: Projection): Tensor {
  return t.matmul(values, operandsOf(layer)[1], false, layer.params.transposeB)
}

interface ResidualSum {
  /** The block's input. */
  readonly stream: Tensor
  readonly branch: Tensor
  /** Factors of each channel on the way (LayerScale). */
  readonly scales: readonly Tensor[]
  readonly sum: Tensor | undefined
}

/** From a layer's product on, through its bias, scales, moves and norms, to the sum with the block's input. */
function residualSum(flow: Flow, layer: Tensor, input: Tensor): ResidualSum {
  const stream = flow.viewsOf(input)
  const isSum = (node: Tensor, branch: Tensor) =>
    node.op === 'add' &&
    node.inputs.every(isLive) &&
    node.inputs.some(other => other !== branch && inViews(flow, stream, other))
  const scales: Tensor[] = []
  const seen = new Set<Tensor>()
  for (let at: Tensor | undefined = layer; at && !seen.has(at); ) {
    const branch: Tensor = at
    seen.add(branch)
    const readers = flow.consumersOf(branch)
    const sum = readers.find(node => isSum(node, branch))
    if (sum) return { stream: input, branch, scales, sum }
    const [only, ...others] = readers
    if (only?.op === 'mul' && others.length === 0) {
      const scale = only.inputs.find(isFixed)
      if (scale)
        scales.push(sizeOf(scale.shape) === dim(branch.shape, -1) ? t.reshape(scale, [dim(branch.shape, -1)]) : scale)
    }
    // A roll is cut into slices that are joined again in another order.
    const isRoll = readers.length > 1 && readers.every(node => node.op === 'slice')
    at = isRoll
      ? readers.flatMap(node => flow.consumersOf(node)).find(node => node.op === 'concat')
      : others.length === 0
        ? only
        : undefined
  }
  return { stream: input, branch: layer, scales, sum: undefined }
}

const inViews = (flow: Flow, stream: ReadonlySet<Tensor>, x: Tensor): boolean =>
  stream.has(x) || (x.op === 'reshape' && [...flow.viewsOf(x)].some(view => stream.has(view)))

interface PerceptronSum {
  readonly output: Tensor
  /** What the last activation function of the perceptron reads. */
  readonly hidden: Tensor | undefined
  readonly activation: string
}

/** The next sum that the stream goes through, and the perceptron whose result is added there. */
function perceptronSum(flow: Flow, middle: Tensor): PerceptronSum {
  const stream = flow.viewsOf(middle)
  for (const view of stream)
    for (const output of flow.consumersOf(view)) {
      if (output.op !== 'add' || !output.inputs.every(isLive)) continue
      const branch = output.inputs.find(operand => !stream.has(operand))
      const inside = branch && activationIn(branch, stream)
      if (inside) return { output, ...inside }
    }
  return { output: middle, hidden: undefined, activation: 'none' }
}

/** The activation function nearest to a perceptron's result; undefined for a branch that is none but the attention of the next block. */
function activationIn(branch: Tensor, stream: ReadonlySet<Tensor>): Omit<PerceptronSum, 'output'> | undefined {
  const pending = [branch]
  const seen = new Set<Tensor>(stream)
  for (let node = pending.shift(); node; node = pending.shift()) {
    if (seen.has(node) || !isLive(node)) continue
    seen.add(node)
    if (node.op === 'softmax') return undefined
    const known = activationOf(node)
    if (known) return known
    pending.push(...node.inputs)
  }
  return { hidden: undefined, activation: 'none' }
}

function activationOf(node: Tensor): Omit<PerceptronSum, 'output'> | undefined {
  if (node.op === 'gelu' || node.op === 'relu') return { hidden: only(node), activation: node.op }
  if (node.op !== 'mul' || !node.inputs.every(isLive)) return undefined
  const [a, b] = operandsOf(node)
  for (const [x, gate] of [
    [a, b],
    [b, a],
  ] as const) {
    if (gate.op === 'sigmoid' && isScaled(only(gate), x)) return { hidden: x, activation: 'x sigmoid(x)' }
    // x (1 + tanh(…)), half of which is GELU's approximation.
    const whole = gate.op === 'mul' ? operandsOf(gate)[0] : gate
    const wave = whole.op === 'add' ? operandsOf(whole)[0] : undefined
    if (wave?.op === 'tanh') return { hidden: x, activation: 'gelu by tanh' }
  }
  return undefined
}

const isScaled = (t: Tensor, of: Tensor): boolean => t === of || (t.op === 'mul' && t.inputs[0] === of)
