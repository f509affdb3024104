/** Whose names a checkpoint uses. */
export type Dialect =
  | 'timm'
  | 'hugging-face'
  | 'hugging-face-dinov3'
  | 'hugging-face-clip'
  | 'hugging-face-aimv2'
  | 'open-clip'
  | 'torchvision'
  | 'torchvision-swin'

interface Names {
  /** In words. */
  readonly name: string
  /** An array that no other dialect has, most often the patch embedding's weight, by which a model is found: what stands before it is the model's prefix. */
  readonly mark: string
  /** Prefixes under which the mark belongs to another library. */
  readonly unless?: RegExp
  /** Their names, and timm's: applied one after the other. */
  readonly renaming: readonly (readonly [RegExp, string])[]
  /** Arrays that stand beside the model, in the modules around it, and belong to it. */
  readonly beside?: Readonly<Record<string, string>>
}

/** The temperature and the bias of an image's and a text's similarity. */
const SIMILARITY = { logit_scale: 'logit_scale', logit_bias: 'logit_bias' }

const TRANSFORMERS: Names['renaming'] = [
  [/^embeddings\.cls_token$/, 'cls_token'],
  [/^embeddings\.distillation_token$/, 'dist_token'],
  [/^embeddings\.register_tokens$/, 'reg_token'],
  [/^embeddings\.mask_token$/, 'mask_token'],
  [/^embeddings\.position_embeddings$/, 'pos_embed'],
  [/^embeddings\.patch_embeddings\.(?:projection\.)?/, 'patch_embed.proj.'],
  // Stages of Swin
  [/^embeddings\.norm\./, 'patch_embed.norm.'],
  [/^encoder\.layers\.(\d+)\.(?=blocks\.|downsample\.)/, 'layers.$1.'],
  [/\.attention\.self\.(logit_scale$|relative_position_bias_table$)/, '.attn.$1'],
  [/\.attention\.self\.continuous_position_bias_mlp\./, '.attn.cpb_mlp.'],
  [/^(?:encoder\.|model\.)?layers?\.(\d+)\.(?!blocks\.|downsample\.)/, 'blocks.$1.'],
  [/\.attention\.(?:attention|self)\.(query|key|value)\./, '.attn.$1.'],
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
  [/\.mlp\.gate_proj\./, '.mlp.gate.'],
  [/\.mlp\.(?:up_proj|weights_in)\./, '.mlp.fc1.'],
  [/\.mlp\.(?:down_proj|weights_out)\./, '.mlp.fc2.'],
  [/\.layer_scale([12])\.lambda1$/, '.ls$1.gamma'],
  // BEiT and data2vec
  [/(blocks\.\d+)\.lambda_([12])$/, '$1.ls$2.gamma'],
  [
    /(blocks\.\d+)\.(?:attention\.(?:attention\.)?)?relative_position_bias\.relative_position_bias_table$/,
    '$1.attn.relative_position_bias_table',
  ],
  [/^(?:encoder\.relative|shared)_position_bias\.relative_position_bias_table$/, 'relative_position_bias_table'],
  [/^pooler\.layernorm\./, 'fc_norm.'],
  [/^layernorm\./, 'norm.'],
]

