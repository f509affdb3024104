import assert from 'node:assert/strict'
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openBackend } from '@vitrine/backends/node'
import { indices, input, interpret, program } from '@vitrine/tensor'
import { configHints } from '../checkpoint/index.ts'
import { openModel as open, type VisionTransformer } from '../index.ts'
import { largestDifference } from '../testing.ts'
import { openSafetensors } from './tensor-file.ts'

// Small random models of each family under each library's names; what the library computes in float64 is beside them (make.py).

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/families/${name}`, import.meta.url))

/** A model whose weights are a checkpoint's. */
const openModel = async (spec: string, options: Parameters<typeof open>[1] = {}) => {
  const model = await open(spec, options)
  return { ...model, transformer: model.transformer as VisionTransformer }
}

const backend = await openBackend('onnx', { threads: 1 })
after(() => backend.dispose())

/** The family that each file is, and the words in brackets that it needs. */
const FILES: Readonly<Record<string, readonly [family: string, options?: string]>> = {
  'clip-transformers': ['CLIP'],
  'clip-transformers-classifier': ['CLIP'],
  'clip-open-clip': ['CLIP'],
  'clip-open-clip-quickgelu': ['CLIP'],
  'clip-open-clip-mean': ['CLIP'],
  'clip-openai': ['CLIP', 'heads=2'],
  'clip-timm-quickgelu': ['CLIP'],
  'metaclip2-transformers': ['CLIP'],
  'siglip-open-clip': ['SigLIP', 'heads=2'],
  'eva02-open-clip': ['EVA-02', 'heads=2'],
  'gap-open-clip': ['ViT', 'heads=2'],
  'pe-core-timm': ['PE-core'],
  'pe-core-timm-no-class': ['PE-core'],
  'pe-core-open-clip': ['PE-core', 'heads=2'],
  'pe-core-authors': ['PE-core', 'heads=2'],
  'siglip-transformers': ['SigLIP'],
  'siglip-transformers-classifier': ['SigLIP'],
  'siglip2-transformers-naflex': ['SigLIP'],
  'siglip-timm': ['SigLIP'],
  'siglip-timm-tanh': ['SigLIP'],
  'eva02-timm': ['EVA-02'],
  'eva02-timm-packed': ['EVA-02'],
  'eva02-timm-clip': ['EVA-02'],
  'rope-timm-axial': ['ViT with rotary positions'],
  'rope-timm-mixed': ['ViT with rotary positions'],
  'rope-timm-positions': ['ViT with rotary positions'],
  'rope-timm-registers': ['ViT with rotary positions'],
  'dinov3-timm': ['DINOv3'],
  'dinov3-transformers': ['DINOv3'],
  'dinov3-transformers-gated': ['DINOv3'],
  'dinov2-transformers-swiglu': ['DINOv2'],
  'dinov2-timm-swiglu': ['DINOv2 with registers'],
  'dinov2-transformers-4-swiglu': ['DINOv2'],
  'dinov3-transformers-4-gated': ['DINOv3'],
  'dinov3-authors': ['DINOv3'],
  'eva02-authors': ['EVA-02'],
  'beit-transformers-4': ['BEiT'],
  'aimv2-timm': ['AIMv2'],
  'aimv2-transformers': ['AIMv2'],
  'aimv2-transformers-lit': ['AIMv2'],
  'intern-timm': ['ViT'],
  'flexivit-timm': ['ViT'],
  'mae-timm': ['ViT'],
  'ijepa-transformers': ['ViT'],
  'beit3-timm': ['BEiT'],
  'beit-timm': ['BEiT'],
  'relpos-timm': ['ViT with relative positions'],
  'relpos-timm-class': ['ViT with relative positions'],
  'relpos-timm-shared': ['ViT with relative positions'],
  'beit-transformers': ['BEiT'],
  'beit-transformers-shared': ['BEiT'],
  'data2vec-transformers': ['BEiT'],
  'data2vec-transformers-shared': ['BEiT'],
  'swin-timm': ['Swin'],
  'swin-authors': ['Swin'],
  'swin-transformers': ['Swin'],
  'swin-transformers-4': ['Swin'],
  'swin-torchvision': ['Swin'],
  'swinv2-timm': ['Swin V2'],
  'swinv2-torchvision': ['Swin V2'],
  'swinv2-timm-trained': ['Swin V2'],
  'swinv2-authors': ['Swin V2'],
  'swinv2-transformers': ['Swin V2'],
}

for (const [name, [family, options = '']] of Object.entries(FILES)) {
  const expected = openSafetensors(fixture(`expected/${name}.safetensors`))
  const wanted = expected.names.filter(own => own !== 'image')
  const brackets = (more: string) => `[${[options, more].filter(Boolean).join()}]`

  for (const what of wanted)
    test(`${name}: ${what} as its library computes it, 1e-6 in float64 and 1e-4 on ONNX Runtime`, async () => {
      const isOfTexts = what === 'texts' || what === 'probabilities'
      const texts = fixture(`texts-${family === 'SigLIP' ? 24 : 12}.safetensors`)
      const said = brackets(isOfTexts ? `text=${texts}` : '')
      const model = await openModel(fixture(name) + said, { headless: true })
      assert.equal(model.family, family)
      const image = { shape: expected.shape('image'), data: expected.read('image') }
      const { embedding, logits, probabilities } = model.transformer.trace(input('image', image.shape))
      const tensor = what === 'embedding' ? embedding : what === 'probabilities' ? probabilities : logits
      const found = program({ found: tensor ?? assert.fail('no embedding') })
      const exact = interpret(found, { image }, model.weights.get).found?.data ?? []
      assert.ok(
        largestDifference(exact, expected.read(what)) < 1e-6,
        `${largestDifference(exact, expected.read(what))}`,
      )
      const executable = await backend.compile(found, model.weights)
      const fast = (await executable.run({ image })).found?.data ?? []
      assert.ok(largestDifference(fast, expected.read(what)) < 1e-4)
    })
}

for (const name of ['eva02-timm', 'rope-timm-mixed', 'dinov3-timm'])
  test(`${name}: patches keep their turns where others are left out or their order is another`, async () => {
    const { transformer, weights } = await openModel(fixture(name))
    const expected = openSafetensors(fixture(`expected/${name}.safetensors`))
    const image = { shape: expected.shape('image'), data: expected.read('image') }
    const logitsOf = (chosen: readonly number[]): ArrayLike<number> => {
      const patches = indices([...chosen, ...chosen], [2, chosen.length])
      const { logits } = transformer.trace(input('image', image.shape), { patches })
      return interpret(program({ logits }), { image }, weights.get).logits?.data ?? []
    }
    const all = Array.from({ length: 16 }, (_, i) => i)
    assert.ok(largestDifference(logitsOf(all.toReversed()), expected.read('logits')) < 1e-6)
    const [some, others] = [
      [0, 5, 6, 7],
      [8, 13, 14, 15],
    ]
    assert.ok(largestDifference(logitsOf(some ?? []), logitsOf((some ?? []).toReversed())) < 1e-9)
    assert.ok(largestDifference(logitsOf(some ?? []), logitsOf(others ?? [])) > 1e-3)
  })

test('of relative positions a subset of patches is refused, and so is another size', async () => {
  const { transformer } = await openModel(fixture('beit-timm'))
  assert.throws(
    () => transformer.trace(input('image', transformer.imageShape(1)), { patches: indices([0, 1], [1, 2]) }),
    { name: 'ModelError', message: /a bias to its scores for the distance of two patches/ },
  )
  await assert.rejects(openModel(`${fixture('beit-timm')}[size=32]`), {
    name: 'ModelError',
    message: /expected 228 distances for 8 x 8 patches, got 52; .* not interpolated/,
  })
})

test('rotary positions are those of the pictures that are asked for', async () => {
  const { transformer } = await openModel(`${fixture('dinov3-timm')}[size=24x16]`)
  assert.deepEqual(transformer.grid, { rows: 6, columns: 4 })
})

test('of a Swin Transformer, any stage is explained on its grid', async () => {
  for (const [stage, side] of [
    [1, 8],
    [2, 4],
  ]) {
    const { id, transformer } = await open(`${fixture('swinv2-timm')}[stage=${stage}]`)
    assert.equal(id, `swinv2-timm-stage-${stage}`)
    assert.deepEqual(transformer.grid, { rows: side, columns: side })
    assert.deepEqual(transformer.input.patchSize, { height: 16 / (side ?? 1), width: 16 / (side ?? 1) })
  }
  await assert.rejects(open(`${fixture('swin-timm')}[stage=3]`), { message: /stage: expected 1 to 2, got 3/ })
  await assert.rejects(open(`${fixture('beit-timm')}[stage=1]`), { message: /stage=: expected for a Swin Transformer/ })
  await assert.rejects(open(`${fixture('swin-timm')}[heads=2]`), { message: /heads=: expected for a ViT only/ })
})

test('pictures that merges or windows do not tile are refused', async () => {
  for (const [size, message] of [
    [
      '18',
      /stage 1: expected a grid that windows of 4 x 4 tile, got 9 x 9; pictures whose sides are multiples of 16 fit/,
    ],
    ['24', /stage 2: expected a grid that windows of 4 x 4 tile, got 6 x 6/],
    ['8', /relative_position_bias_table: expected \[9, 4\], got \[49, 4\]/],
  ] as const)
    await assert.rejects(open(`${fixture('swin-timm')}[size=${size}]`), { name: 'ModelError', message })
})

const WITHOUT_CONFIG = mkdtempSync(join(tmpdir(), 'vitrine-families-'))

test('an activation function that nothing says is asked for', async () => {
  for (const name of ['clip-open-clip', 'siglip-transformers']) {
    const file = join(WITHOUT_CONFIG, `${name}.safetensors`)
    cpSync(fixture(`${name}/model.safetensors`), file)
    await assert.rejects(openModel(`${file}[heads=2]`, { headless: true }), {
      name: 'ModelError',
      message: /no tensor says which activation function .* FILE\[act=quickgelu\]/,
    })
  }
  const { transformer, weights } = await openModel(
    `${join(WITHOUT_CONFIG, 'clip-open-clip.safetensors')}[heads=2,act=gelu]`,
    {
      headless: true,
    },
  )
  const expected = openSafetensors(fixture('expected/clip-open-clip.safetensors'))
  const image = { shape: expected.shape('image'), data: expected.read('image') }
  const { embedding } = transformer.trace(input('image', image.shape))
  const found = interpret(program({ found: embedding ?? assert.fail() }), { image }, weights.get).found?.data ?? []
  assert.ok(largestDifference(found, expected.read('embedding')) < 1e-6)
})

test('a tower without a head is refused with what makes a classifier of it, unless that is asked for', async () => {
  await assert.rejects(openModel(fixture('clip-transformers')), {
    name: 'ModelError',
    message: /CLIP has no classifier: .*FILE\[text=EMBEDDINGS\.safetensors\].*FILE\[head=HEAD_FILE\]/,
  })
  const { transformer, classNames } = await openModel(fixture('clip-transformers'), { headless: true })
  assert.deepEqual([transformer.classes, classNames[11]], [12, 'feature 11'])
})

test("a perceptron behind a tower of timm's is refused", () => {
  const vision_cfg = { timm_model_name: 'vit_medium_patch16_gap_256', timm_proj: 'mlp' }
  assert.throws(() => configHints({ model_cfg: { vision_cfg } }, 'open_clip_config.json'), {
    message: /timm_proj: expected linear, none or null, got "mlp"/,
  })
})

test('texts of another width are refused', () =>
  assert.rejects(openModel(`${fixture('clip-transformers')}[text=${fixture('texts-24.safetensors')}]`), {
    name: 'ModelError',
    message: /expected embeddings of texts of width 12, got 24/,
  }))

for (const name of ['dinov3-transformers', 'dinov3-timm', 'rope-timm-mixed', 'eva02-timm'])
  test(`${name}: its form alone says what it is`, async () => {
    const file = join(WITHOUT_CONFIG, `${name}.safetensors`)
    cpSync(fixture(`${name}/model.safetensors`), file)
    const { transformer } = await openModel(`${file}[heads=2,size=16,pool=mean]`, { headless: true })
    const { rotary, perceptron } = (await openModel(fixture(name), { headless: true })).transformer.config
    assert.deepEqual([transformer.config.rotary, transformer.config.perceptron], [rotary, perceptron])
  })

test('a PE-core without a configuration is no SigLIP: its positions are assumed to be those of its grid, and said so', async () => {
  const file = join(WITHOUT_CONFIG, 'pe-core-timm.safetensors')
  cpSync(fixture('pe-core-timm/model.safetensors'), file)
  const { family, cautions, transformer } = await openModel(`${file}[heads=2,mean=half]`)
  assert.equal(family, 'PE-core')
  assert.match(cautions.join(), /rotary positions are assumed to be those of the grid of its position embeddings/)
  const { rotary, poolHeads } = transformer.config
  const { rows } = rotary && rotary.angles !== 'learned' ? rotary.angles : assert.fail('no angles')
  assert.deepEqual([rows, poolHeads], [[1, 2, 3, 4], 8])
})

test('a NaFlex takes pictures of other shapes, its positions interpolated as its library does', async () => {
  const folder = fixture('siglip2-transformers-naflex')
  const { cautions } = await openModel(folder, { headless: true })
  assert.match(cautions.join(), /each picture is brought to 16 x 16 pixels.* keeps their proportions.*FILE\[size=16\]/)
  const { transformer, weights, cautions: none } = await openModel(`${folder}[size=12x24]`, { headless: true })
  assert.doesNotMatch(none.join(), /proportions/)
  const expected = openSafetensors(fixture('expected/siglip2-naflex-sizes.safetensors'))
  const image = { shape: expected.shape('image'), data: expected.read('image') }
  const { embedding } = transformer.trace(input('image', image.shape))
  const found = interpret(program({ found: embedding ?? assert.fail() }), { image }, weights.get).found?.data ?? []
  // The library interpolates in float32.
  assert.ok(largestDifference(found, expected.read('embedding')) < 1e-5)
})

test('AIMv2 is asked about texts where it has a projection to theirs', async () => {
  for (const [name, isAsked] of [
    ['aimv2-transformers', false],
    ['aimv2-transformers-lit', true],
  ] as const) {
    const { facts } = await openModel(fixture(name), { headless: true })
    assert.equal(facts.find(({ what }) => what === 'can be asked about')?.value.includes('a text'), isAsked)
  }
})

test('windows and pictures of a Swin V2 are asked for where nothing says them; those of a Swin follow from its tables', async () => {
  const [first, second] = ['swin-timm', 'swinv2-timm'].map(name => {
    const file = join(WITHOUT_CONFIG, `${name}.safetensors`)
    cpSync(fixture(`${name}/model.safetensors`), file)
    return file
  })
  const { transformer, cautions } = await open(`${first}[mean=half]`)
  assert.deepEqual(transformer.input.imageSize, { height: 16, width: 16 })
  assert.match(cautions.join(), /pictures are assumed to be 16 x 16, so that the last stage is one window/)
  await assert.rejects(open(`${second}[mean=half]`), {
    message: /no tensor says how large the windows .*FILE\[window=8\]/,
  })
  await assert.rejects(open(`${second}[mean=half,window=4]`), {
    message: /how large its pictures are.*FILE\[size=256\]/,
  })
  const { transformer: said, weights } = await open(`${second}[mean=half,window=4,size=16]`)
  const expected = openSafetensors(fixture('expected/swinv2-timm.safetensors'))
  const image = { shape: expected.shape('image'), data: expected.read('image') }
  const { logits } = said.trace(input('image', image.shape))
  const found = interpret(program({ found: logits }), { image }, weights.get).found?.data ?? []
  assert.ok(largestDifference(found, expected.read('logits')) < 1e-6)
})
