import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { type Checkpoint, type CheckpointArray, derived, firstFew } from './checkpoint.ts'
import type { Numbers } from './dtypes.ts'

/** Whose names a checkpoint uses. */
export type Dialect = 'timm' | 'hugging-face'

/** The weights of a checkpoint under timm's names, and what of it no classifier needs. */
export interface StateDict<B extends Bytes = Bytes> extends Checkpoint<B> {
  readonly dialect: Dialect
  /** The file's own names of arrays that are left out: mask tokens, poolers, projection heads of the pretraining. */
  readonly left: readonly string[]
}

type Renaming = readonly (readonly [RegExp, string])[]

// What wrappers of a model put before its names: DistributedDataParallel, torch.compile, DINO's student and teacher, Lightning.
const WRAPPERS = /^(?:(?:module|_orig_mod|backbone|model)\.)+/

const DIALECTS: Readonly<Record<Dialect, { readonly mark: RegExp; readonly renaming: Renaming }>> = {
  timm: {
    mark: /^patch_embed\.proj\.weight$/,
    renaming: [[/^register_tokens$/, 'reg_token']],
  },
  'hugging-face': {
    mark: /^(?:\w+\.)?embeddings\.patch_embeddings\.projection\.weight$/,
    renaming: [
      [/^(?:vit|deit|dinov2|dinov2_with_registers)\./, ''],
      [/^embeddings\.cls_token$/, 'cls_token'],
      [/^embeddings\.distillation_token$/, 'dist_token'],
      [/^embeddings\.register_tokens$/, 'reg_token'],
      [/^embeddings\.mask_token$/, 'mask_token'],
      [/^embeddings\.position_embeddings$/, 'pos_embed'],
      [/^embeddings\.patch_embeddings\.projection\./, 'patch_embed.proj.'],
      [/^encoder\.layer\.(\d+)\./, 'blocks.$1.'],
      [/\.attention\.attention\.(query|key|value)\./, '.attn.$1.'],
      [/\.attention\.output\.dense\./, '.attn.proj.'],
      [/\.layernorm_before\./, '.norm1.'],
      [/\.layernorm_after\./, '.norm2.'],
      [/\.intermediate\.dense\./, '.mlp.fc1.'],
      [/(blocks\.\d+)\.output\.dense\./, '$1.mlp.fc2.'],
      [/\.layer_scale([12])\.lambda1$/, '.ls$1.gamma'],
      [/^layernorm\./, 'norm.'],
      [/^(?:cls_)?classifier\./, 'head.'],
      [/^distillation_classifier\./, 'head_dist.'],
    ],
  },
}

const NEEDLESS = /^(?:mask_token$|pooler\.|head\.(?:mlp|last_layer)\.)/

/** Keys of models that are no plain Vision Transformers, what they are, and what to do. */
const UNSUPPORTED: readonly (readonly [RegExp, string])[] = [
  [
    /\.mlp\.(?:w12|w3|weights_in|weights_out|fc1_g|fc1_x)\./,
    'SwiGLU blocks (DINOv2 giant, EVA-02) are not supported; take a model of size S, B or L',
  ],
  [
    /relative_position|rel_pos/,
    'relative positions (BEiT, SAM) are not supported; take a ViT with position embeddings',
  ],
  [/rope|rotary/, 'rotary positions (DINOv3, EVA-02) are not supported; take a ViT with position embeddings'],
  [/attn\.[qk]_norm|attention\.[qk]_norm/, 'norms of queries and keys are not supported; take a ViT without them'],
  [/attn_pool\.|\.probe$/, 'attention pooling (SigLIP) is not supported; take a ViT whose head reads the class token'],
  [/\.gamma_[12]$/, 'BEiT and CaiT blocks are not supported; take a ViT, DeiT or DINOv2'],
  [/^layers\.\d+\.blocks\.|downsample/, 'hierarchical transformers (Swin) have no class token and are not supported'],
  [/^pre_logits\.|^pre_logits$/, 'a pre-logits layer is not supported; take a fine-tuned ViT'],
  [/^blocks\.\d+\.\d+\./, 'blocks in chunks are not supported; save the model without FSDP wrapping'],
  [/^(?:visual|text_model|vision_model)\./, 'CLIP checkpoints are not supported; take a ViT fine-tuned for classes'],
  [/^(?:conv1|layer1|features\.0|stem)\b/, 'convolutional networks are not supported; take a Vision Transformer'],
]

