import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { input, interpret, program } from '@vitrine/tensor'
import type { SpecOptions } from '../architecture/spec.ts'
import { fileBytes } from '../node/file-bytes.ts'
import { readModel } from '../node/model.ts'
import { openSafetensors } from '../node/tensor-file.ts'
import { largestDifference } from '../testing.ts'
import { Fields } from './fields.ts'
import { type Model, modelFromBytes } from './model.ts'
import { foreignArchitecture, timmHints } from './timm-hints.ts'

// Weights as people have them. What torch, timm, transformers and torchvision compute with them is in expected.safetensors (make.py).

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/found/${name}`, import.meta.url))
const expected = openSafetensors(fixture('expected.safetensors'))

const open = (file: string, options: SpecOptions): Promise<Model> =>
  modelFromBytes({ weights: fileBytes(fixture(file)), options })

function logitsOf({ transformer, weights }: Model, image: string): ArrayLike<number> {
  const shape = expected.shape(image)
  const { logits } = transformer.trace(input('image', shape))
  const given = { image: { shape, data: expected.read(image) } }
  return interpret(program({ logits }), given, weights.get).logits?.data ?? []
}

const holds = async (model: Model, logits: string, image = 'image'): Promise<void> => {
  const difference = largestDifference(logitsOf(model, image), expected.read(logits))
  assert.ok(difference < 1e-4, `differs by ${difference}`)
}

const factOf = ({ facts }: Model, what: string): string | undefined => facts.find(fact => fact.what === what)?.value

const WRAPPED: Readonly<Record<string, string>> = {
  net: 'a container of another name',
  'params-ema': 'averaged weights beside the plain ones',
  'model-in-model': 'a container in a container',
  'teacher-backbone': "DINO's teacher beside its student",
  lightning: 'the net of a Lightning module, its loss and its metrics',
  averaged: "torch's AveragedModel",
  'criterion-beside': 'a loss and metrics beside names without a prefix',
  mocov3: "MoCo v3's two encoders and its predictor",
  fsdp: 'wrappers of FSDP, torch.compile and checkpointing, around the model and inside of it',
  peft: 'a merged model of PEFT with a replaced head',
  chunked: 'blocks in chunks',
  'head-beside': 'a head beside its backbone',
  numpy: 'NumPy arrays',
  'numpy-beside': 'a random state of NumPy beside the weights',
  'plain-values': 'a defaultdict, an AttributeDict, arguments and a path beside the weights',
}

for (const [file, what] of Object.entries(WRAPPED))
  test(`${what} is read`, async () => holds(await open(`${file}.pth`, { heads: 2 }), 'base'))

const HEADS: Readonly<Record<string, string>> = {
  'head-dropout': 'a head with dropout',
  'head-batch-norm': 'a batch norm before the head, as in linear probing',
  'head-norm-behind': 'a batch norm behind the head',
  'head-without-bias': 'a head without a bias',
}

for (const [file, what] of Object.entries(HEADS))
  test(`${what} is one linear layer`, async () => holds(await open(`${file}.pth`, { heads: 2 }), file))

const OTHERS = [
  'torchvision.pth',
  'transformers-vit.safetensors',
  'transformers-deit.safetensors',
  'transformers-dinov2.safetensors',
  'transformers-registers.safetensors',
  'deit3.pth',
]

for (const file of OTHERS)
  test(`${file} is read under its own names`, async () =>
    holds(await open(file, { heads: 2 }), file.replace(/\.\w+$/, '')))

test('heads are what is asked for', async () => holds(await open('four-heads.pth', { heads: 4 }), 'four-heads'))

test('the head reads what is asked for', async () =>
  holds(await open('mean-pooled.pth', { heads: 2, pool: 'mean' }), 'mean-pooled'))

test('a grid of a square number of patches need not be square', async () => {
  await holds(await open('grid-4x9.pth', { heads: 2, grid: { rows: 4, columns: 9 } }), 'grid-4x9', 'wide')
  assert.deepEqual((await open('grid-4x9.pth', { heads: 2 })).transformer.grid, { rows: 6, columns: 6 })
})

test('every guess is a caution that says what to type, and an answer ends it', async () => {
  const { cautions } = await open('grid-4x9.pth', { heads: 2 })
  for (const word of ['pool=', 'grid=', 'mean='])
    assert.ok(
      cautions.some(caution => caution.includes(`FILE[${word}`)),
      word,
    )
  const sure: SpecOptions = { heads: 2, pool: 'token', grid: { rows: 4, columns: 9 }, mean: 'half' }
  assert.deepEqual((await open('grid-4x9.pth', sure)).cautions, [])
})

test('of two models in a file one is taken with a caution, and the other is to be had', async () => {
  const first = await open('two-copies.pth', { heads: 2 })
  await holds(first, 'base')
  assert.match(first.cautions[0] ?? '', /2 models, "first" was taken; open it as FILE\[weights=second\] for the other/)
  const second = await open('two-copies.pth', { heads: 2, weights: 'second' })
  assert.equal(factOf(second, 'weights'), 'second')
  assert.ok(largestDifference(logitsOf(second, 'image'), expected.read('base')) > 0.01)
  await assert.rejects(open('two-copies.pth', { heads: 2, weights: 'third' }), {
    message: /expected first, second, got "third"/,
  })
})

test('averaged weights are taken before plain ones, and it is said', async () => {
  const model = await open('params-ema.pth', { heads: 2 })
  assert.equal(factOf(model, 'weights'), 'params_ema')
  assert.match(model.cautions[0] ?? '', /FILE\[weights=params\]/)
})

test('what is left out is a fact', async () => {
  const model = await open('lightning.pth', { heads: 2 })
  assert.equal(factOf(model, 'left out'), 'state_dict.criterion.weight, state_dict.val_acc.tp')
})

test('a folder with one checkpoint of Lightning is its model, whatever a trainer left beside it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-found-'))
  cpSync(fixture('lightning.pth'), join(folder, 'last.ckpt'))
  for (const name of ['optimizer.pt', 'rng_state.pth', 'training_args.bin']) writeFileSync(join(folder, name), '')
  await holds(await readModel('x', 'X', folder, { heads: 2 }), 'base')
})

test("a training's own config.json is read, whatever else it says", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-found-'))
  cpSync(fixture('mean-pooled.pth'), join(folder, 'best.pth'))
  const config = {
    architecture: 'my-vit',
    n_heads: 2,
    pool: 'mean',
    mean: [127.5, 127.5, 127.5],
    std: 127.5,
    lr: 0.1,
    classes: 5,
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  const model = await readModel('x', 'X', folder)
  await holds(model, 'mean-pooled')
  assert.deepEqual(
    [model.transformer.config.mean, model.transformer.config.std],
    [
      [0.5, 0.5, 0.5],
      [0.5, 0.5, 0.5],
    ],
  )
  const ofMean = (cautions: readonly string[]) => cautions.filter(caution => caution.startsWith('mean'))
  assert.match(ofMean(model.cautions).join('\n'), /^mean and std .* divided by 255\. Open it as FILE\[mean=imagenet\]/)
  assert.deepEqual(ofMean((await readModel('x', 'X', folder, { mean: 'half' })).cautions), [])
})

const REFUSED: Readonly<Record<string, RegExp>> = {
  'resnet.pth': /expected a Vision Transformer, got a ResNet \(it has layer1\.0\.conv1\.weight\)/,
  'lora.pth': /blocks\.0\.attn\.qkv\.lora_A.*adapters that are not merged: call `model\.merge_and_unload\(\)`/,
  'hybrid.pth': /patch_embed\.backbone\.stem\.conv\.weight: a hybrid/,
  'odd-part.pth': /no place for blocks\.0\.extra\.weight/,
  'head-of-two-layers.pth': /missing "head\.weight"/,
}

for (const [file, message] of Object.entries(REFUSED))
  test(`${file} is refused by what it is`, () =>
    assert.rejects(open(file, { heads: 2 }), { name: 'ModelError', message }))

interface TimmName {
  readonly name: string
  readonly plain: boolean
  readonly heads?: number
  readonly epsilon?: number
  readonly activation?: string
  readonly rotary?: string
  readonly window?: number
  readonly trained?: readonly number[]
  readonly grid?: number
}

const names: TimmName[] = JSON.parse(readFileSync(fixture('timm-names.json'), 'utf8'))

test('every Vision Transformer of its families that timm names is taken, with its heads, epsilon, activation function, rotary positions, their grid and windows, and no other', () => {
  for (const { name, plain, heads, epsilon, activation, rotary, window, trained, grid } of names) {
    assert.equal(foreignArchitecture(name) === undefined, plain, name)
    if (!plain) continue
    const hints = timmHints(new Fields({ architecture: name }, 'config.json'))
    assert.equal(hints.heads?.value, heads, name)
    assert.equal(hints.layerNormEpsilon?.value, epsilon, name)
    assert.equal(hints.activation?.value, activation, name)
    assert.equal(hints.rotary?.value, rotary, name)
    assert.equal(hints.window?.value, window, name)
    assert.deepEqual(hints.trainedWindows?.value, trained, name)
    assert.deepEqual(hints.rotaryGrid?.value, grid && { rows: grid, columns: grid }, name)
  }
  assert.ok(names.filter(({ plain }) => plain).length > 200)
})
