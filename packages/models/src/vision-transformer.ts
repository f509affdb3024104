import {
  add,
  broadcast,
  concat,
  dim,
  gelu,
  layerNorm,
  linear,
  matmul,
  mul,
  parameter,
  reshape,
  type Shape,
  sliceAxis,
  softmax,
  type Tensor,
  transpose,
} from '@vitrine/tensor'
import { gridOf, parameterShapes, type VisionTransformerConfig } from './config.ts'
import { ModelError } from './errors.ts'

/** Everything inside one block. Tokens are `[batch, tokens, width]`; heads are split off as `[batch, heads, tokens, …]`. */
export interface BlockTrace {
  /** The block's input. */
  readonly input: Tensor
  /** The input after the first layer norm: what queries, keys and values are made from. */
  readonly attentionInput: Tensor
  readonly query: Tensor
  readonly key: Tensor
  readonly value: Tensor
  /** Scaled products of queries and keys, before softmax: `[batch, heads, tokens, tokens]`. */
  readonly scores: Tensor
  /** After softmax: row i says what token i reads. */
  readonly attention: Tensor
  /** What attention adds to the input. */
  readonly attentionOutput: Tensor
  /** The block's output. */
  readonly output: Tensor
}

export interface Trace {
  /** `[batch, classes]`. */
  readonly logits: Tensor
  /** Softmax of the logits. */
  readonly probabilities: Tensor
  readonly blocks: readonly BlockTrace[]
}

/** A Vision Transformer as a tensor program: geometry and parameter names, no weights and no engine. */
export interface VisionTransformer {
  readonly config: VisionTransformerConfig
  /** Patches; the last `rows * columns` tokens, row by row. */
  readonly grid: { readonly rows: number; readonly columns: number }
  /** Tokens before the patches. */
  readonly prefix: number
  /** Shape of the input `image` for a batch: `[batch, 3, height, width]`, normalised. */
  imageShape(batch: number): Shape
  /** The forward pass with everything inside; only what an output needs is computed. */
  trace(image: Tensor): Trace
}

/**
 * A linear layer whose inputs are multiplied 64 at a time and added pairwise. Rounding grows with the length of the running sum,
 * and what is rounded here is amplified by every block: relevance maps in float32 come closer to float64.
 */
function pairwiseLinear(x: Tensor, weights: Tensor): Tensor {
  const size = dim(x.shape, -1)
  const part = (t: Tensor, start: number) => sliceAxis(t, -1, start, Math.min(start + 64, size))
  let sums: readonly Tensor[] = Array.from({ length: Math.ceil(size / 64) }, (_, i) =>
    linear(part(x, 64 * i), part(weights, 64 * i)),
  )
  while (sums.length > 1) sums = pairs(sums).map(([a, b]) => (b ? add(a, b) : a))
  return sums[0] ?? linear(x, weights)
}

const pairs = (list: readonly Tensor[]): (readonly [Tensor, Tensor | undefined])[] =>
  list.flatMap((a, i) => (i % 2 === 0 ? [[a, list[i + 1]] as const] : []))

/**
 * The Vision Transformer of Dosovitskiy et al. (ICLR 2021) with timm's parameter names: pre-norm blocks, exact GELU, the class
 * token read by a linear head.
 */
export function visionTransformer(config: VisionTransformerConfig): VisionTransformer {
  const { width, depth, heads, imageSize, patchSize, layerNormEpsilon } = config
  const grid = gridOf(config)
  if (width % heads !== 0) throw new ModelError(`expected a width that ${heads} heads divide, got ${width}`)
  const headWidth = width / heads
  const shapes = parameterShapes(config)

  const weight = (name: string, view?: Shape): Tensor => {
    const shape = view ?? shapes.get(name)
    if (!shape) throw new ModelError(`no parameter is called "${name}"`)
    return parameter(name, shape)
  }
  const dense = (x: Tensor, name: string): Tensor => add(linear(x, weight(`${name}.weight`)), weight(`${name}.bias`))
  const norm = (x: Tensor, name: string): Tensor =>
    layerNorm(x, weight(`${name}.weight`), weight(`${name}.bias`), layerNormEpsilon)

  function embed(image: Tensor): Tensor {
    const [batch = 1] = image.shape
    const { rows, columns } = grid
    const { height: p, width: q } = patchSize
    const cells = transpose(reshape(image, [batch, 3, rows, p, columns, q]), [0, 2, 4, 1, 3, 5])
    const pixels = reshape(cells, [batch, rows * columns, 3 * p * q])
    const weights = weight('patch_embed.proj.weight', [width, 3 * p * q])
    const patches = add(pairwiseLinear(pixels, weights), weight('patch_embed.proj.bias'))
    const tokens = concat([broadcast(weight('cls_token'), [batch, 1, width]), patches], 1)
    return add(tokens, weight('pos_embed'))
  }

  function block(input: Tensor, index: number): BlockTrace {
    const [batch = 1, tokens = 1] = input.shape
    const name = `blocks.${index}`
    const attentionInput = norm(input, `${name}.norm1`)
    const qkv = dense(attentionInput, `${name}.attn.qkv`)
    const split = (i: number): Tensor =>
      transpose(reshape(sliceAxis(qkv, 2, i * width, (i + 1) * width), [batch, tokens, heads, headWidth]), [0, 2, 1, 3])
    const [query, key, value] = [split(0), split(1), split(2)]
    const scores = mul(matmul(query, key, false, true), headWidth ** -0.5)
    const attention = softmax(scores)
    const mixed = reshape(transpose(matmul(attention, value), [0, 2, 1, 3]), [batch, tokens, width])
    const attentionOutput = dense(mixed, `${name}.attn.proj`)
    const middle = add(input, attentionOutput)
    const hidden = gelu(dense(norm(middle, `${name}.norm2`), `${name}.mlp.fc1`))
    const output = add(middle, dense(hidden, `${name}.mlp.fc2`))
    return { input, attentionInput, query, key, value, scores, attention, attentionOutput, output }
  }

  return {
    config,
    grid,
    prefix: 1,
    imageShape: batch => [batch, 3, imageSize.height, imageSize.width],
    trace(image) {
      const blocks: BlockTrace[] = []
      let tokens = embed(image)
      for (let i = 0; i < depth; i++) {
        const next = block(tokens, i)
        blocks.push(next)
        tokens = next.output
      }
      const classToken = sliceAxis(norm(tokens, 'norm'), 1, 0, 1)
      const logits = dense(reshape(classToken, [-1, width]), 'head')
      return { logits, probabilities: softmax(logits), blocks }
    },
  }
}
