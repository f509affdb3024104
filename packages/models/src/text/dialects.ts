import type { Bytes } from '../checkpoint/bytes.ts'
import { arrayOf, type Checkpoint, type CheckpointArray } from '../checkpoint/checkpoint.ts'
import { stacked, transposed } from '../checkpoint/rearranged.ts'
import type { TextTowerConfig } from './config.ts'

type Read<B extends Bytes> = (name: string) => CheckpointArray<B>

/** Whose names a text tower has, and how its arrays become those of the program. */
export interface TextDialect {
  /** In words. */
  readonly name: string
  /** The table of tokens, by which a text tower is found: what stands before it is the tower's prefix. */
  readonly table: string
  readonly positions: string
  /** The norm behind the blocks. */
  readonly norm: string
  /** What a block's name begins with, before its number. */
  readonly blocks: string
  /** Names inside of a block. */
  readonly norm1: string
  readonly norm2: string
  readonly attentionOut: string
  readonly fc1: string
  readonly fc2: string
  /** Of perceptrons with a gate. */
  readonly gate?: string
  /** Channels of a head of its published models, by which heads are counted where nothing says how many there are. */
  readonly headWidth: number
  /** Weight and bias of queries, keys and values in one array each. */
  qkv<B extends Bytes>(block: string, kind: 'weight' | 'bias', read: Read<B>): CheckpointArray<B>
}

const huggingFace: TextDialect = {
  name: 'transformers',
  table: 'text_model.embeddings.token_embedding.weight',
  positions: 'text_model.embeddings.position_embedding.weight',
  norm: 'text_model.final_layer_norm',
  headWidth: 64,
  blocks: 'text_model.encoder.layers.',
  norm1: 'layer_norm1',
  norm2: 'layer_norm2',
  attentionOut: 'self_attn.out_proj',
  fc1: 'mlp.fc1',
  fc2: 'mlp.fc2',
  qkv: (block, kind, read) => stacked(['q', 'k', 'v'].map(part => read(`${block}.self_attn.${part}_proj.${kind}`))),
}

const aimv2: TextDialect = {
  ...huggingFace,
  name: 'transformers (AIMv2)',
  norm: 'text_model.rms_norm',
  headWidth: 128,
  norm1: 'rms_norm1',
  norm2: 'rms_norm2',
  attentionOut: 'attention.out_proj',
  fc1: 'ffn.up_proj',
  fc2: 'ffn.down_proj',
  gate: 'ffn.gate_proj',
  qkv: (block, kind, read) => stacked(['q', 'k', 'v'].map(part => read(`${block}.attention.${part}_proj.${kind}`))),
}

const openClip: TextDialect = {
  name: "open_clip and OpenAI's code",
  table: 'token_embedding.weight',
  positions: 'positional_embedding',
  norm: 'ln_final',
  // OpenAI's own loader counts by it.
  headWidth: 64,
  blocks: 'transformer.resblocks.',
  norm1: 'ln_1',
  norm2: 'ln_2',
  attentionOut: 'attn.out_proj',
  fc1: 'mlp.c_fc',
  fc2: 'mlp.c_proj',
  qkv: (block, kind, read) => read(`${block}.attn.in_proj_${kind}`),
}

export const textDialects: readonly TextDialect[] = [huggingFace, aimv2, openClip]

/** Where the projection to the embedding lies: its weight `[features, width]`, and its bias where it has one. */
export function projectionOf<B extends Bytes>(
  { arrays }: Checkpoint<B>,
  prefix: string,
): { readonly weight: CheckpointArray<B>; readonly bias: CheckpointArray<B> | undefined } | undefined {
  // OpenAI's code multiplies from the right by a bare matrix.
  const bare = arrays.get(`${prefix}text_projection`)
  if (bare) return { weight: transposed(bare), bias: undefined }
  for (const name of [`${prefix}text_projection`, `${prefix}text_model.head`]) {
    const weight = arrays.get(`${name}.weight`)
    if (weight) return { weight, bias: arrays.get(`${name}.bias`) }
  }
  return undefined
}

/** The arrays of a text tower under the names of the program's parameters. */
export function textArrays<B extends Bytes>(
  file: Checkpoint<B>,
  dialect: TextDialect,
  prefix: string,
  { depth, bias }: Pick<TextTowerConfig, 'depth' | 'bias'>,
): Map<string, CheckpointArray<B>> {
  const read = (name: string) => arrayOf(file, prefix + name)
  const found = new Map([
    ['token_embed.weight', read(dialect.table)],
    ['pos_embed', read(dialect.positions)],
  ])
  const kinds = bias ? (['weight', 'bias'] as const) : (['weight'] as const)
  for (const kind of kinds) {
    found.set(`norm.${kind}`, read(`${dialect.norm}.${kind}`))
    for (let i = 0; i < depth; i++) {
      const [own, theirs] = [`blocks.${i}`, `${dialect.blocks}${i}`]
      found.set(`${own}.norm1.${kind}`, read(`${theirs}.${dialect.norm1}.${kind}`))
      found.set(`${own}.norm2.${kind}`, read(`${theirs}.${dialect.norm2}.${kind}`))
      found.set(`${own}.attn.qkv.${kind}`, dialect.qkv(theirs, kind, read))
      found.set(`${own}.attn.proj.${kind}`, read(`${theirs}.${dialect.attentionOut}.${kind}`))
      found.set(`${own}.mlp.fc1.${kind}`, read(`${theirs}.${dialect.fc1}.${kind}`))
      if (dialect.gate) found.set(`${own}.mlp.gate.${kind}`, read(`${theirs}.${dialect.gate}.${kind}`))
      found.set(`${own}.mlp.fc2.${kind}`, read(`${theirs}.${dialect.fc2}.${kind}`))
    }
  }
  const projection = projectionOf(file, prefix)
  if (projection) found.set('proj.weight', projection.weight)
  if (projection?.bias) found.set('proj.bias', projection.bias)
  return found
}
