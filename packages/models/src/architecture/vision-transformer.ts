import {
  add,
  broadcast,
  concat,
  dim,
  gather,
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
  sum,
  type Tensor,
  transpose,
} from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import type { BlockTrace, Capabilities, ExplainableModel, PatchEmbedding, Trace } from '../explainable.ts'
import { gridOf, type Pooling, parameterShapes, type VisionTransformerConfig } from './config.ts'
import { pairwiseLinear } from './pairwise-linear.ts'

/** A Vision Transformer as a tensor program: geometry and parameter names, no weights and no engine. */
export interface VisionTransformer extends ExplainableModel {
  readonly config: VisionTransformerConfig
  readonly pooling: Pooling
  /** The tokens that enter the first block, positions added: `[batch, prefix + patches, width]`. */
  embed(image: Tensor): Tensor
  /** The blocks and the head from such tokens on; patches may be missing. `trace(image)` is `encode(embed(image))`. */
  encode(tokens: Tensor): Trace
}

const can: Capabilities = {
  activations: true,
  tokens: true,
  chain: true,
  'global-attention': true,
  'patch-embedding': true,
  'token-head': true,
  'token-halves': true,
  'token-subsets': true,
}

/**
 * Some of the patches of embedded images `[batch, prefix + patches, width]`, the prefix kept; `chosen` is int `[passes, kept]`.
 */
function keepPatches(tokens: Tensor, prefix: number, chosen: Tensor): Tensor {
  const [batch = 1, count = 1, width = 1] = tokens.shape
  const [passes = 1, kept = 1] = chosen.shape
  if (chosen.shape.length !== 2 || (batch !== 1 && batch !== passes))
    throw new ModelError(
      `patches: expected [${batch === 1 ? 'passes' : batch}, kept], got [${chosen.shape.join(', ')}]`,
    )
  const patchesOf = (image: number): Tensor => sliceAxis(sliceAxis(tokens, 0, image, image + 1), 1, prefix, count)
  const patches =
    batch === 1
      ? reshape(gather(patchesOf(0), reshape(chosen, [passes * kept]), 1), [passes, kept, width])
      : concat(
          Array.from({ length: batch }, (_, i) =>
            gather(patchesOf(i), reshape(sliceAxis(chosen, 0, i, i + 1), [kept]), 1),
          ),
          0,
        )
  if (prefix === 0) return patches
  return concat([broadcast(sliceAxis(tokens, 1, 0, prefix), [passes, prefix, width]), patches], 1)
}

/**
 * The Vision Transformer of Dosovitskiy et al. (ICLR 2021) with timm's parameter names: pre-norm blocks, exact GELU, a linear head;
 * and its descendants, which differ in the tokens before the patches, in what the head reads and in the scale of the branches: DeiT
 * (Touvron et al., ICML 2021), DeiT III (ECCV 2022), DINO (Caron et al., ICCV 2021), DINOv2 (Oquab et al., TMLR 2024), registers
 * (Darcet et al., ICLR 2024).
 */
