import { input, type Shape, type Tensor } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import type { BlockTrace, Capabilities, ExplainableModel, PatchEmbedding, TokenMixing, Trace } from '../explainable.ts'
import { gridOf, type Rgb, type Size } from './config.ts'
import { type Head, probabilitiesOf } from './parts/head.ts'
import { Layers } from './parts/layers.ts'
import { patchEmbedding } from './parts/patches.ts'
import type { Perceptron } from './parts/perceptron.ts'
import { pools } from './parts/pooling.ts'
import { windowBlock } from './parts/window-block.ts'
import { mergedPatches, type Windows } from './parts/windows.ts'

/** Blocks of one size of tokens. Each stage but the first begins by merging 2 x 2 tokens to one. */
export interface SwinStage {
  readonly depth: number
  /** Size of a token. */
  readonly width: number
  readonly heads: number
  readonly mlpWidth: number
  /** Tokens along a side of its windows; where the grid is smaller, the grid is one window. */
  readonly window: number
}

/** Geometry and preprocessing of a Swin Transformer. */
export interface SwinConfig {
  /** Swin V2 has cosines for scores, and its norms stand behind the layers. */
  readonly version: 1 | 2
  readonly imageSize: Size
  readonly patchSize: Size
  readonly stages: readonly SwinStage[]
  /** The stage that is explained, from 1: maps are of its grid, and class activation maps of its blocks. The last one if absent. */
  readonly stage?: number
  readonly classes: number
  readonly layerNormEpsilon: number
  readonly qkvBias: boolean
  /** Whether patches are normalised. */
  readonly patchNorm: boolean
  readonly perceptron: Perceptron
  /** Without a head, scores are the numbers of the embedding. */
  readonly head: Exclude<Head, { readonly kind: 'texts' }>
  readonly mean: Rgb
  readonly std: Rgb
  readonly classNames?: readonly string[]
}

/** A Swin Transformer as a tensor program. */
export interface SwinTransformer extends ExplainableModel {
  readonly config: SwinConfig
  /** The shape of every parameter that its logits are computed from, as files have it, under timm's names. */
  readonly parameterShapes: ReadonlyMap<string, Shape>
}

/**
 * The Swin Transformer (Liu et al., ICCV 2021) and Swin V2 (Liu et al., CVPR 2022): patches are merged from stage to stage, and each attends to
 * those of its window, which every second block moves by half of its side. The head reads the mean of the last stage's tokens.
 *
 * @throws ModelError where windows or merges do not tile the grid of a stage
 */
export function swinTransformer(config: SwinConfig): SwinTransformer {
  const { imageSize, patchSize, stages, classes, version, head, stage = stages.length } = config
  const isV2 = version === 2
  const patches = gridOf(config)
  stages.forEach(requireStage)
  const placed = stages.map((own, s) => ({ ...own, windows: windowsOf(config, s) }))
  const shown = placed[stage - 1]
  if (!shown) throw new ModelError(`stage: expected 1 to ${stages.length}, got ${stage}`)
  const { grid } = shown.windows
  const layers = new Layers('layer', config.layerNormEpsilon)
  const can = capabilities(placed, stage)
  const refuse = (capability: keyof Capabilities) => (): never => {
    throw new ModelError(`expected a model whose tokens all stay in place, but ${can[capability]}`)
  }

  const embedPatches = (image: Tensor): PatchEmbedding =>
    patchEmbedding(layers, image, { grid: patches, patchSize, width: stages[0]?.width ?? 1, hasBias: true })

  function merged(tokens: Tensor, s: number, width: number): Tensor {
    const name = `layers.${s}.downsample`
    const four = mergedPatches(tokens, placed[s - 1]?.windows.grid ?? patches)
    const reduced = (x: Tensor): Tensor => layers.dense(x, `${name}.reduction`, width, false)
    return isV2 ? layers.norm(reduced(four), `${name}.norm`) : reduced(layers.norm(four, `${name}.norm`))
  }

  function trace(image: Tensor): Trace {
    const embedded = embedPatches(image).patches
    let tokens = config.patchNorm ? layers.norm(embedded, 'patch_embed.norm') : embedded
    const blocks: BlockTrace[] = []
    const mixing: TokenMixing[] = []
    for (const [s, { depth, width, heads, mlpWidth, windows: moved }] of placed.entries()) {
      if (s > 0) {
        tokens = merged(tokens, s, width)
        mixing.push({ kind: 'merge', grid: placed[s - 1]?.windows.grid ?? patches })
      }
      for (let b = 0; b < depth; b++) {
        const windows = b % 2 === 0 ? { ...moved, shift: 0 } : moved
        const block = windowBlock(layers, tokens, `layers.${s}.blocks.${b}`, {
          windows,
          heads,
          mlpWidth,
          perceptron: config.perceptron,
          qkvBias: config.qkvBias,
          isV2,
        })
        if (s < stage) blocks.push(block)
        mixing.push({ kind: 'attention', attention: block.attention, windows })
        tokens = block.output
      }
    }
    const [embedding = tokens] = pools['patch-mean'](layers.norm(tokens, 'norm'), 0)
    const logits = head.kind === 'none' ? embedding : layers.dense(embedding, 'head', classes)
    return { logits, probabilities: probabilitiesOf(layers, logits, head), embedding, blocks, mixing }
  }

  const imageShape = (batch: number): Shape => [batch, 3, imageSize.height, imageSize.width]
  // Building the program once is what asks for its parameters.
  trace(input('image', imageShape(1)))
  return {
    config,
    parameterShapes: new Map(layers.shapes),
    input: {
      imageSize,
      patchSize: { height: imageSize.height / grid.rows, width: imageSize.width / grid.columns },
      mean: config.mean,
      std: config.std,
    },
    classes,
    grid,
    prefix: 0,
    prefixTokens: [],
    pooling: stage === stages.length ? 'patch-mean' : 'other',
    can,
    maxBatch: Number.POSITIVE_INFINITY,
    imageShape,
    trace(image, { patches: chosen } = {}) {
      return chosen ? refuse('token-subsets')() : trace(image)
    },
    embedPatches,
    head: refuse('token-head'),
    project: refuse('token-halves'),
    finish: refuse('token-halves'),
    tokenCosines: refuse('text-head'),
  }
}

