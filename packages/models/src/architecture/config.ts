import { ModelError } from '../errors.ts'

/** Pixels. */
export interface Size {
  readonly height: number
  readonly width: number
}

/** One number for each colour channel. */
export type Rgb = readonly [number, number, number]

/** A token that stands before the patches and is no part of the image. */
export type PrefixToken = 'class' | 'distillation' | 'register'

/**
 * What the head reads of the last block's tokens: the class token, the mean of the patches, both side by side (DINOv2), or the class
 * token and the distillation token with a head each, whose logits are averaged (DeiT).
 */
export type Pooling = 'class' | 'patch-mean' | 'class-and-patch-mean' | 'class-and-distillation'

/** Geometry and preprocessing of a Vision Transformer classifier. What may be left out has the value of the first ViT. */
export interface VisionTransformerConfig {
  readonly imageSize: Size
  readonly patchSize: Size
  /** Size of a token. */
  readonly width: number
  /** Number of blocks. */
  readonly depth: number
  readonly heads: number
  /** Size of the hidden layer of each block's perceptron. */
  readonly mlpWidth: number
  readonly classes: number
  readonly layerNormEpsilon: number
  /** In the order in which they stand; `['class']` if absent. */
  readonly prefixTokens?: readonly PrefixToken[]
  /** `class` if absent. */
  readonly pooling?: Pooling
  /** Which tokens have a position embedding; `all` if absent. */
  readonly positions?: 'all' | 'patches'
  /** Whether the final norm is applied to each token (if absent) or to what is pooled from them. */
  readonly finalNorm?: 'tokens' | 'pooled'
  /** Whether a norm stands before the first block, as in CLIP. */
  readonly preNorm?: boolean
  /** Whether each branch of a block is scaled per channel (LayerScale). */
  readonly layerScale?: boolean
  /** Whether the patch embedding has a bias; true if absent. */
  readonly patchBias?: boolean
  /** Whether queries, keys and values have a bias; true if absent. */
  readonly qkvBias?: boolean
  /** Input = (pixel / 255 - mean) / std, per channel. */
  readonly mean: Rgb
  readonly std: Rgb
  readonly classNames?: readonly string[]
}

/** ViT-B/16 at 224 px as timm trains it on ImageNet-1k. */
export const vitB16: VisionTransformerConfig = {
  imageSize: { height: 224, width: 224 },
  patchSize: { height: 16, width: 16 },
  width: 768,
  depth: 12,
  heads: 12,
  mlpWidth: 3072,
  classes: 1000,
  layerNormEpsilon: 1e-6,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
}

// Attention compares each patch with each other one: at this limit one head's matrix alone takes 1 GB.
const MOST_PATCHES = 16_384

/** Rows and columns of patches; sizes that patches do not tile are refused, and more than 16,384 patches. */
export function gridOf({ imageSize, patchSize }: VisionTransformerConfig): { rows: number; columns: number } {
  const rows = imageSize.height / patchSize.height
  const columns = imageSize.width / patchSize.width
  if (!Number.isInteger(rows) || !Number.isInteger(columns))
    throw new ModelError(
      `expected an image that ${patchSize.height} x ${patchSize.width} patches tile, got ${imageSize.height} x ${imageSize.width}`,
    )
  if (rows * columns > MOST_PATCHES)
    throw new ModelError(
      `expected at most ${MOST_PATCHES} patches, got ${rows} x ${columns} for an image of ${imageSize.height} x ${imageSize.width}; take a smaller size`,
    )
  return { rows, columns }
}

/** The shape of every parameter, under timm's names. */
export function parameterShapes(config: VisionTransformerConfig): ReadonlyMap<string, readonly number[]> {
  const { width, mlpWidth, classes, patchSize, pooling = 'class', prefixTokens = ['class'] } = config
  const { rows, columns } = gridOf(config)
  const registers = prefixTokens.filter(token => token === 'register').length
  const positions = rows * columns + (config.positions === 'patches' ? 0 : prefixTokens.length)
  const features = pooling === 'class-and-patch-mean' ? 2 * width : width
  const optional = (present: boolean, shapes: Record<string, number[]>): Record<string, number[]> =>
    present ? shapes : {}
  const norm = (name: string) => ({ [`${name}.weight`]: [width], [`${name}.bias`]: [width] })
  const block = {
    ...norm('norm1'),
    'attn.qkv.weight': [3 * width, width],
    ...optional(config.qkvBias !== false, { 'attn.qkv.bias': [3 * width] }),
    'attn.proj.weight': [width, width],
    'attn.proj.bias': [width],
    ...optional(config.layerScale === true, { 'ls1.gamma': [width] }),
    ...norm('norm2'),
    'mlp.fc1.weight': [mlpWidth, width],
    'mlp.fc1.bias': [mlpWidth],
    'mlp.fc2.weight': [width, mlpWidth],
    'mlp.fc2.bias': [width],
    ...optional(config.layerScale === true, { 'ls2.gamma': [width] }),
  }
  const blocks = Array.from({ length: config.depth }, (_, i) =>
    Object.entries(block).map(([name, shape]) => [`blocks.${i}.${name}`, shape] as const),
  )
  const shapes: Record<string, number[]> = {
    ...optional(prefixTokens.includes('class'), { cls_token: [1, 1, width] }),
    ...optional(prefixTokens.includes('distillation'), { dist_token: [1, 1, width] }),
    ...optional(registers > 0, { reg_token: [1, registers, width] }),
    pos_embed: [1, positions, width],
    'patch_embed.proj.weight': [width, 3, patchSize.height, patchSize.width],
    ...optional(config.patchBias !== false, { 'patch_embed.proj.bias': [width] }),
    ...optional(config.preNorm === true, norm('norm_pre')),
    ...Object.fromEntries(blocks.flat()),
    ...norm(config.finalNorm === 'pooled' ? 'fc_norm' : 'norm'),
    'head.weight': [classes, features],
    'head.bias': [classes],
    ...optional(pooling === 'class-and-distillation', {
      'head_dist.weight': [classes, features],
      'head_dist.bias': [classes],
    }),
  }
  return new Map(Object.entries(shapes))
}
