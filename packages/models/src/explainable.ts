import { input, program, type Shape, type Tensor, type TensorOf } from '@vitrine/tensor'
import type { Grid, Pooling, PrefixToken, Rgb, Size } from './architecture/config.ts'
import type { Windows } from './architecture/parts/windows.ts'

/** What a model is fed with: input = (pixel / 255 - mean) / std, per channel. */
export interface ModelInput {
  readonly imageSize: Size
  /** The pixels that one cell of the grid stands for; of a plain Vision Transformer, what one patch covers. */
  readonly patchSize: Size
  readonly mean: Rgb
  readonly std: Rgb
}

/** Everything inside one block. Tokens are `[batch, tokens, width]`; heads are split off as `[batch, heads, tokens, …]`. */
export interface BlockTrace {
  /** The block's input. */
  readonly input: Tensor
  /** The input after the first layer norm: what queries, keys and values are made from. */
  readonly attentionInput: Tensor
  readonly query: Tensor
  readonly key: Tensor
  readonly value: Tensor
  /**
   * Before softmax: products of queries and keys over the square root of their size, and whatever is added to them that does not depend
   * on the image: `[batch, heads, tokens, tokens]`.
   */
  readonly scores: Tensor
  /** After softmax: row i says what token i reads. */
  readonly attention: Tensor
  /** What the heads read, side by side, before the output projection: `[batch, tokens, width]`. */
  readonly context: Tensor
  /** Each token's values through the output projection, without its bias: what one unit of attention to it adds. */
  readonly projectedValue: Tensor
  /** What attention adds to the input. */
  readonly attentionOutput: Tensor
  /** The hidden layer of the block's perceptron, before its activation function: `[batch, tokens, mlpWidth]`. */
  readonly hidden: Tensor
  /** The block's output. */
  readonly output: Tensor
}

export interface TraceOptions {
  /**
   * The patches that are kept, int `[passes, kept]`: the program computes with these tokens only. With one image, each pass sees its own
   * subset of it; otherwise there is one pass for each image. Of models that can `token-subsets`.
   */
  readonly patches?: Tensor
}

/** The first linear layer, from pixels to tokens. */
export interface PatchEmbedding {
  /** The image, patch by patch: `[batch, patches, 3 * height * width]`. */
  readonly pixels: Tensor
  /** `[width, 3 * height * width]`. */
  readonly weight: Tensor
  /** The patches' tokens before positions are added: `[batch, patches, width]`. */
  readonly patches: Tensor
}

/**
 * A step by which tokens take up others: attention within windows on a grid, after softmax, `[batch * windows, heads, cells, cells]`, or the merge of
 * each 2 x 2 tokens of a grid to one.
 */
export type TokenMixing =
  | { readonly kind: 'attention'; readonly attention: Tensor; readonly windows: Windows }
  | { readonly kind: 'merge'; readonly grid: Grid }

export interface Trace {
  /** `[batch, classes]`. */
  readonly logits: Tensor
  /** Softmax of the logits; of a head that was trained with a sigmoid for each class, that. */
  readonly probabilities: Tensor
  /** The image in the numbers that the head reads, `[batch, features]`; of CLIP's kind, what is compared with texts. Absent where there is no one such row. */
  readonly embedding?: Tensor | undefined
  readonly blocks: readonly BlockTrace[]
  /** How the head's query attends to the last block's tokens, `[batch, heads, 1, tokens]`, where the pooling is `attention`. */
  readonly pooled?: Tensor | undefined
  /**
   * The last feature map, `[batch, rows * columns, channels]`, which the head averages, of a network with convolutions: class activation maps
   * are of it, and not of the last block, if there is one.
   */
  readonly featureMap?: Tensor | undefined
  /** All steps from the patches to the head by which tokens take up others, whatever stage is explained. Of models that have `windows`. */
  readonly mixing?: readonly TokenMixing[] | undefined
}