export function visionTransformer(config: VisionTransformerConfig): VisionTransformer {
  const { width, depth, heads, imageSize, patchSize, layerNormEpsilon } = config
  const { prefixTokens = ['class'], pooling = 'class' } = config
  const grid = gridOf(config)
  const prefix = prefixTokens.length
  if (width % heads !== 0) throw new ModelError(`expected a width that ${heads} heads divide, got ${width}`)
  if (pooling !== 'patch-mean' && prefixTokens[0] !== 'class')
    throw new ModelError(`pooling "${pooling}": expected a class token, got ${prefixTokens.join(', ') || 'none'}`)
  if (pooling === 'class-and-distillation' && prefixTokens[1] !== 'distillation')
    throw new ModelError(`pooling "${pooling}": expected a distillation token, got ${prefixTokens.join(', ')}`)
  const headWidth = width / heads
  const shapes = parameterShapes(config)

  const weight = (name: string, view?: Shape): Tensor => {
    const shape = view ?? shapes.get(name)
    if (!shape) throw new ModelError(`no parameter is called "${name}"`)
    return parameter(name, shape)
  }
  const withBias = (x: Tensor, name: string): Tensor => (shapes.has(name) ? add(x, weight(name)) : x)
  const dense = (x: Tensor, name: string): Tensor => withBias(linear(x, weight(`${name}.weight`)), `${name}.bias`)
  const norm = (x: Tensor, name: string): Tensor =>
    layerNorm(x, weight(`${name}.weight`), weight(`${name}.bias`), layerNormEpsilon)
  const layerScale = (x: Tensor, name: string): Tensor => (config.layerScale ? mul(x, weight(name)) : x)

  function embedPatches(image: Tensor): PatchEmbedding {
    const [batch = 1] = image.shape
    const { rows, columns } = grid
    const { height: p, width: q } = patchSize
    const cells = transpose(reshape(image, [batch, 3, rows, p, columns, q]), [0, 2, 4, 1, 3, 5])
    const pixels = reshape(cells, [batch, rows * columns, 3 * p * q])
    const weights = weight('patch_embed.proj.weight', [width, 3 * p * q])
    return { pixels, weight: weights, patches: withBias(pairwiseLinear(pixels, weights), 'patch_embed.proj.bias') }
  }

  function embed(image: Tensor): Tensor {
    const [batch = 1] = image.shape
    const { patches } = embedPatches(image)
    const before = ['cls_token', 'dist_token', 'reg_token']
      .filter(name => shapes.has(name))
      .map(name => broadcast(weight(name), [batch, dim(weight(name).shape, 1), width]))
    const tokens =
      config.positions === 'patches'
        ? concat([...before, add(patches, weight('pos_embed'))], 1)
        : add(concat([...before, patches], 1), weight('pos_embed'))
    return config.preNorm ? norm(tokens, 'norm_pre') : tokens
  }

  function project(index: number, attentionInput: Tensor): Pick<BlockTrace, 'query' | 'key' | 'value'> {
    const [batch = 1, tokens = 1] = attentionInput.shape
    const qkv = dense(attentionInput, `blocks.${index}.attn.qkv`)
    const split = (i: number): Tensor =>
      transpose(reshape(sliceAxis(qkv, 2, i * width, (i + 1) * width), [batch, tokens, heads, headWidth]), [0, 2, 1, 3])
    return { query: split(0), key: split(1), value: split(2) }
  }

  function finish(
    index: number,
    input: Tensor,
    context: Tensor,
  ): Pick<BlockTrace, 'attentionOutput' | 'hidden' | 'output'> {
    const name = `blocks.${index}`
    const attentionOutput = layerScale(dense(context, `${name}.attn.proj`), `${name}.ls1.gamma`)
    const middle = add(input, attentionOutput)
    const hidden = dense(norm(middle, `${name}.norm2`), `${name}.mlp.fc1`)
    const perceptron = layerScale(dense(gelu(hidden), `${name}.mlp.fc2`), `${name}.ls2.gamma`)
    return { attentionOutput, hidden, output: add(middle, perceptron) }
  }

  function block(input: Tensor, index: number): BlockTrace {
    const [batch = 1, tokens = 1] = input.shape
    const name = `blocks.${index}`
    const attentionInput = norm(input, `${name}.norm1`)
    const { query, key, value } = project(index, attentionInput)
    const scores = mul(matmul(query, key, false, true), headWidth ** -0.5)
    const attention = softmax(scores)
    const join = (x: Tensor): Tensor => reshape(transpose(x, [0, 2, 1, 3]), [batch, tokens, width])
    const context = join(matmul(attention, value))
    const projectedValue = layerScale(linear(join(value), weight(`${name}.attn.proj.weight`)), `${name}.ls1.gamma`)
    return {
      input,
      attentionInput,
      query,
      key,
      value,
      scores,
      attention,
      context,
      projectedValue,
      ...finish(index, input, context),
    }
  }

  const pools: Readonly<Record<Pooling, (tokens: Tensor, read: (features: Tensor, name: string) => Tensor) => Tensor>> =
    {
      class: (tokens, read) => read(token(tokens, 0), 'head'),
      'patch-mean': (tokens, read) => read(patchMean(tokens), 'head'),
      'class-and-patch-mean': (tokens, read) => read(concat([token(tokens, 0), patchMean(tokens)], 1), 'head'),
      'class-and-distillation': (tokens, read) =>
        mul(add(read(token(tokens, 0), 'head'), read(token(tokens, 1), 'head_dist')), 0.5),
    }
  const token = (tokens: Tensor, index: number): Tensor => reshape(sliceAxis(tokens, 1, index, index + 1), [-1, width])
  // A factor and no division: relevance rules are defined for products with a constant.
  const patchMean = (tokens: Tensor): Tensor => {
    const count = dim(tokens.shape, 1)
    return reshape(mul(sum(sliceAxis(tokens, 1, prefix, count), [1]), 1 / (count - prefix)), [-1, width])
  }

  function head(tokens: Tensor): Tensor {
    if (config.finalNorm === 'pooled')
      return pools[pooling](tokens, (features, name) => dense(norm(features, 'fc_norm'), name))
    return pools[pooling](norm(tokens, 'norm'), dense)
  }

  function encode(tokens: Tensor): Trace {
    const blocks: BlockTrace[] = []
    for (let i = 0; i < depth; i++) blocks.push(block(blocks[i - 1]?.output ?? tokens, i))
    const logits = head(blocks.at(-1)?.output ?? tokens)
    return { logits, probabilities: softmax(logits), blocks }
  }

  return {
    config,
    input: { imageSize, patchSize, mean: config.mean, std: config.std },
    classes: config.classes,
    grid,
    prefix,
    prefixTokens,
    pooling,
    can,
    maxBatch: Number.POSITIVE_INFINITY,
    imageShape: batch => [batch, 3, imageSize.height, imageSize.width],
    trace(image, { patches } = {}) {
      const tokens = embed(image)
      return encode(patches ? keepPatches(tokens, prefix, patches) : tokens)
    },
    embedPatches,
    embed,
    encode,
    project,
    finish,
    head,
  }
}
