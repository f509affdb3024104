import {
  add,
  constant,
  gather,
  input,
  matmul,
  oneHot,
  reshape,
  type Shape,
  sliceAxis,
  softmax,
  type Tensor,
} from '@vitrine/tensor'
import { joinHeads, projections, scoresOf } from '../architecture/parts/attention.ts'
import { Layers } from '../architecture/parts/layers.ts'
import { perceptron } from '../architecture/parts/perceptron.ts'
import { ModelError } from '../errors.ts'
import type { TextTowerConfig } from './config.ts'

/** The part of CLIP or SigLIP that embeds texts, as a tensor program: no weights and no engine. */
export interface TextTower {
  readonly config: TextTowerConfig
  /**
   * Embeddings of texts, `[batch, features]`, of whatever length.
   *
   * @param tokens int `[batch, length]`
   * @param end where each text ends, int `[batch]`: its last token before the padding
   */
  embed(tokens: Tensor, end: Tensor): Tensor
  /** The shape in which the weights must have each parameter. */
  readonly shapes: ReadonlyMap<string, Shape>
}

// Its exponential is 0 in float32 and float64, whatever is added to it.
const MASKED = -1e9

/** A token sees itself and those before it: 0 there, `[length, length]`. */
function causalMask(length: number): Tensor {
  const numbers = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? MASKED : 0,
  )
  return constant(numbers, [length, length])
}

/**
 * The text tower of CLIP (Radford et al., ICML 2021, section 2.4: pre-norm blocks with a causal mask, the last token through a projection)
 * and of SigLIP (Zhai et al., ICCV 2023: no mask, the last position), and that of AIMv2 (Fini et al., CVPR 2025: CLIP's with RMSNorm and SwiGLU).
 */
export function textTower(config: TextTowerConfig): TextTower {
  const { vocabulary, length, width, depth, heads, mlpWidth, features, activation, gated, bias } = config
  if (width % heads !== 0) throw new ModelError(`text tower: expected a width that ${heads} heads divide, got ${width}`)
  const layers = new Layers(config.norm, config.layerNormEpsilon)
  const mask = config.isCausal ? causalMask(length) : undefined

  function block(x: Tensor, index: number): Tensor {
    const name = `blocks.${index}`
    const { query, key, value } = projections(layers, layers.norm(x, `${name}.norm1`), `${name}.attn.qkv`, heads, bias)
    const read = joinHeads(matmul(softmax(scoresOf(query, key, mask)), value))
    const middle = add(x, layers.dense(read, `${name}.attn.proj`, width, bias))
    const normed = layers.norm(middle, `${name}.norm2`)
    return add(middle, perceptron(layers, { activation, gated, bias }, normed, `${name}.mlp`, mlpWidth).output)
  }

  function embed(tokens: Tensor, end: Tensor): Tensor {
    const [batch = 1] = tokens.shape
    const table = layers.parameter('token_embed.weight', [vocabulary, width])
    const rows = reshape(gather(table, reshape(tokens, [batch * length]), 0), [batch, length, width])
    let x = add(rows, layers.parameter('pos_embed', [length, width]))
    for (let i = 0; i < depth; i++) x = block(x, i)
    const normed = layers.norm(x, 'norm')
    const pooled =
      config.pooling === 'last'
        ? sliceAxis(normed, 1, length - 1, length)
        : matmul(reshape(oneHot(end, length), [batch, 1, length]), normed)
    return layers.dense(reshape(pooled, [batch, width]), 'proj', features, config.projectionBias)
  }

  // Building it once tells what its parameters are.
  embed(input('tokens', [1, length], 'int'), input('end', [1], 'int'))
  return { config, embed, shapes: layers.shapes }
}
