import { add, broadcast, concat, dim, input, mul, type Shape, type Tensor } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import type { BlockTrace, Capabilities, ExplainableModel, PatchEmbedding, Trace } from '../explainable.ts'
import { gridOf, type Pooling, type VisionTransformerConfig } from './config.ts'
import { blocksOf, PLAIN } from './parts/block.ts'
import { probabilitiesOf, textCosines, textLogits } from './parts/head.ts'
import { Layers } from './parts/layers.ts'
import { patchEmbedding } from './parts/patches.ts'
import { attentionPooling, pools } from './parts/pooling.ts'
import { keepPatches } from './parts/subset.ts'

/** A Vision Transformer as a tensor program: geometry and parameter names, no weights and no engine. */
export interface VisionTransformer extends ExplainableModel {
  readonly config: VisionTransformerConfig
  readonly pooling: Pooling
  /** The shape of every parameter that its logits are computed from, as files have it, under timm's names. */
  readonly parameterShapes: ReadonlyMap<string, Shape>
  /** The tokens that enter the first block, positions added: `[batch, prefix + patches, width]`. */
  embed(image: Tensor): Tensor
  /**
   * The blocks and the head from such tokens on; where patches are missing, `patches` are those that are there, int `[passes, kept]`.
   * `trace(image)` is `encode(embed(image))`.
   */
  encode(tokens: Tensor, patches?: Tensor): Trace
}

/**
 * The Vision Transformer of Dosovitskiy et al. (ICLR 2021) with timm's parameter names, and its descendants, each a choice of parts.
 *
 * Pre-norm blocks, exact GELU and a linear head are the first ViT's. DeiT (Touvron et al., ICML 2021), DeiT III (ECCV 2022), DINO (Caron et
 * al., ICCV 2021), DINOv2 (Oquab et al., TMLR 2024) and registers (Darcet et al., ICLR 2024) differ in the tokens before the patches, in
 * what the head reads and in the scale of the branches; CLIP (Radford et al., ICML 2021) and SigLIP (Zhai et al., ICCV 2023) in what makes
 * an embedding of the tokens.
 */
export function visionTransformer(config: VisionTransformerConfig): VisionTransformer {
  const { width, depth, heads, imageSize, patchSize, classes, mlpWidth, perceptron: kind = PLAIN } = config
  const { prefixTokens = ['class'], pooling = 'class', head: headKind = { kind: 'linear' } } = config
  const grid = gridOf(config)
  const prefix = prefixTokens.length
  requireParts(config)
  const can = capabilities(config)
  const layers = new Layers(config.norm ?? 'layer', config.layerNormEpsilon)
  const { block, project, finish } = blocksOf(layers, config, grid)

  const embedPatches = (image: Tensor): PatchEmbedding =>
    patchEmbedding(layers, image, { grid, patchSize, width, hasBias: config.patchBias !== false })

  function embed(image: Tensor): Tensor {
    const [batch = 1] = image.shape
    const embedded = embedPatches(image).patches
    const patches = config.patchNorm ? layers.norm(embedded, 'patch_embed.norm') : embedded
    const before = PREFIX_NAMES.flatMap(([name, token]) => {
      const size = prefixTokens.filter(own => own === token).length
      return size === 0 ? [] : [broadcast(layers.parameter(name, [1, size, width]), [batch, size, width])]
    })
    const { positions = 'all' } = config
    const placed = (x: Tensor): Tensor => add(x, layers.parameter('pos_embed', [1, dim(x.shape, 1), width]))
    const own = positions === 'patches' ? placed(patches) : patches
    const joined = before.length === 0 ? own : concat([...before, own], 1)
    const tokens = positions === 'all' ? placed(joined) : joined
    return config.preNorm ? layers.norm(tokens, 'norm_pre') : tokens
  }

  const projected = (x: Tensor): Tensor =>
    config.projection === undefined
      ? x
      : layers.dense(x, 'projection', config.projection, config.projectionBias === true)

  function tokenCosines(tokens: Tensor): Tensor {
    if (can['text-head'] !== true) throw new ModelError(`expected a head that compares tokens: ${can['text-head']}`)
    const { finalNorm = 'tokens' } = config
    const normed = finalNorm === 'none' ? tokens : layers.norm(tokens, finalNorm === 'tokens' ? 'norm' : 'fc_norm')
    return textCosines(layers, projected(normed), classes)
  }

  /** From the last block's tokens to the scores. */
  function read(tokens: Tensor): Pick<Trace, 'logits' | 'embedding' | 'pooled'> {
    const normed = (config.finalNorm ?? 'tokens') === 'tokens' ? layers.norm(tokens, 'norm') : tokens
    const { features, attention } =
      pooling === 'attention'
        ? attentionPooling(layers, normed, {
            heads: config.poolHeads ?? heads,
            perceptron: kind,
            mlpWidth: config.poolMlpWidth ?? mlpWidth,
            isPlain: config.plainPool === true,
          })
        : { features: pools[pooling](normed, prefix), attention: undefined }
    const normedFeatures = features.map(x => (config.finalNorm === 'pooled' ? layers.norm(x, 'fc_norm') : x))
    const [first = tokens, second] = normedFeatures.map(projected)
    const pooled = attention && { pooled: attention }
    if (headKind.kind === 'none') return { logits: first, embedding: first, ...pooled }
    if (headKind.kind === 'texts')
      return { logits: textLogits(layers, first, classes, headKind), embedding: first, ...pooled }
    const logits = layers.dense(first, 'head', classes)
    if (!second) return { logits, embedding: first, ...pooled }
    return { logits: mul(add(logits, layers.dense(second, 'head_dist', classes)), 0.5) }
  }

  function encode(tokens: Tensor, patches?: Tensor): Trace {
    const blocks: BlockTrace[] = []
    for (let i = 0; i < depth; i++) blocks.push(block(blocks[i - 1]?.output ?? tokens, i, patches))
    const found = read(blocks.at(-1)?.output ?? tokens)
    return { ...found, probabilities: probabilitiesOf(layers, found.logits, headKind), blocks }
  }

  const imageShape = (batch: number): Shape => [batch, 3, imageSize.height, imageSize.width]
  // Building the program once is what asks for its parameters.
  encode(embed(input('image', imageShape(1))))
  return {
    config,
    parameterShapes: new Map(layers.shapes),
    input: { imageSize, patchSize, mean: config.mean, std: config.std },
    classes,
    grid,
    prefix,
    prefixTokens,
    pooling,
    can,
    maxBatch: Number.POSITIVE_INFINITY,
    imageShape,
    trace(image, { patches } = {}) {
      const tokens = embed(image)
      if (patches && can['token-subsets'] !== true)
        throw new ModelError(`expected no choice of patches: ${can['token-subsets']}`)
      return patches ? encode(keepPatches(tokens, prefix, patches), patches) : encode(tokens)
    },
    embedPatches,
    embed,
    encode,
    project,
    finish,
    head: tokens => read(tokens).logits,
    tokenCosines,
  }
}

