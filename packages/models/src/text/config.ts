import type { NormKind } from '../architecture/parts/layers.ts'
import type { Activation } from '../architecture/parts/perceptron.ts'

/** Geometry of a text tower. What the published families choose differently is a field. */
export interface TextTowerConfig {
  /** Number of tokens that are known. */
  readonly vocabulary: number
  /** Tokens of a text, padded or cut to so many. */
  readonly length: number
  /** Size of a token. */
  readonly width: number
  /** Number of blocks. */
  readonly depth: number
  readonly heads: number
  /** Size of the hidden layer of each block's perceptron. */
  readonly mlpWidth: number
  /** Size of a text's embedding. */
  readonly features: number
  readonly activation: Activation
  /** Whether perceptrons have a gate (SwiGLU), as in AIMv2. */
  readonly gated: boolean
  readonly norm: NormKind
  /** Whether the layers of blocks have biases. */
  readonly bias: boolean
  readonly layerNormEpsilon: number
  /** Whether a token attends only to itself and those before it, as in CLIP. */
  readonly isCausal: boolean
  /** Which token is the text: its last one, behind which padding stands (CLIP), or the last of all (SigLIP). */
  readonly pooling: 'end' | 'last'
  /** Whether the projection to the embedding has a bias. */
  readonly projectionBias: boolean
}
