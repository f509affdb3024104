/** What arrays say of a net that cannot be read: what was seen, and what to do. The first that matches is said. */
export type Sign = readonly [pattern: RegExp, what: string]

const TAKE_A_VIT = 'take a ViT, DeiT or DINOv2 with position embeddings'

/** Signs inside of a Vision Transformer whose function is another one. Names are those in the file, without the model's prefix. */
export const FOREIGN_PARTS: readonly Sign[] = [
  [
    /^patch_embed\.backbone\./,
    'a hybrid, whose patches come from a convolutional net, is not supported; take a ViT with "patch" and no "r26", "r50" or "resnet" in its name',
  ],
  [
    /(?:^|\.)lora_[AB]\.|\.base_layer\.|\.lora_\w+\./,
    'adapters that are not merged: call `model.merge_and_unload()` and save its state_dict',
  ],
  [
    /\.(?:weight_g|weight_v)$|\.parametrizations\./,
    'a weight that is made from others (weight norm): call `remove_weight_norm` or `remove_parametrizations` and save again',
  ],
  [
    /\.(?:SCB|absmax|quant_map|scales|qweight|qzeros)$|quant_state|zero_point/,
    'quantised weights are not supported; save the model in float32 or half precision',
  ],
  [
    /^(?:encoder\.)?(?:stages|levels)\.\d+\.|^layers\.\d+\.blocks\.\d+\.(?!norm[12]\.|attn\.(?:qkv|proj|[qv]_bias$|relative_|logit_scale$|cpb_mlp)|attn_mask$|mlp\.fc[12]\.)/,
    'stages of blocks, as in PVT, FocalNet or other hierarchical transformers than Swin, are not read from a checkpoint; export it to ONNX, or take a ViT, whose blocks all see the same tokens',
  ],
  [
    /rel_pos_[hw]$/,
    `relative positions of rows and columns, as in SAM, are not read from a checkpoint; export it to ONNX, or ${TAKE_A_VIT}`,
  ],
  [/^blocks_token_only\./, `blocks for the class token alone, as in CaiT, are not supported; ${TAKE_A_VIT}`],
  [
    /attn\.(?:proj_l|proj_w|temperature|lambda_\w+)\b/,
    `attention with parts of its own, as in CaiT, XCiT or Differential Transformers, is not supported; ${TAKE_A_VIT}`,
  ],
  [/^blocks\.\d+\.(?:attns|ffns|in_proj|in_norm)\b/, `blocks that run side by side are not supported; ${TAKE_A_VIT}`],
  [
    /^attn_pool\.(?:query$|ln_[qk]\.)/,
    'an attention pool with norms and several queries, as in CoCa, is not supported; take a CLIP or a SigLIP',
  ],
  [
    /(?:^|\.)pre_logits\./,
    'a pre-logits layer is not supported; take a model that was fine-tuned after its pretraining',
  ],
  [/adapter|(?:^|\.)prompt/, 'adapters and prompts change what the model computes and are not supported'],
]

/** Signs of other nets, where no patch embedding of a Vision Transformer was found. Names are those in the file. */
export const OTHER_NETS: readonly Sign[] = [
  [/(?:^|\.)layer1\.0\.conv1\.weight$/, 'a ResNet'],
  [
    /relative_position_bias_table$/,
    "a transformer with windows and relative positions under names that are not read, such as torchvision's MaxViT: take a Swin, or export it to ONNX",
  ],
  [
    /(?:^|\.)features\.(?:0\.0|0|conv0)\.weight$/,
    "a convolutional net of torchvision's, such as ConvNeXt, EfficientNet, MobileNet or VGG",
  ],
  [/(?:^|\.)stages\.0\.blocks\.0\.conv_dw\./, 'a ConvNeXt'],
  [/(?:^|\.)(?:conv_stem|stem\.conv\w*|stem\.0)\./, 'a net that begins with several convolutions'],
  [/(?:^|\.)patch_embed\.backbone\./, 'a hybrid, whose patches come from a convolutional net'],
  [
    /(?:^|\.)patch_embed\.(?:proj\.\d|conv\d?|stem|\d)/,
    'a transformer with several patch embeddings or convolutions before its blocks, as CrossViT or XCiT have',
  ],
  [
    /(?:^|\.)attn_pool\.probe$/,
    "a PE-core without a class token (size G) under its authors' names: take timm's, vit_pe_core_gigantic_patch14_448",
  ],
  [
    /^(?:text_model|vision_model|visual|textual|logit_scale)\b|transformer\.resblocks\./,
    "a CLIP whose image tower is no Vision Transformer that is read (OpenAI's RN50 to RN50x64, convolutional towers of timm's)",
  ],
  [/^to_patch_embedding\.|\.to_patch_embedding\./, "a ViT of lucidrains' vit-pytorch"],
  [/(?:^|\.)(?:word_embeddings|embed_tokens|wte|tok_embeddings)\.weight$/, 'a language model'],
  [
    /(?:^|\.)embeds\.(?:proj\.weight|pos_embed)$/,
    "a NaFlexViT of timm's: take a NaFlex of transformers, or a model of one size",
  ],
  [/(?:^|\.)(?:rpn|roi_heads|bbox_embed|detect)\./, 'a detector'],
  [
    /(?:^|\.)lora_[AB]\./,
    'the adapters of a model without the model itself: merge them (`merge_and_unload`) and save the whole state_dict',
  ],
  [
    /^(?:weight|bias|linear\.\w+|module\.linear\.\w+)$/,
    'a linear classifier alone: open its backbone as BACKBONE_FILE[head=THIS_FILE]',
  ],
]

export const findSign = (
  signs: readonly Sign[],
  names: readonly string[],
): { name: string; what: string } | undefined => {
  for (const [pattern, what] of signs) {
    const name = names.find(own => pattern.test(own))
    if (name !== undefined) return { name, what }
  }
  return undefined
}