function requireStage(stage: SwinStage, s: number): void {
  for (const [name, size] of Object.entries(stage))
    if (!Number.isSafeInteger(size) || size <= 0)
      throw new ModelError(`stage ${s + 1}: ${name}: expected a whole number above 0, got ${size}`)
  if (stage.width % stage.heads !== 0)
    throw new ModelError(`stage ${s + 1}: expected a width that ${stage.heads} heads divide, got ${stage.width}`)
}

/** The windows of a stage, as its blocks with odd numbers have them; others are not moved. */
function windowsOf(config: SwinConfig, s: number): Windows {
  const { stages, patchSize } = config
  const patches = gridOf(config)
  const window = stages[s]?.window ?? 1
  const grid = { rows: patches.rows / 2 ** s, columns: patches.columns / 2 ** s }
  const { rows, columns } = grid
  const side = Math.min(window, rows, columns)
  const multiples = patchSize.height * window * 2 ** (stages.length - 1)
  const advice = `pictures whose sides are multiples of ${multiples} fit`
  if (!Number.isInteger(rows) || !Number.isInteger(columns))
    throw new ModelError(
      `stage ${s + 1}: expected rows and columns of patches that merge 2 x 2, got ${patches.rows} x ${patches.columns} in stage 1; ${advice}`,
    )
  if (rows % side !== 0 || columns % side !== 0 || (side < window && rows !== columns))
    throw new ModelError(
      `stage ${s + 1}: expected a grid that windows of ${window} x ${window} tile, got ${rows} x ${columns}; ${advice}`,
    )
  // A window that is the whole grid is not moved.
  return { grid, side, shift: rows <= window && columns <= window ? 0 : Math.floor(window / 2) }
}

function capabilities(stages: readonly (SwinStage & { readonly windows: Windows })[], stage: number): Capabilities {
  const shown = stages.slice(0, stage)
  const counts = shown.map(({ windows: { grid } }) => grid.rows * grid.columns)
  // Grids shrink from stage to stage: those that are more than one window come first.
  const parted = shown.findLastIndex(({ windows: { side } }, s) => (counts[s] ?? 0) > side ** 2) + 1
  const end = shown.slice(0, parted).reduce((sum, { depth }) => sum + depth, 0)
  const sizes = [...new Set(shown.slice(0, parted).map(({ windows }) => windows.side ** 2))]
  const merges = 'its patches are merged on the way'
  const tokens = counts.length === 1 || `its blocks have ${counts.join(', ')} tokens`
  const last = stage === stages.length || `stages follow behind stage ${stage}`
  return {
    activations: true,
    tokens,
    chain: last === true ? counts.length === 1 || merges : last,
    'global-attention': parted === 0 || `blocks 0 to ${end - 1} attend within windows of ${sizes.join(', ')} tokens`,
    'patch-embedding': stage === 1 || merges,
    'token-head': tokens === true ? last : tokens,
    'token-halves': 'queries, keys and values are those of windows',
    windows: true,
    'token-subsets': 'each window attends to all of its patches',
    'text-head': 'the head compares with no vectors',
  }
}
