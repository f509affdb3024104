import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stateDict } from './state-dict.ts'

// Names as timm and torchvision give them to nets that cannot be read: a wrong diagnosis would be worse than none.

const VIT = ['patch_embed.proj.weight', 'pos_embed', 'blocks.0.attn.qkv.weight', 'head.weight']

const NETS: Readonly<Record<string, readonly [names: readonly string[], message: RegExp]>> = {
  'ResNet-18': [['conv1.weight', 'layer1.0.conv1.weight', 'layer2.0.downsample.0.weight'], /got a ResNet/],
  'MaxViT of torchvision': [
    ['stem.0.0.weight', 'blocks.0.layers.0.layers.window_attention.attn_layer.relative_position_bias_table'],
    /windows and relative positions .*torchvision's MaxViT: take a Swin/,
  ],
  FocalNet: [
    ['patch_embed.proj.weight', 'layers.0.blocks.0.modulation.f.weight'],
    /stages of blocks, as in PVT, FocalNet/,
  ],
  NesT: [['patch_embed.proj.weight', 'levels.0.pos_embed'], /stages of blocks/],
  'ConvNeXt of torchvision': [
    ['features.0.0.weight', 'features.1.0.block.0.weight'],
    /a convolutional net of torchvision's/,
  ],
  'DenseNet-121': [['features.conv0.weight'], /a convolutional net of torchvision's/],
  DaViT: [['stem.conv.weight', 'stages.0.blocks.0.0.norm1.weight'], /begins with several convolutions/],
  SAM: [[...VIT, 'blocks.0.attn.rel_pos_h'], /relative positions of rows and columns, as in SAM/],
  CaiT: [[...VIT, 'blocks.0.gamma_1', 'blocks_token_only.0.gamma_1'], /as in CaiT/],
  "timm's NaFlexViT": [['embeds.pos_embed', 'embeds.proj.weight', 'blocks.0.attn.qkv.weight'], /a NaFlexViT of timm's/],
  CoCa: [['visual.class_embedding', 'visual.attn_pool.query', 'visual.attn_pool.ln_q.weight'], /as in CoCa/],
  'PE-core G of its authors': [
    ['visual.conv1.weight', 'visual.attn_pool.probe', 'logit_scale'],
    /PE-core without a class token .* take timm's/,
  ],
  hybrid: [[...VIT, 'patch_embed.backbone.stem.conv.weight'], /a hybrid/],
  'a linear classifier': [['module.linear.weight', 'module.linear.bias'], /BACKBONE_FILE\[head=THIS_FILE\]/],
  'something else': [['a.weight', 'b.weight'], /expected patch_embed\.proj\.weight \(timm\).*got a\.weight, b\.weight/],
}

for (const [net, [names, message]] of Object.entries(NETS))
  test(`${net} is refused by what was seen`, () => {
    const arrays = new Map(names.map(name => [name, { shape: [1], parts: [] }]))
    assert.throws(() => stateDict({ name: 'file', sources: [], arrays }), { name: 'ModelError', message })
  })