export const DIALECTS: Readonly<Record<Dialect, Names>> = {
  // Also the names of the published code of DeiT, DINO, DINOv2, MAE and MoCo v3.
  timm: {
    name: 'timm',
    mark: 'patch_embed.proj.weight',
    renaming: [
      [/^register_tokens$/, 'reg_token'],
      // DINOv2 counts its blocks on over the chunks in which it trains them.
      [/^blocks\.\d+\.(\d+)\./, 'blocks.$1.'],
      // DeiT III's own code, and BEiT, EVA and DINOv3 in timm.
      [/^(blocks\.\d+)\.gamma_([12])$/, '$1.ls$2.gamma'],
      // DINOv3's own code.
      [/^storage_tokens$/, 'reg_token'],
      [/\.attn\.q_proj\./, '.attn.query.'],
      [/\.attn\.k_proj\./, '.attn.key.'],
      [/\.attn\.v_proj\./, '.attn.value.'],
      [/\.attn\.inner_attn_ln\./, '.attn.norm.'],
      // Gate and value of SwiGLU, apart or in one layer.
      [/\.mlp\.(?:fc1_g|w1)\./, '.mlp.gate.'],
      [/\.mlp\.(?:fc1_x|w2|w12)\./, '.mlp.fc1.'],
      [/\.mlp\.w3\./, '.mlp.fc2.'],
      [/\.mlp\.ffn_ln\./, '.mlp.norm.'],
      [/\.attn\.rel_pos\.relative_position_bias_table$/, '.attn.relative_position_bias_table'],
      [/^(?:rel_pos_bias|shared_rel_pos)\.relative_position_bias_table$/, 'relative_position_bias_table'],
    ],
    // Of towers of timm's in open_clip.
    beside: { ...SIMILARITY, 'head.proj.weight': 'projection.weight' },
  },
  'hugging-face': {
    name: 'transformers',
    mark: 'embeddings.patch_embeddings.projection.weight',
    renaming: TRANSFORMERS,
  },
  'hugging-face-dinov3': {
    name: 'transformers (DINOv3)',
    mark: 'embeddings.patch_embeddings.weight',
    renaming: TRANSFORMERS,
  },
  'hugging-face-clip': {
    name: 'transformers (CLIP, SigLIP)',
    mark: 'embeddings.patch_embedding.weight',
    renaming: [
      [/^embeddings\.class_embedding$/, 'cls_token'],
      [/^embeddings\.position_embedding\.weight$/, 'pos_embed'],
      [/^embeddings\.patch_embedding\./, 'patch_embed.proj.'],
      [/^pre_layrnorm\./, 'norm_pre.'],
      [/^post_layernorm\./, 'norm.'],
      [/^encoder\.layers\.(\d+)\./, 'blocks.$1.'],
      [/\.layer_norm([12])\./, '.norm$1.'],
      [/\.self_attn\.q_proj\./, '.attn.query.'],
      [/\.self_attn\.k_proj\./, '.attn.key.'],
      [/\.self_attn\.v_proj\./, '.attn.value.'],
      [/\.self_attn\.out_proj\./, '.attn.proj.'],
      [/^head\.probe$/, 'attn_pool.latent'],
      [/^head\.attention\.in_proj_(weight|bias)$/, 'attn_pool.qkv.$1'],
      [/^head\.attention\.out_proj\./, 'attn_pool.proj.'],
      [/^head\.layernorm\./, 'attn_pool.norm.'],
      [/^head\.mlp\./, 'attn_pool.mlp.'],
    ],
    beside: { ...SIMILARITY, 'visual_projection.weight': 'projection.weight' },
  },
  'hugging-face-aimv2': {
    name: 'transformers (AIMv2)',
    mark: 'embeddings.patch_embed.weight',
    renaming: [
      [/^embeddings\.patch_embed\./, 'patch_embed.proj.'],
      [/^embeddings\.rms_norm\./, 'patch_embed.norm.'],
      [/^embeddings\.position_embedding\.weight$/, 'pos_embed'],
      [/^encoder\.layers\.(\d+)\./, 'blocks.$1.'],
      [/\.rms_norm([12])\./, '.norm$1.'],
      [/^rms_norm\./, 'norm.'],
      [/\.attention\.q_proj\./, '.attn.query.'],
      [/\.attention\.k_proj\./, '.attn.key.'],
      [/\.attention\.v_proj\./, '.attn.value.'],
      [/\.attention\.out_proj\./, '.attn.proj.'],
      [/\.ffn\.gate_proj\./, '.mlp.gate.'],
      [/\.ffn\.up_proj\./, '.mlp.fc1.'],
      [/\.ffn\.down_proj\./, '.mlp.fc2.'],
      [/^head\.cls_token$/, 'attn_pool.latent'],
      [/^head\.k_proj\./, 'attn_pool.key.'],
      [/^head\.v_proj\./, 'attn_pool.value.'],
      [/^head\.output_proj\./, 'attn_pool.proj.'],
    ],
    beside: { ...SIMILARITY, 'visual_projection.weight': 'projection.weight' },
  },
  // Also OpenAI's own.
  'open-clip': {
    name: 'open_clip',
    mark: 'class_embedding',
    unless: /(?:^|\.)embeddings\.$/,
    renaming: [
      // PE-core's own
      [/^attn_pool\.probe$/, 'attn_pool.latent'],
      [/^attn_pool\.layernorm\./, 'attn_pool.norm.'],
      [/^attn_pool\.attn\.in_proj_(weight|bias)$/, 'attn_pool.qkv.$1'],
      [/^attn_pool\.attn\.out_proj\./, 'attn_pool.proj.'],
      [/^class_embedding$/, 'cls_token'],
      [/^positional_embedding$/, 'pos_embed'],
      [/^conv1\./, 'patch_embed.proj.'],
      [/^ln_pre\./, 'norm_pre.'],
      [/^ln_post\./, 'norm.'],
      [/^transformer\.resblocks\.(\d+)\./, 'blocks.$1.'],
      [/\.ln_([12])\./, '.norm$1.'],
      [/\.attn\.in_proj_(weight|bias)$/, '.attn.qkv.$1'],
      [/\.attn\.out_proj\./, '.attn.proj.'],
      [/\.mlp\.c_fc\./, '.mlp.fc1.'],
      [/\.mlp\.c_proj\./, '.mlp.fc2.'],
      [/\.ls_([12])\.gamma$/, '.ls$1.gamma'],
      [/^proj$/, 'projection'],
    ],
    beside: SIMILARITY,
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
  'torchvision-swin': {
    name: 'torchvision (Swin)',
    mark: 'features.1.0.attn.qkv.weight',
    renaming: [
      [/^features\.0\.0\./, 'patch_embed.proj.'],
      [/^features\.0\.2\./, 'patch_embed.norm.'],
      ...[0, 1, 2, 3].flatMap((stage): Names['renaming'] => [
        [new RegExp(`^features\\.${2 * stage + 1}\\.(?=\\d)`), `layers.${stage}.blocks.`],
        [new RegExp(`^features\\.${2 * stage + 2}\\.`), `layers.${stage + 1}.downsample.`],
      ]),
      [/\.mlp\.0\./, '.mlp.fc1.'],
      [/\.mlp\.3\./, '.mlp.fc2.'],
      // Its size is that of the windows of Swin V2.
      [/\.relative_coords_table$/, '.window_coordinates'],
    ],
  },
}

export const dialects = Object.keys(DIALECTS) as readonly Dialect[]

/** timm's name of an array. */
export const renamed = (dialect: Dialect, name: string): string =>
  DIALECTS[dialect].renaming.reduce((text, [pattern, to]) => text.replace(pattern, to), name)
