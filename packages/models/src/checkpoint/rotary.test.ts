import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rotaryOf } from './rotary.ts'
import { stateDict } from './state-dict.ts'

test('a tower with a norm before its blocks and none behind them is no CLIP: it is refused as PE-lang or PE-spatial', () => {
  // Names as timm gives them to vit_pe_spatial_base_patch16_512.
  const names = ['patch_embed.proj.weight', 'cls_token', 'pos_embed', 'norm_pre.weight', 'blocks.0.norm1.bias']
  const weights = (more: readonly string[]) =>
    stateDict({
      name: 'file',
      sources: [],
      arrays: new Map([...names, ...more].map(name => [name, { shape: [1], parts: [] }])),
    })
  assert.throws(() => rotaryOf(weights([]), 'CLIP', undefined), {
    name: 'ModelError',
    message: /missing "norm\.weight": .*as PE-lang and PE-spatial have.*take a PE-core or a CLIP/,
  })
  assert.equal(rotaryOf(weights(['norm.weight']), 'CLIP', undefined).value, 'none')
})