/**
 * What a model's graph has, besides a forward pass, that methods may need:
 *
 * - `activations`: the last block's tokens, or the last feature map, are `[batch, prefix + patches, width]`, patches on the grid, and lie on
 *   the way to the logits.
 * - `tokens`: so are those of each block, and each token keeps its place.
 * - `chain`: what a block gives is what the next one takes, from the first block to the head.
 * - `global-attention`: in each block, each token attends to all tokens.
 * - `patch-embedding`: the first layer is linear in patches that do not overlap; `embedPatches`.
 * - `token-head`: `head`, for the tokens of any block.
 * - `token-halves`: a block's halves around its attention, `project` and `finish`, work on each token by itself wherever it stands, and
 *   nothing is added to scores.
 * - `token-subsets`: `trace` computes with part of the patches.
 * - `windows`: patches attend within windows and are merged to fewer, and where is known: `mixing` in a trace. The head reads the mean of the last tokens.
 * - `text-head`: its classes are vectors, such as the embeddings of texts, and each token by itself can be compared with them: `tokenCosines`.
 */
export type Capability =
  | 'activations'
  | 'tokens'
  | 'chain'
  | 'global-attention'
  | 'patch-embedding'
  | 'token-head'
  | 'token-halves'
  | 'token-subsets'
  | 'windows'
  | 'text-head'

/** For each capability true, or what stands in its way, as words behind "but": `blocks 0 to 3 attend within windows of 16 tokens`. */
export type Capabilities = { readonly [C in Capability]: true | string }

/**
 * A classifier as a tensor program with its inside open: all that a method of explanation may know of a model. No weights and no engine.
 * Depth, width and the number of heads are the shapes in a trace.
 */
export interface ExplainableModel {
  readonly input: ModelInput
  readonly classes: number
  /** Patches; the last `rows * columns` tokens, row by row. A map has one number for each. */
  readonly grid: Grid
  /** Tokens before the patches: class, distillation and register tokens. */
  readonly prefix: number
  readonly prefixTokens: readonly PrefixToken[]
  /** What the head reads of the last block's tokens; `attention`: what a query of its own attends to; `other`: none of these. */
  readonly pooling: Pooling | 'other'
  readonly can: Capabilities
  /** The largest number of rows for which `trace`, `head`, `project` and `finish` can be built: infinite, or 1. */
  readonly maxBatch: number
  /** Shape of the input `image` for a batch: `[batch, 3, height, width]`, normalised. */
  imageShape(batch: number): Shape
  /** The forward pass with everything inside; only what an output needs is computed. The image may be any tensor, a constant too. */
  trace(image: Tensor, options?: TraceOptions): Trace
  /** The first layer of the forward pass of this image: the same tensors. Of models that can `patch-embedding`. */
  embedPatches(image: Tensor): PatchEmbedding
  /**
   * The logits that the head gives for the output of a block, `[batch, tokens, width]` to `[batch, classes]`; where only the class token is
   * read, other tokens may be missing. Of models that can `token-head`.
   */
  head(tokens: Tensor): Tensor
  /**
   * Queries, keys and values of a block for tokens after its first norm: `[batch, tokens, width]` to `[batch, heads, tokens, size]` each.
   * Of models that can `token-halves`.
   */
  project(index: number, attentionInput: Tensor): Pick<BlockTrace, 'query' | 'key' | 'value'>
  /**
   * The rest of a block for its input and what its heads read, token by token: `[batch, tokens, width]` both; the input may be one token
   * for all. Of models that can `token-halves`.
   */
  finish(index: number, input: Tensor, context: Tensor): Pick<BlockTrace, 'attentionOutput' | 'output'>
  /**
   * Cosines of each token's embedding, by the model's own final norm and projection, with the vector of each class: `[batch, tokens, width]` to
   * `[batch, tokens, classes]`. Of models that can `text-head`.
   */
  tokenCosines(tokens: Tensor): Tensor
}

/** What was learned: the parameters that the logits are computed from. */
export function parametersOf(model: ExplainableModel): readonly TensorOf<'parameter'>[] {
  const { logits } = model.trace(input('image', model.imageShape(1)))
  return program({ logits }).parameters
}
