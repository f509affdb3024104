import {
  dim,
  type Op,
  only,
  program,
  type Shape,
  sizeOf,
  sliceAxis,
  softmax,
  type Tensor,
  topological,
} from '@vitrine/tensor'
import type { Grid, PrefixToken } from '../architecture/config.ts'
import { ModelError } from '../errors.ts'
import type { Capabilities, ExplainableModel, PatchEmbedding, Trace } from '../explainable.ts'
import { type Found, type FoundBlock, findBlocks } from './blocks.ts'
import { type FeatureMap, featureMapOf } from './feature-map.ts'
import { type Flow, flowOf, isLive } from './flow.ts'
import type { BuiltGraph } from './graph.ts'
import { poolingOf } from './head-reads.ts'
import { type Asked, type ChosenOutput, logitsOf, outputOf } from './logits.ts'
import type { PatchConvolution } from './operation.ts'

/** What was recognised in a graph, for one number of images. */
export interface Structure {
  readonly placeholder: Tensor
  /** The output of the file that the logits are made of. */
  readonly output: ChosenOutput
  readonly trace: Trace
  readonly embedding: PatchEmbedding | undefined
  readonly grid: Grid
  readonly prefix: number
  readonly prefixTokens: readonly PrefixToken[]
  readonly pooling: ExplainableModel['pooling']
  readonly can: Capabilities
  /** One for each block. */
  readonly blocks: readonly FoundBlock[]
  /** What looks like attention and could not be read, in words. */
  readonly doubts: readonly string[]
  /** What the first layer reads, where it is not the image itself: a graph that normalises. */
  readonly firstInput: Tensor | undefined
}

export function structureOf(built: BuiltGraph, batch: number, settings: Asked): Structure {
  const { placeholder } = built
  const output = outputOf(built, settings)
  const logits = logitsOf(output, settings)
  const flow = flowOf([logits])
  const found = findBlocks(flow, logits, batch)
  const { blocks } = found
  const last = blocks.at(-1)
  const first = built.patches.find(({ image, patches }) => flow.order.includes(patches) && isMadeOfPixels(image))
  const isOnTheWay = onTheWay(flow)
  const count = last ? dim(last.trace.output.shape, 1) : 0
  const columnar =
    first !== undefined &&
    last !== undefined &&
    blocks.every(block => isOf(block, count)) &&
    count >= first.grid.rows * first.grid.columns
  const misplaced = columnar ? misplacedPatches(blocks, count - first.grid.rows * first.grid.columns) : undefined
  const gridOfBlocks = columnar ? first.grid : smallerGrid(first, count)
  const isLost = found.lastDoubt !== undefined || !last || !isOnTheWay(last.trace.output)
  const [height, width] = [dim(placeholder.shape, 2), dim(placeholder.shape, 3)]
  const featureMap = columnar || (gridOfBlocks && !isLost) ? undefined : featureMapOf(logits, { height, width })
  const grid = featureMap?.grid ?? gridOfBlocks
  const tokens = featureMap?.tokens ?? last?.trace.output
  if (!grid || !tokens) throw unplaced(found, first, count)
  if (height % grid.rows !== 0 || width % grid.columns !== 0)
    throw new ModelError(
      `its last feature map has ${grid.rows} x ${grid.columns} cells, which do not divide ${height} x ${width} pixels: export it for images of another size`,
    )
  const prefix = columnar ? count - grid.rows * grid.columns : 0
  const pooled = found.pooled.at(-1)
  const isReadable = misplaced === undefined && isOnTheWay(tokens)
  const pooling = pooled ? 'attention' : isReadable ? poolingOf(logits, tokens, prefix) : 'other'
  const trace: Trace = {
    logits,
    probabilities: softmax(logits),
    blocks: blocks.map(block => block.trace),
    ...(pooled && { pooled }),
    ...(featureMap && { featureMap: featureMap.tokens }),
  }
  const readsImage = first?.image === placeholder
  return {
    placeholder,
    output,
    trace,
    embedding: first && { pixels: first.pixels, weight: first.weight, patches: first.patches },
    grid,
    prefix,
    prefixTokens: prefixTokens(prefix, pooling),
    pooling,
    can: capabilities({
      found,
      flow,
      first,
      readsImage,
      count,
      columnar,
      misplaced,
      grid,
      prefix,
      isOnTheWay,
      featureMap,
    }),
    blocks,
    doubts: found.doubts,
    firstInput: readsImage ? undefined : first?.image,
  }
}

const isOf = ({ isGlobal, trace }: FoundBlock, count: number): boolean => isGlobal && trace.output.shape[1] === count

