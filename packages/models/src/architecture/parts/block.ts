import { add, mul, type Tensor } from '@vitrine/tensor'
import type { BlockTrace } from '../../explainable.ts'
import type { Grid, VisionTransformerConfig } from '../config.ts'
import { projections, reading, scoresOf } from './attention.ts'
import type { Layers } from './layers.ts'
import { type Perceptron, perceptron } from './perceptron.ts'
import { relativeBias } from './relative-positions.ts'
import { rotaryTurns, turn } from './rotary.ts'

/** The perceptron of the first ViT. */
export const PLAIN: Perceptron = { activation: 'gelu' }

/** The blocks of a model, whole and in halves around their attention. */
export interface Blocks {
  /** @param patches those that are there, int `[passes, kept]`; all if absent */
  block(input: Tensor, index: number, patches?: Tensor): BlockTrace
  project(index: number, attentionInput: Tensor): Pick<BlockTrace, 'query' | 'key' | 'value'>
  finish(index: number, input: Tensor, context: Tensor): Pick<BlockTrace, 'attentionOutput' | 'hidden' | 'output'>
}

/** Pre-norm blocks: each branch reads a normalised input and is added to it. */
export function blocksOf(layers: Layers, config: VisionTransformerConfig, grid: Grid): Blocks {
  const { width, heads, mlpWidth, prefixTokens = ['class'], perceptron: kind = PLAIN } = config
  const prefix = prefixTokens.length
  const layerScale = (x: Tensor, name: string): Tensor =>
    config.layerScale ? mul(x, layers.parameter(name, [width])) : x
  const geometry = { heads, size: width / heads, prefix, count: grid.rows * grid.columns }
  const turnsOf = config.rotary && rotaryTurns(layers, config.rotary, geometry)

  const biasOf = (name: string): Tensor | undefined =>
    config.relativePositions &&
    relativeBias(
      layers,
      config.relativePositions === 'shared' ? 'relative_position_bias_table' : `${name}.relative_position_bias_table`,
      grid,
      prefix > 0,
      heads,
    )

  function project(index: number, attentionInput: Tensor): Pick<BlockTrace, 'query' | 'key' | 'value'> {
    const name = `blocks.${index}.attn`
    const { query, key, value } = projections(layers, attentionInput, `${name}.qkv`, heads, config.qkvBias !== false)
    if (!config.queryKeyNorm) return { query, key, value }
    return { query: layers.norm(query, `${name}.q_norm`), key: layers.norm(key, `${name}.k_norm`), value }
  }

  function finish(
    index: number,
    input: Tensor,
    context: Tensor,
  ): Pick<BlockTrace, 'attentionOutput' | 'hidden' | 'output'> {
    const name = `blocks.${index}`
    const read = config.contextNorm ? layers.norm(context, `${name}.attn.norm`) : context
    const projected = layers.dense(read, `${name}.attn.proj`, width, config.attentionBias !== false)
    const attentionOutput = layerScale(projected, `${name}.ls1.gamma`)
    const middle = add(input, attentionOutput)
    const { hidden, output } = perceptron(layers, kind, layers.norm(middle, `${name}.norm2`), `${name}.mlp`, mlpWidth)
    return { attentionOutput, hidden, output: add(middle, layerScale(output, `${name}.ls2.gamma`)) }
  }

  function block(input: Tensor, index: number, patches?: Tensor): BlockTrace {
    const name = `blocks.${index}`
    const attentionInput = layers.norm(input, `${name}.norm1`)
    const made = project(index, attentionInput)
    const turns = turnsOf?.(index, patches)
    const [query, key] = turns ? [turn(made.query, turns), turn(made.key, turns)] : [made.query, made.key]
    const { value } = made
    const scores = scoresOf(query, key, biasOf(`${name}.attn`))
    const { attention, context, projectedValue } = reading(layers, `${name}.attn`, scores, value)
    return {
      input,
      attentionInput,
      query,
      key,
      value,
      scores,
      attention,
      context,
      projectedValue: layerScale(projectedValue, `${name}.ls1.gamma`),
      ...finish(index, input, context),
    }
  }

  return { block, project, finish }
}
