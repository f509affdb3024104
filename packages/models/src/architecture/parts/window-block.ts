import { add, matmul, mul, type Tensor } from '@vitrine/tensor'
import type { BlockTrace } from '../../explainable.ts'
import { projections, reading, scoresOf } from './attention.ts'
import type { Layers } from './layers.ts'
import { type Perceptron, perceptron } from './perceptron.ts'
import { relativeBias } from './relative-positions.ts'
import { unit } from './unit.ts'
import { intoWindows, maskWrapped, outOfWindows, type Windows } from './windows.ts'

export interface WindowBlock {
  readonly windows: Windows
  readonly heads: number
  readonly mlpWidth: number
  readonly perceptron: Perceptron
  readonly qkvBias: boolean
  /** Swin V2: scores are cosines times a scale of each head, and norms stand behind the branches and not before them. */
  readonly isV2: boolean
}

/**
 * A block whose tokens attend within windows (Liu et al., ICCV 2021: Swin; CVPR 2022: Swin V2). Tokens are in the order of the grid; queries,
 * keys, values, scores and attention are those of each window, `[batch * windows, heads, cells, …]`.
 *
 * @param name what stands before the names of its parameters
 */
export function windowBlock(layers: Layers, input: Tensor, name: string, block: WindowBlock): BlockTrace {
  const { windows, heads, mlpWidth, isV2 } = block
  const width = input.shape.at(-1) ?? 1
  const before = (x: Tensor, norm: string): Tensor => (isV2 ? x : layers.norm(x, `${name}.${norm}`))
  const behind = (x: Tensor, norm: string): Tensor => (isV2 ? layers.norm(x, `${name}.${norm}`) : x)

  const attentionInput = before(input, 'norm1')
  const cells = intoWindows(attentionInput, windows)
  const { query, key, value } = projections(layers, cells, `${name}.attn.qkv`, heads, block.qkvBias)
  const window = { rows: windows.side, columns: windows.side }
  const bias = relativeBias(layers, `${name}.attn.relative_position_bias_table`, window, false, heads)
  const all = isV2
    ? add(mul(cosines(query, key), layers.parameter(`${name}.attn.scale`, [heads, 1, 1])), bias)
    : scoresOf(query, key, bias)
  const scores = maskWrapped(all, windows)
  const read = reading(layers, `${name}.attn`, scores, value, tokens => outOfWindows(tokens, windows))
  const attentionOutput = behind(layers.dense(read.context, `${name}.attn.proj`, width), 'norm1')
  const middle = add(input, attentionOutput)
  const mlp = perceptron(layers, block.perceptron, before(middle, 'norm2'), `${name}.mlp`, mlpWidth)
  return {
    input,
    attentionInput,
    query,
    key,
    value,
    scores,
    ...read,
    attentionOutput,
    hidden: mlp.hidden,
    output: add(middle, behind(mlp.output, 'norm2')),
  }
}

/** `[…, cells, size]` both, to `[…, cells, cells]`. */
const cosines = (query: Tensor, key: Tensor): Tensor => matmul(unit(query), unit(key), false, true)
