import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRepository } from './names.ts'

test('a repository at a revision, or one exported model of it', () => {
  assert.deepEqual(parseRepository('hf:owner/name'), { name: 'owner/name', revision: 'main' })
  assert.deepEqual(parseRepository('hf:owner/name/onnx/model.onnx@v1'), {
    name: 'owner/name',
    revision: 'v1',
    file: 'onnx/model.onnx',
  })
  assert.equal(parseRepository('icon-vit'), undefined)
})

test("timm's names get timm's default weights", () => {
  const name = (place: string) => parseRepository(place)?.name
  assert.equal(name('timm:vit_base_patch16_224'), 'timm/vit_base_patch16_224.augreg2_in21k_ft_in1k')
  assert.equal(name('timm:vit_tiny_patch16_384'), 'timm/vit_tiny_patch16_384.augreg_in21k_ft_in1k')
  assert.equal(name('timm:deit3_small_patch16_224'), 'timm/deit3_small_patch16_224.fb_in1k')
  assert.equal(name('timm:vit_base_patch16_224.dino'), 'timm/vit_base_patch16_224.dino')
})

test('a wrong name is said to be one', () => {
  assert.throws(() => parseRepository('hf:nothing'), { message: /expected hf:owner\/name/ })
  assert.throws(() => parseRepository('hf:owner/../name/model.onnx'), { message: /expected hf:owner\/name/ })
  assert.throws(() => parseRepository('hf:owner/name/model.safetensors'), { message: /or hf:owner\/name\/FILE\.onnx/ })
  assert.throws(() => parseRepository('timm:unheard_of'), { message: /expected a name with its tag/ })
})