/** All of them, but where positions enter within the blocks, and where the head has no vectors or reads no token as it is. */
function capabilities({ rotary, relativePositions, head, pooling }: VisionTransformerConfig): Capabilities {
  const bias = relativePositions && 'each block adds a bias to its scores for the distance of two patches'
  const turns = rotary && 'each block turns queries and keys by where their tokens stand'
  return {
    activations: true,
    tokens: true,
    chain: true,
    'global-attention': true,
    'patch-embedding': true,
    'token-head': true,
    'token-halves': bias ?? turns ?? true,
    'token-subsets': bias ?? true,
    windows: 'each block attends to all tokens',
    'text-head': tokenComparison(head, pooling),
  }
}

/** Whether the head compares with vectors what any token could stand for, or why not. */
function tokenComparison(head: VisionTransformerConfig['head'], pooling: Pooling = 'class'): true | string {
  if (head?.kind !== 'texts') return 'the head compares with no vectors; ask about a text, a picture or a direction'
  if (pooling === 'attention') return 'the head compares what a query of its own attends to, and no token'
  return pooling === 'class' || pooling === 'patch-mean' || 'the head compares two tokens at once'
}

/** The parameters of the tokens before the patches, in the order in which these stand. */
const PREFIX_NAMES = [
  ['cls_token', 'class'],
  ['dist_token', 'distillation'],
  ['reg_token', 'register'],
] as const

/** Refuses parts that do not fit together. */
function requireParts(config: VisionTransformerConfig): void {
  const { width, heads, depth, mlpWidth, pooling = 'class', prefixTokens = ['class'] } = config
  for (const [name, size] of Object.entries({ width, heads, depth, mlpWidth }))
    if (!Number.isSafeInteger(size) || size <= 0)
      throw new ModelError(`${name}: expected a whole number above 0, got ${size}`)
  if (width % heads !== 0) throw new ModelError(`expected a width that ${heads} heads divide, got ${width}`)
  if (config.rotary && (width / heads) % 4 !== 0)
    throw new ModelError(`rotary positions: expected heads of a multiple of 4 channels, got ${width / heads}`)
  if (config.relativePositions && prefixTokens.length > 1)
    throw new ModelError(`relative positions: expected a class token or none, got ${prefixTokens.join(', ')}`)
  if (pooling !== 'patch-mean' && pooling !== 'attention' && prefixTokens[0] !== 'class')
    throw new ModelError(`pooling "${pooling}": expected a class token, got ${prefixTokens.join(', ') || 'none'}`)
  if (pooling === 'class-and-distillation' && prefixTokens[1] !== 'distillation')
    throw new ModelError(`pooling "${pooling}": expected a distillation token, got ${prefixTokens.join(', ')}`)
}

/** The shape of every parameter of a Vision Transformer, as files have it, under timm's names. */
export const parameterShapes = (config: VisionTransformerConfig): ReadonlyMap<string, Shape> =>
  visionTransformer(config).parameterShapes
