import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configHints, pictureHints, preprocessorHints } from './hints.ts'

// Configurations as the hub has them, shortened.

test('ViT of Google: a plain size is a square, bilinear', () => {
  const config = {
    do_normalize: true,
    do_resize: true,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
    size: 224,
  }
  const { imageSize, fit, mean } = preprocessorHints(config, 'preprocessor_config.json')
  assert.deepEqual(imageSize?.value, { height: 224, width: 224 })
  assert.deepEqual(fit?.value, {
    mode: 'squash',
    size: { height: 224, width: 224 },
    filter: 'bilinear',
    margin: 'down',
  })
  assert.deepEqual(mean, { value: [0.5, 0.5, 0.5], from: 'preprocessor_config.json: image_mean' })
})

test('DeiT of Facebook: squashed to 256, 224 cut out, bicubic', () => {
  const config = {
    crop_size: 224,
    do_center_crop: true,
    feature_extractor_type: 'DeiTFeatureExtractor',
    image_mean: [0.485, 0.456, 0.406],
    image_std: [0.229, 0.224, 0.225],
    resample: 3,
    size: 256,
  }
  const { imageSize, fit } = preprocessorHints(config, 'p')
  assert.deepEqual(imageSize?.value, { height: 224, width: 224 })
  assert.deepEqual(fit?.value, { mode: 'squash', size: { height: 256, width: 256 }, filter: 'bicubic', margin: 'down' })
})

test('DINOv2: shortest edge 256, 224 cut out', () => {
  const config = {
    crop_size: { height: 224, width: 224 },
    do_center_crop: true,
    image_processor_type: 'BitImageProcessor',
    resample: 3,
    rescale_factor: 0.00392156862745098,
    size: { shortest_edge: 256 },
  }
  const { imageSize, fit } = preprocessorHints(config, 'p')
  assert.deepEqual(imageSize?.value, { height: 224, width: 224 })
  assert.deepEqual(fit?.value, {
    mode: 'shortest-edge',
    size: { height: 256, width: 256 },
    filter: 'bicubic',
    margin: 'down',
  })
})

test('preprocessing that cannot be reproduced is refused by its field', () => {
  assert.throws(
    () => preprocessorHints({ size: 224, rescale_factor: 1 / 127.5 }, 'p'),
    /p: rescale_factor: expected 1\/255/,
  )
  assert.throws(() => preprocessorHints({ size: 224, resample: 0 }, 'p'), /p: resample: expected 1, 2 or 3 .*, got 0/)
  assert.throws(
    () => preprocessorHints({ size: { shortest_edge: 224 } }, 'p'),
    /do_center_crop: expected true with a crop_size/,
  )
})

test('timm: 90 % of 248 pixels, and ImageNet-21k statistics from pretrained_cfg', () => {
  const config = {
    architecture: 'vit_base_patch16_224',
    num_classes: 1000,
    global_pool: 'token',
    pretrained_cfg: {
      input_size: [3, 224, 224],
      interpolation: 'bicubic',
      crop_pct: 0.9,
      crop_mode: 'center',
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    },
  }
  const hints = configHints(config, 'config.json')
  assert.deepEqual(hints.fit?.value, {
    mode: 'shortest-edge',
    size: { height: 248, width: 248 },
    filter: 'bicubic',
    margin: 'half-even',
  })
  assert.deepEqual(
    [hints.family?.value, hints.patchSize?.value, hints.pooling?.value, hints.layerNormEpsilon?.value],
    ['ViT', { height: 16, width: 16 }, 'class', 1e-6],
  )
  assert.deepEqual(configHints({ ...config, model_type: 'timm_wrapper' }, 'config.json'), hints)
})

for (const architecture of ['resnet50', 'vit_pe_lang_large_patch14_448'])
  test(`timm's ${architecture} is refused`, () => {
    assert.throws(
      () => configHints({ architecture }, 'config.json'),
      /config\.json: architecture: expected a ViT, DeiT or DINOv2/,
    )
  })

test('a pooling that is not supported is named', () => {
  const config = { architecture: 'vit_base_patch16_224', global_pool: 'max' }
  assert.throws(() => configHints(config, 'c'), /c: global_pool: expected one of token, avg, map, got "max"/)
})

test('of an architecture that is not read from its weights, pictures and classes are read all the same', () => {
  const convnext = {
    model_type: 'convnext',
    image_size: 224,
    id2label: { 0: 'tench', 1: 'goldfish' },
    hidden_act: 'relu',
  }
  assert.throws(() => configHints(convnext, 'config.json'), /model_type/)
  assert.deepEqual(pictureHints(convnext, 'config.json'), {
    imageSize: { value: { height: 224, width: 224 }, from: 'config.json: image_size' },
    classNames: { value: ['tench', 'goldfish'], from: 'config.json: id2label' },
  })
  const clip = { model_type: 'clip', vision_config: { image_size: 336 } }
  assert.deepEqual(pictureHints(clip, 'config.json').imageSize?.value, { height: 336, width: 336 })
  const timm = {
    architecture: 'convnext_tiny',
    num_classes: 10,
    pretrained_cfg: { mean: [0, 0, 0], std: [1, 1, 1] },
  }
  const { classes, mean } = pictureHints(timm, 'config.json')
  assert.deepEqual([classes?.value, mean?.value], [10, [0, 0, 0]])
})