/** Ops by which layers look at more than one number. */
const LAYERS: ReadonlySet<Op> = new Set<Op>(['matmul', 'unfold', 'softmax', 'layerNorm', 'sum', 'max'])

/** Whether no layer lies between the image and a tensor. */
const isMadeOfPixels = (image: Tensor): boolean =>
  !topological([image]).some(node => isLive(node) && LAYERS.has(node.op))

/** The grid of a model that merges patches on its way, if its tokens are on one. */
function smallerGrid(first: PatchConvolution | undefined, count: number): Grid | undefined {
  if (!first) return undefined
  const { rows, columns } = first.grid
  const factor = Math.sqrt((rows * columns) / count)
  if (!Number.isInteger(factor) || rows % factor !== 0 || columns % factor !== 0) return undefined
  return { rows: rows / factor, columns: columns / factor }
}

/** Why it is not known what a map of a model could be of. */
function unplaced({ blocks, doubts }: Found, first: PatchConvolution | undefined, count: number): ModelError {
  const rest = 'and no feature map that its head averages: where in the image activations lie is not known'
  if (blocks.length === 0)
    return new ModelError(
      `no self-attention was found${doubts.length > 0 ? ` (${[...new Set(doubts)].slice(0, 3).join('; ')})` : ''}, ${rest}`,
    )
  if (!first) return new ModelError(`no patch embedding was found, ${rest}`)
  return new ModelError(`${count} tokens of a grid of ${first.grid.rows} x ${first.grid.columns} patches, ${rest}`)
}

/** Patches must be the last tokens: in a detector, tokens of its own stand behind them. */
function misplacedPatches(blocks: readonly FoundBlock[], prefix: number): string | undefined {
  const tokens = blocks[0]?.trace.input
  if (!tokens) return undefined
  const isOfImage = (start: number, end: number) => program({ y: sliceAxis(tokens, 1, start, end) }).inputs.length > 0
  const count = dim(tokens.shape, 1)
  const isPlaced = (prefix === 0 || !isOfImage(0, prefix)) && isOfImage(count - 1, count)
  return isPlaced ? undefined : 'its last tokens are not those of the patches'
}

function prefixTokens(prefix: number, pooling: ExplainableModel['pooling']): PrefixToken[] {
  const read: readonly PrefixToken[] =
    pooling === 'class-and-distillation'
      ? ['class', 'distillation']
      : pooling === 'class' || pooling === 'class-and-patch-mean'
        ? ['class']
        : []
  return Array.from({ length: prefix }, (_, i) => read[i] ?? 'register')
}

/** Whether a tensor, or what it is a view of, is part of what the logits are computed from. */
function onTheWay(flow: Flow): (t: Tensor) => boolean {
  const all = new Set(flow.order)
  return t => {
    let at = t
    while (!all.has(at)) {
      if (at.op !== 'reshape' && at.op !== 'transpose') return false
      at = only(at)
    }
    return true
  }
}

interface Facts {
  readonly found: Found
  readonly flow: Flow
  readonly first: PatchConvolution | undefined
  readonly readsImage: boolean
  readonly count: number
  readonly columnar: boolean
  /** Why tokens are not where the grid says. */
  readonly misplaced: string | undefined
  readonly grid: Grid
  readonly prefix: number
  readonly isOnTheWay: (t: Tensor) => boolean
  /** What activations are, where they are no tokens of a block. */
  readonly featureMap: FeatureMap | undefined
}

