import { ModelError } from '../errors.ts'
import type { Head } from './parts/head.ts'
import type { NormKind } from './parts/layers.ts'
import type { Perceptron } from './parts/perceptron.ts'
import type { RotaryPositions } from './parts/rotary.ts'

/** Pixels. */
export interface Size {
  readonly height: number
  readonly width: number
}

/** Rows and columns of patches. */
export interface Grid {
  readonly rows: number
  readonly columns: number
}

/** One number for each colour channel. */
export type Rgb = readonly [number, number, number]

/** A token that stands before the patches and is no part of the image. */
export type PrefixToken = 'class' | 'distillation' | 'register'

/**
 * What the head reads of the last block's tokens: the class token, the mean of the patches, both side by side (DINOv2), the class token
 * and the distillation token with a head each, whose logits are averaged (DeiT), or what a query of its own attends to (SigLIP).
 */
export type Pooling = 'class' | 'patch-mean' | 'class-and-patch-mean' | 'class-and-distillation' | 'attention'

/**
 * Geometry and preprocessing of a Vision Transformer. What may be left out has the value of the first ViT: a family is its choice of parts,
 * each a file in `parts/`.
 */
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
  /** Scores that the head gives; without a head, the size of the embedding. */
  readonly classes: number
  readonly layerNormEpsilon: number
  /** `layer` if absent. */
  readonly norm?: NormKind
  /** In the order in which they stand; `['class']` if absent. */
  readonly prefixTokens?: readonly PrefixToken[]
  /** `class` if absent. */
  readonly pooling?: Pooling
  /** Heads of the query that pools, where the pooling is `attention`; those of the blocks if absent. */
  readonly poolHeads?: number
  /** Size of the hidden layer of the perceptron behind it; that of the blocks if absent. */
  readonly poolMlpWidth?: number
  /** Whether that query is taken as it is and no perceptron follows, as in AIMv2. */
  readonly plainPool?: boolean
  /** Which tokens have a position embedding; `all` if absent. */
  readonly positions?: 'all' | 'patches' | 'none'
  /** Whether the final norm is applied to each token (if absent), to what is pooled from them, or to nothing. */
  readonly finalNorm?: 'tokens' | 'pooled' | 'none'
  /** Whether a norm stands before the first block, as in CLIP. */
  readonly preNorm?: boolean
  /** Whether each branch of a block is scaled per channel (LayerScale). */
  readonly layerScale?: boolean
  /** Whether the patch embedding has a bias; true if absent. */
  readonly patchBias?: boolean
  /** Whether patches are normalised before positions are added, as in AIMv2. */
  readonly patchNorm?: boolean
  /** Whether queries, keys and values have a bias; true if absent. */
  readonly qkvBias?: boolean
  /** Whether the output projection of attention has a bias; true if absent. */
  readonly attentionBias?: boolean
  /** Whether queries and keys are normalised, each head by itself. */
  readonly queryKeyNorm?: boolean
  /** Whether what heads read is normalised before the output projection, as in EVA-02's CLIP. */
  readonly contextNorm?: boolean
  readonly rotary?: RotaryPositions
  /** Whether scores have a bias for the distance of two patches: a table for each block, or one for all. */
  readonly relativePositions?: 'each' | 'shared'
  /** Exact GELU without a gate if absent. */
  readonly perceptron?: Perceptron
  /** Size of the embedding, where a linear layer stands between what is pooled and the head, as in CLIP. */
  readonly projection?: number
  /** Whether that layer has a bias. */
  readonly projectionBias?: boolean
  /** `linear` if absent. */
  readonly head?: Head
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
export function gridOf({ imageSize, patchSize }: Pick<VisionTransformerConfig, 'imageSize' | 'patchSize'>): Grid {
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
