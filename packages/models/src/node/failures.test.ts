import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openModel, openSafetensors, writeSafetensors } from '../index.ts'

// What usually goes wrong with a model of one's own: each ends in an error that says what to do, or is recognised.

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))
const temporary = (): string => mkdtempSync(join(tmpdir(), 'vitrine-failure-'))

/** A copy of a model's folder with its config.json changed. */
function withConfig(name: string, change: Record<string, unknown>): string {
  const folder = temporary()
  cpSync(fixture(name), folder, { recursive: true })
  const path = join(folder, 'config.json')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }))
  return folder
}

/** The weights of a model alone, with some renamed (or, for undefined, left out). */
function weightsOnly(name: string, rename: (tensor: string) => string | undefined = tensor => tensor): string {
  const source = openSafetensors(fixture(`${name}/model.safetensors`))
  const path = join(temporary(), 'weights.safetensors')
  const kept = source.names.flatMap(own => {
    const to = rename(own)
    return to === undefined ? [] : [[to, own] as const]
  })
  const from = new Map(kept)
  writeSafetensors(path, new Map(kept.map(([to, own]) => [to, source.shape(own)])), to =>
    source.read(from.get(to) ?? ''),
  )
  return path
}

const fails = (spec: string, message: RegExp) => assert.rejects(openModel(spec), { name: 'ModelError', message })

test('wrong grid: positions that do not fit the size are named', () =>
  fails(
    withConfig('hf/vit', { image_size: 224 }),
    /pos_embed: expected 1 \+ 14 x 14 positions for images of 224 x 224, got 37/,
  ))

test('wrong grid: without a size, a grid that is not square is asked for', () =>
  fails(
    weightsOnly('timm/no-class-token').concat('[heads=3]'),
    /pos_embed: expected 0 \+ the positions of a square grid, got 24; .*config\.json with image_size \[height, width\]/,
  ))

test('registers are tokens before the patches, also without a config', async () => {
  const { transformer, family } = await openModel(`${weightsOnly('hf/dinov2-registers')}[heads=3]`)
  assert.equal(family, 'DINOv2 with registers')
  assert.equal(transformer.prefix, 5)
  assert.deepEqual(transformer.grid, { rows: 7, columns: 7 })
  assert.equal(transformer.pooling, 'class-and-patch-mean')
})

test('missing class token: a head that is said to read it is refused', () =>
  fails(
    withConfig('timm/no-class-token', { global_pool: 'token' }),
    /pooling "class": expected a class token, got none/,
  ))

test('wrong mean and std: a guess is marked as one, and an answer ends it', async () => {
  const file = weightsOnly('hf/vit')
  const cautions = async (spec: string) => (await openModel(spec)).facts.flatMap(f => (f.caution ? [f.what] : []))
  assert.deepEqual(await cautions(`${file}[heads=3]`), ['std', 'grid'])
  assert.deepEqual(await cautions(`${file}[heads=3,mean=imagenet,grid=6x6]`), [])
  const { transformer } = await openModel(`${file}[heads=3,mean=imagenet]`)
  assert.deepEqual(transformer.input.std, [0.229, 0.224, 0.225])
})

test('wrong number of heads: it is not guessed for an unpublished width', () =>
  fails(
    weightsOnly('hf/vit'),
    /the number of heads is not in the tensors and 48 is no published width.*FILE\[heads=N\]/,
  ))

test('wrong number of classes: the head is named with both shapes', () =>
  fails(withConfig('hf/vit', { id2label: { 0: 'cat', 1: 'dog' } }), /head\.weight: expected \[2, 48\], got \[7, 48\]/))

test('a backbone without a head says how to give one, and takes it', async () => {
  const backbone = weightsOnly('hf/dinov2', name => (name.startsWith('classifier.') ? undefined : name))
  await fails(
    `${backbone}[heads=3]`,
    /missing "head\.weight" beside "dinov2\.…" \(a backbone without a classifier.*FILE\[head=HEAD_FILE\]/,
  )
  const linear = weightsOnly('hf/dinov2', name => (name.startsWith('classifier.') ? name.slice(11) : undefined))
  const { transformer, weights, family } = await openModel(`${backbone}[heads=3,head=${linear}]`)
  assert.deepEqual([transformer.pooling, family], ['class-and-patch-mean', 'DINOv2'])
  const original = openSafetensors(fixture('hf/dinov2/model.safetensors'))
  assert.deepEqual(weights.get('head.weight').data, original.read('classifier.weight'))
  assert.deepEqual(weights.get('head.bias').data, original.read('classifier.bias'))
})

test("DINO's classifier reads class token and mean of patches in turns", async () => {
  // Its evaluation stacks the two along a last axis of size 2 and flattens: feature 2 c is channel c of the token, 2 c + 1 of the mean.
  const backbone = weightsOnly('hf/vit', name => (name.startsWith('classifier.') ? undefined : name))
  const head = join(temporary(), 'linear.safetensors')
  const shapes = new Map([
    ['module.linear.weight', [2, 96]],
    ['module.linear.bias', [2]],
  ])
  writeSafetensors(head, shapes, name => Float32Array.from({ length: name.endsWith('bias') ? 2 : 192 }, (_, i) => i))
  const { transformer, weights, family } = await openModel(`${backbone}[heads=3,head=${head}]`)
  assert.deepEqual([transformer.pooling, family, transformer.input.mean[0]], ['class-and-patch-mean', 'DINO', 0.485])
  const { data } = weights.get('head.weight')
  assert.deepEqual([data[0], data[1], data[47], data[48], data[49], data[95], data[96]], [0, 2, 94, 1, 3, 95, 96])
})

test('another activation is refused', () =>
  fails(withConfig('hf/vit', { hidden_act: 'selu' }), /hidden_act: expected one of gelu, quick_gelu, .*got "selu"/))

test('another kind of model is refused by its type', () =>
  fails(
    withConfig('hf/vit', { model_type: 'convnext' }),
    /model_type: expected one of vit, deit, dinov2.*got "convnext"/,
  ))

const unsupported: readonly (readonly [string, (name: string) => string, RegExp])[] = [
  [
    'adapters',
    name => name.replace('mask_token', 'adapter.weight'),
    /adapters and prompts change what the model computes/,
  ],
  [
    'rotary positions where the family has none',
    name => name.replace('mask_token', 'rope_embeddings.inv_freq'),
    /no place for embeddings\.rope_embeddings\.inv_freq: .* what it computes is not known/,
  ],
]

for (const [what, rename, message] of unsupported)
  test(`${what} are refused with the key`, () => fails(weightsOnly('hf/dinov2', rename), message))

test('a file that is not there, cut off, or no checkpoint says so', async () => {
  const cut = join(temporary(), 'cut.pth')
  cpSync(fixture('tiny/model.pth'), cut)
  truncateSync(cut, 300_000)
  await fails(cut, /cannot be read as a zip archive/)
  const text = join(temporary(), 'notes.pth')
  writeFileSync(text, 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n')
  await fails(text, /pointer of Git LFS/)
  await fails('no-such-file.pth', /unknown model "no-such-file\.pth"/)
})

test('an option that does not exist is answered with those that do', () =>
  fails(
    'icon-vit[sice=384]',
    /unknown option "sice"; known: size, heads, pool, act, stage, window, grid, mean, std, weights, head, names, output, index, text/,
  ))

test('a model at another size has more patches and the same other weights', async () => {
  const { transformer, weights } = await openModel('icon-vit[size=256x320]')
  assert.deepEqual(transformer.grid, { rows: 16, columns: 20 })
  assert.deepEqual(weights.get('pos_embed').shape, [1, 321, 128])
})