function capabilities(facts: Facts): Capabilities {
  const { found, first, readsImage, count, columnar, misplaced, grid, prefix, isOnTheWay, featureMap } = facts
  const { blocks, doubts } = found
  const last = blocks.at(-1)
  const lostActivation =
    last && !isOnTheWay(last.trace.output)
      ? 'the last block ends beside the way to the logits'
      : found.lastDoubt && `what follows the last block that was recognised is not (${found.lastDoubt})`
  const activations = featureMap
    ? true
    : (lostActivation ??
      (count === prefix + grid.rows * grid.columns ? true : `${count} tokens are no grid of patches`))
  const counts = [...new Set(blocks.map(({ trace }) => dim(trace.output.shape, 1)))]
  const tokens = featureMap
    ? blocks.length > 0
      ? NO_BLOCK
      : NO_ATTENTION
    : columnar || (counts.length === 1 && activations === true)
      ? true
      : `its blocks have ${counts.join(', ')} tokens`
  const windows = blocks.flatMap(({ isGlobal }, i) => (isGlobal ? [] : [i]))
  const sizes = [...new Set(windows.map(i => blocks[i]?.trace.attention.shape.at(-1)))]
  const global =
    blocks.length === 0
      ? NO_ATTENTION
      : windows.length === 0
        ? featureMap && counts.some(n => n !== grid.rows * grid.columns)
          ? `its blocks have ${counts.join(', ')} tokens, and its last feature map ${grid.rows * grid.columns} places`
          : true
        : `blocks ${rangeOf(windows)} attend within windows of ${sizes.join(', ')} tokens`
  const chain = chainOf(facts)
  const halves = tokens !== true ? tokens : global !== true ? global : halvesOf(blocks, count)
  const can: Capabilities = {
    activations,
    tokens,
    chain,
    'global-attention': doubts.length > 0 ? partly(found) : global,
    'patch-embedding': embeddingOf(first, readsImage, columnar),
    'token-head': activations !== true ? activations : tokens,
    'token-halves': halves,
    'token-subsets': 'the shapes of an exported graph are those of all its patches',
    windows: 'where windows lie is not read from an exported graph',
    'text-head': NO_VECTORS,
  }
  if (misplaced === undefined) return can
  // Where in the picture tokens lie is not known: only what is told of pixels is left.
  const { 'patch-embedding': embedding, 'token-subsets': subsets, 'text-head': vectors, ...ofTokens } = can
  const lost = Object.fromEntries(Object.keys(ofTokens).map(name => [name, misplaced])) as typeof ofTokens
  return { ...lost, 'patch-embedding': embedding, 'token-subsets': subsets, 'text-head': vectors }
}

const NO_VECTORS = 'what the head of an exported graph compares is not known'
const NO_BLOCK = 'its last feature map is no tokens of a block'
const NO_ATTENTION = 'no self-attention was found'

const partly = ({ blocks, doubts }: Found): string =>
  `${blocks.length} of ${blocks.length + doubts.length} blocks were recognised (${doubts[0]})`

const rangeOf = (list: readonly number[]): string =>
  list.length > 1 && list.at(-1) === (list[0] ?? 0) + list.length - 1 ? `${list[0]} to ${list.at(-1)}` : list.join(', ')

function embeddingOf(first: PatchConvolution | undefined, readsImage: boolean, columnar: boolean): true | string {
  if (!first) return 'no patch embedding was found'
  if (!columnar) return 'its patches are merged on the way'
  return readsImage ? true : 'the graph changes the image before its first layer'
}

/** Whether each block takes what the one before gives, and all that is traced lies on the way to the logits. */
function chainOf({ found, flow, isOnTheWay, featureMap }: Facts): true | string {
  const { blocks, doubts } = found
  if (blocks.length === 0) return NO_ATTENTION
  if (doubts.length > 0) return partly(found)
  if (featureMap) return 'other layers lie before its blocks, or behind them'
  for (const [i, { entry, trace }] of blocks.entries()) {
    const before = blocks[i - 1]
    const views = before && flow.viewsOf(before.exit)
    if (views && !views.has(entry) && !flow.viewsOf(entry).has(before.exit))
      return `block ${i} does not take what block ${i - 1} gives`
    for (const [name, t] of Object.entries(trace))
      if (name !== 'projectedValue' && !isOnTheWay(t)) return `${name} of block ${i} lies beside the way to the logits`
  }
  return true
}

/** Whether a block's halves treat each token alike, wherever it stands. */
function halvesOf(blocks: readonly FoundBlock[], count: number): true | string {
  for (const [i, { trace, isBiased }] of blocks.entries()) {
    if (isBiased) return `block ${i} adds a fixed bias to its scores`
    const { query, key, value, attentionInput, output, input, context } = trace
    if (dependsOnPlace([query, key, value], [attentionInput], count))
      return `block ${i} turns queries and keys by where their tokens stand`
    if (dependsOnPlace([output], [input, context], count)) return `block ${i} treats tokens by where they stand`
  }
  return true
}

/** Whether something fixed that differs from token to token enters between some tensors. */
function dependsOnPlace(outputs: readonly Tensor[], from: readonly Tensor[], count: number): boolean {
  const inside = new Set<Tensor>(from.flatMap(t => (t.op === 'reshape' || t.op === 'transpose' ? [t, only(t)] : [t])))
  for (const node of topological(outputs)) {
    if (inside.has(node) || !node.inputs.some(operand => inside.has(operand))) continue
    inside.add(node)
    for (const operand of node.inputs)
      if (
        !isLive(operand) &&
        node.op !== 'matmul' &&
        node.op !== 'layerNorm' &&
        !isVector(operand.shape) &&
        operand.shape.includes(count)
      )
        return true
  }
  return false
}

const isVector = (shape: Shape): boolean => shape.length === 1 || sizeOf(shape) === shape.at(-1)
