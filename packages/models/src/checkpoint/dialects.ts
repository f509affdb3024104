/** Whose names a checkpoint uses. */
export type Dialect = 'timm' | 'hugging-face' | 'torchvision'

interface Names {
  /** In words. */
  readonly name: string
  /** The patch embedding's weight, by which a model is found: what stands before it is the model's prefix. */
  readonly mark: string
  /** Their names, and timm's: applied one after the other. */
  readonly renaming: readonly (readonly [RegExp, string])[]
}

export const DIALECTS: Readonly<Record<Dialect, Names>> = {
  // Also the names of the published code of DeiT, DINO, DINOv2, MAE and MoCo v3.
  timm: {
    name: 'timm',
    mark: 'patch_embed.proj.weight',
    renaming: [
      [/^register_tokens$/, 'reg_token'],
      // DINOv2 counts its blocks on over the chunks in which it trains them.
      [/^blocks\.\d+\.(\d+)\./, 'blocks.$1.'],
      // DeiT III's own code.
      [/^(blocks\.\d+)\.gamma_([12])$/, '$1.ls$2.gamma'],
    ],
  },
  'hugging-face': {
    name: 'transformers',
    mark: 'embeddings.patch_embeddings.projection.weight',
    renaming: [
      [/^embeddings\.cls_token$/, 'cls_token'],
      [/^embeddings\.distillation_token$/, 'dist_token'],
      [/^embeddings\.register_tokens$/, 'reg_token'],
      [/^embeddings\.mask_token$/, 'mask_token'],
      [/^embeddings\.position_embeddings$/, 'pos_embed'],
      [/^embeddings\.patch_embeddings\.projection\./, 'patch_embed.proj.'],
      [/^(?:encoder\.)?layers?\.(\d+)\./, 'blocks.$1.'],
      [/\.attention\.attention\.(query|key|value)\./, '.attn.$1.'],
      [/\.attention\.output\.dense\./, '.attn.proj.'],
      // transformers 5
      [/\.attention\.q_proj\./, '.attn.query.'],
      [/\.attention\.k_proj\./, '.attn.key.'],
      [/\.attention\.v_proj\./, '.attn.value.'],
      [/\.attention\.o_proj\./, '.attn.proj.'],
      [/\.layernorm_before\./, '.norm1.'],
      [/\.layernorm_after\./, '.norm2.'],
      [/\.intermediate\.dense\./, '.mlp.fc1.'],
      [/(blocks\.\d+)\.output\.dense\./, '$1.mlp.fc2.'],
      [/\.layer_scale([12])\.lambda1$/, '.ls$1.gamma'],
      [/^layernorm\./, 'norm.'],
    ],
  },
  torchvision: {
    name: 'torchvision',
    mark: 'conv_proj.weight',
    renaming: [
      [/^class_token$/, 'cls_token'],
      [/^encoder\.pos_embedding$/, 'pos_embed'],
      [/^conv_proj\./, 'patch_embed.proj.'],
      [/^encoder\.layers\.encoder_layer_(\d+)\./, 'blocks.$1.'],
      [/\.ln_([12])\./, '.norm$1.'],
      [/\.self_attention\.in_proj_(weight|bias)$/, '.attn.qkv.$1'],
      [/\.self_attention\.out_proj\./, '.attn.proj.'],
      [/\.mlp\.(?:0|linear_1)\./, '.mlp.fc1.'],
      [/\.mlp\.(?:3|linear_2)\./, '.mlp.fc2.'],
      [/^encoder\.ln\./, 'norm.'],
    ],
  },
}

export const dialects = Object.keys(DIALECTS) as readonly Dialect[]

/** timm's name of an array. */
export const renamed = (dialect: Dialect, name: string): string =>
  DIALECTS[dialect].renaming.reduce((text, [pattern, to]) => text.replace(pattern, to), name)
