import type { Grid, VisionTransformerConfig } from '../architecture/config.ts'
import { type PublishedRotary, publishedRotary, type RotaryOptions } from '../architecture/parts/published-rotary.ts'
import { type RotaryPositions, spread } from '../architecture/parts/rotary.ts'
import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { derived } from './checkpoint.ts'
import type { Fact } from './fields.ts'
import type { StateDict } from './state-dict.ts'

/** `learned`: frequencies that are weights, for each block and head (Heo et al.). */
export type RotaryKind = PublishedRotary | 'learned' | 'none'

/** What is said of rotary positions, else what the arrays show: the published models of their form. */
export function rotaryOf(
  { name, arrays }: StateDict,
  family: string,
  said: Fact<RotaryKind> | undefined,
): Fact<RotaryKind> {
  const has = (name: string): boolean => arrays.has(name)
  if (has('rope.freqs')) return { value: 'learned', from: 'rope.freqs is there' }
  if (said) return said
  const from = 'names of the tensors'
  if (has('relative_position_bias_table') || has('blocks.0.attn.relative_position_bias_table'))
    return { value: 'none', from }
  if (family === 'PE-core')
    return {
      value: 'pe-core',
      from,
      caution:
        "rotary positions are assumed to be those of the grid of its position embeddings, as PE-core's published ones are: no tensor says it. Put its config.json beside the file to be sure",
    }
  if (has('norm_pre.weight') && !has('norm.weight') && !has('fc_norm.weight'))
    throw new ModelError(
      `${name}: missing "norm.weight": a norm before the blocks and none behind them, as PE-lang and PE-spatial have, which are not supported; take a PE-core or a CLIP`,
    )
  if (has('pos_embed')) return { value: family === 'EVA-02' ? 'eva' : 'none', from }
  // All published models without position embeddings have LayerScale.
  if (!has('blocks.0.ls1.gamma'))
    throw new ModelError(
      `${name}: missing "pos_embed": of models without position embeddings, DINOv3, RoPE-ViT, BEiT and their kind are read; put its config.json beside the file if it is one of them`,
    )
  const without = `${from}: no position embeddings`
  if (has('cls_token') && has('reg_token')) return { value: 'dinov3', from: without }
  const [value, whose] = has('reg_token') ? (['eva', "EVA-02's"] as const) : (['rope-vit', "RoPE-ViT's"] as const)
  return {
    value,
    from: without,
    caution: `rotary positions are assumed to be ${whose}: no tensor says how far a step turns. Put its config.json beside the file to be sure`,
  }
}

/** The turns of a grid's patches. */
export function rotaryPositions(
  kind: RotaryKind,
  grid: Grid,
  size: number,
  said: RotaryOptions,
): RotaryPositions | undefined {
  if (kind === 'none') return undefined
  return kind === 'learned' ? { layout: 'interleaved', angles: 'learned' } : publishedRotary(kind, grid, size, said)
}

/** Cosines and sines of the angles that learned frequencies `[2, blocks, heads, pairs]` give, of columns and of rows. */
export function withLearnedTurns<B extends Bytes>(
  weights: StateDict<B>,
  { rotary, depth, heads, width }: VisionTransformerConfig,
  { rows, columns }: Grid,
): StateDict<B> {
  const frequencies = weights.arrays.get('rope.freqs')
  if (!frequencies || rotary?.angles !== 'learned') return weights
  const pairs = width / heads / 2
  const arrays = new Map(weights.arrays)
  arrays.delete('rope.freqs')
  for (let block = 0; block < depth; block++)
    for (const part of ['cos', 'sin'] as const)
      arrays.set(
        `blocks.${block}.attn.rotary.${part}`,
        derived([frequencies], [heads, rows * columns, 2 * pairs], ([own]) => {
          const at = (axis: number, head: number, i: number) =>
            own?.[((axis * depth + block) * heads + head) * pairs + i] ?? 0
          const angles = Array.from({ length: heads * rows * columns * pairs }, (_, k) => {
            const [i, patch] = [k % pairs, Math.floor(k / pairs) % (rows * columns)]
            const head = Math.floor(k / pairs / rows / columns)
            return (patch % columns) * at(0, head, i) + Math.floor(patch / columns) * at(1, head, i)
          })
          return Float32Array.from(spread(rotary.layout, angles, 2 * pairs, Math[part]))
        }),
      )
  return { ...weights, arrays }
}