type Arrays<B extends Bytes> = Map<string, CheckpointArray<B>>

/** The weights of a checkpoint under timm's names. Throws a ModelError where the names are no Vision Transformer's. */
export function stateDict<B extends Bytes>(file: Checkpoint<B>): StateDict<B> {
  const names = new Map([...file.arrays.keys()].map(name => [name.replace(WRAPPERS, ''), name]))
  const dialects = Object.keys(DIALECTS) as Dialect[]
  const dialect = dialects.find(id => [...names.keys()].some(name => DIALECTS[id].mark.test(name)))
  for (const [pattern, problem] of UNSUPPORTED) {
    const found = [...names.keys()].find(name => pattern.test(name))
    if (found !== undefined) throw new ModelError(`${file.name}: ${names.get(found)}: ${problem}`)
  }
  if (dialect === undefined)
    throw new ModelError(
      `${file.name}: expected patch_embed.proj.weight (timm) or …embeddings.patch_embeddings.projection.weight (Hugging Face), got ${firstFew([...file.arrays.keys()])}`,
    )
  const rename = (name: string): string =>
    DIALECTS[dialect].renaming.reduce((text, [pattern, to]) => text.replace(pattern, to), name)
  const arrays: Arrays<B> = new Map()
  const left: string[] = []
  for (const [name, original] of names) {
    const canonical = rename(name)
    const array = file.arrays.get(original)
    if (NEEDLESS.test(canonical)) left.push(original)
    else if (array) arrays.set(canonical, array)
  }
  joinProjections(arrays)
  foldClassPosition(arrays)
  return { ...file, arrays, dialect, left }
}

/** Queries, keys and values in one product, as the rest of the program expects them. */
function joinProjections<B extends Bytes>(arrays: Arrays<B>): void {
  for (const [name, query] of [...arrays]) {
    if (!name.includes('.attn.query.')) continue
    const names = ['query', 'key', 'value'].map(part => name.replace('query', part))
    const parts = names.map(part => arrays.get(part)).filter(part => part !== undefined)
    const [rows = 0, ...rest] = query.shape
    if (parts.length < 3 || parts.some(part => part.shape.join() !== query.shape.join())) continue
    for (const part of names) arrays.delete(part)
    arrays.set(name.replace('query', 'qkv'), derived(parts, [3 * rows, ...rest], concatenate))
  }
}

/**
 * DINOv2 with registers has a position for the class token and none for the registers. With that position added to the token, no token
 * before the patches has one.
 */
function foldClassPosition<B extends Bytes>(arrays: Arrays<B>): void {
  const [token, registers, positions] = ['cls_token', 'reg_token', 'pos_embed'].map(name => arrays.get(name))
  const [, count = 0, width = 0] = positions?.shape ?? []
  const square = (n: number) => Number.isInteger(Math.sqrt(n))
  if (!token || !registers || !positions || square(count) || !square(count - 1)) return
  const add = ([own, all]: readonly Numbers[]) => Float32Array.from(own ?? [], (x, i) => x + (all?.[i] ?? 0))
  arrays.set('cls_token', derived([token, positions], token.shape, add))
  arrays.set(
    'pos_embed',
    derived([positions], [1, count - 1, width], ([all]) => Float32Array.from(all?.subarray(width) ?? [])),
  )
}

function concatenate(parts: readonly Numbers[]): Numbers {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** A view of weights with one array replaced. */
export function replaced<B extends Bytes>(
  weights: StateDict<B>,
  name: string,
  shape: readonly number[],
  make: (own: Numbers) => Numbers,
): StateDict<B> {
  const own = weights.arrays.get(name)
  if (!own) return weights
  const made = derived([own], shape, ([x]) => make(x ?? new Float32Array()))
  return { ...weights, arrays: new Map(weights.arrays).set(name, made) }
}
