import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { input, interpret, program } from '@vitrine/tensor'
import { relativeError, writeExport } from '../testing.ts'
import type { OpenRunners } from './exported-model.ts'
import { openModel } from './model.ts'
import { openSafetensors, writeSafetensors } from './tensor-file.ts'

// Exports of timm's ViT and of CLIP's image tower, as they lie in folders of people: see `fixtures/onnx/make.py`.

const root = mkdtempSync(join(tmpdir(), 'vitrine-exported-'))
after(() => rmSync(root, { recursive: true }))
let folder = ''
let count = 0
beforeEach(() => {
  folder = join(root, `${count++}`, 'my-model')
  process.env.XDG_CACHE_HOME = join(root, `${count}`, 'cache')
})

const NAMES = ['tench', 'goldfish', 'shark', 'ray', 'cock', 'hen', 'ostrich']
const images = openSafetensors(new URL('../../fixtures/onnx/image.safetensors', import.meta.url).pathname)
const pixels = images.read('image')
const json = (path: string, value: unknown) => writeFileSync(path, JSON.stringify(value))

/** The logits of the first image of the references. */
async function logitsOf(spec: string): Promise<ArrayLike<number>> {
  const { transformer, weights } = await openModel(spec)
  const p = program({ logits: transformer.trace(input('image', [1, 3, 32, 32])).logits })
  const image = { shape: [1, 3, 32, 32], data: pixels.subarray(0, 3 * 32 * 32) }
  return interpret(p, { image }, weights.get).logits?.data ?? []
}

const expectedOf = (name: string): Float32Array =>
  openSafetensors(new URL(`../../fixtures/onnx/${name}/expected.safetensors`, import.meta.url).pathname).read('logits')

test('a folder with onnx/model.onnx is a model, with what the configuration around it says', async () => {
  writeExport(join(folder, 'onnx'), 'timm-vit', 'ts17-dynamic-eager')
  json(join(folder, 'config.json'), { model_type: 'vit', id2label: { ...NAMES } })
  json(join(folder, 'preprocessor_config.json'), { image_mean: [0.1, 0.2, 0.3], image_std: [0.4, 0.5, 0.6], size: 32 })
  const { id, classNames, hasClassNames, transformer, cautions } = await openModel(folder)
  assert.deepEqual([id, classNames, hasClassNames, cautions], ['my-model', NAMES, true, []])
  assert.deepEqual(
    [transformer.input.mean, transformer.input.std],
    [
      [0.1, 0.2, 0.3],
      [0.4, 0.5, 0.6],
    ],
  )
  assert.ok(relativeError(await logitsOf(folder), expectedOf('timm-vit').subarray(0, 7)) < 2e-6)
})

test('of weights and an exported model in one folder the weights are taken, and the file where it is named', async () => {
  writeExport(folder, 'timm-vit', 'ts17-dynamic-eager')
  const checkpoint = new URL('../../fixtures/onnx/timm-vit/model.safetensors', import.meta.url)
  writeFileSync(join(folder, 'model.safetensors'), readFileSync(checkpoint))
  assert.equal((await openModel(`${folder}[heads=3,mean=half]`)).family, 'ViT')
  assert.equal((await openModel(`${join(folder, 'model.onnx')}[mean=half]`)).family, 'an exported graph')
})

test('where nothing says how pixels are normalised, the model is refused with the words that settle it', async () => {
  const file = writeExport(folder, 'timm-vit', 'ts17-dynamic-eager')
  await assert.rejects(openModel(file), {
    name: 'ModelError',
    message: /nothing says how pixels are normalised: .*\[mean=none\]/,
  })
  const { transformer } = await openModel(`${file}[mean=0.5/0.4/0.3,std=0.2]`)
  assert.deepEqual(
    [transformer.input.mean, transformer.input.std],
    [
      [0.5, 0.4, 0.3],
      [0.2, 0.2, 0.2],
    ],
  )
})

test('names of classes come from a file, which must have as many as the graph', async () => {
  const file = writeExport(folder, 'timm-vit', 'ts17-dynamic-eager')
  const names = join(folder, 'names.txt')
  writeFileSync(names, NAMES.join('\n'))
  assert.deepEqual((await openModel(`${file}[mean=half,names=${names}]`)).classNames, NAMES)
  writeFileSync(names, 'one\ntwo')
  await assert.rejects(
    openModel(`${file}[mean=half,names=${names}]`),
    /names\.txt: expected 7 classes, as the graph gives, got 2/,
  )
})

test('what says nothing of an exported model is refused', async () => {
  const file = writeExport(folder, 'timm-vit', 'ts17-static-sdpa')
  await assert.rejects(openModel(`${file}[mean=half,heads=3]`), /heads=: expected for checkpoints only/)
  await assert.rejects(openModel(`${file}[mean=half,size=64]`), /takes images of .*32, 32\] only, and was asked for 64/)
  await assert.rejects(openModel(`${file}[mean=half,output=other]`), /has no output "other" of an image; it has logits/)
})

test('texts make classes of an image tower, and are part of its identity', async () => {
  const file = writeExport(folder, 'hf-clip-tower', 'ts17-dynamic-eager')
  const texts = join(folder, 'texts.safetensors')
  const [a, b] = [expectedOf('hf-clip-tower').subarray(0, 12), expectedOf('hf-clip-tower').subarray(12, 24)]
  writeSafetensors(texts, new Map([['texts', [2, 12]]]), () => Float32Array.from([...a, ...b]))
  const spec = `${file}[mean=clip,text=${texts}]`
  const { transformer, hash, cautions } = await openModel(spec)
  assert.equal(transformer.classes, 2)
  assert.match(cautions.join(), /scale of the texts' logits is assumed to be 100/)
  assert.notEqual(hash, (await openModel(`${file}[mean=clip]`)).hash)
  // The first image's embedding is the first text: a cosine of 1, and that of both images.
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, n, i) => sum + n * (y[i] ?? 0), 0)
  const expected = [100, (100 * dot(a, b)) / Math.sqrt(dot(a, a) * dot(b, b))]
  assert.ok(relativeError(await logitsOf(spec), expected) < 1e-5)
})

test('a linear head makes classes of features, and must read as many', async () => {
  const file = writeExport(folder, 'hf-clip-tower', 'ts17-dynamic-eager')
  const head = join(folder, 'linear.safetensors')
  const write = (features: number) =>
    writeSafetensors(
      head,
      new Map([
        ['weight', [1, features]],
        ['bias', [1]],
      ]),
      name => new Float32Array(name === 'bias' ? 1 : features).fill(name === 'bias' ? 0.5 : 2),
    )
  write(12)
  const sum = expectedOf('hf-clip-tower')
    .subarray(0, 12)
    .reduce((total, x) => total + x, 0)
  assert.ok(relativeError(await logitsOf(`${file}[mean=clip,head=${head}]`), [2 * sum + 0.5]) < 1e-5)
  write(13)
  await assert.rejects(
    openModel(`${file}[mean=clip,head=${head}]`),
    /expected an output \[batch, 13\], .* got \[1, 12\]/,
  )
})

test('weights that a link leads out of the folder for are refused, and missing ones are named', async () => {
  const file = writeExport(folder, 'timm-vit', 'ts17-dynamic-eager')
  const elsewhere = join(root, 'elsewhere')
  mkdirSync(elsewhere, { recursive: true })
  writeFileSync(join(elsewhere, 'weights.bin'), readFileSync(join(folder, 'weights.bin')))
  rmSync(join(folder, 'weights.bin'))
  await assert.rejects(openModel(`${file}[mean=half]`), { name: 'ModelError', message: /weights\.bin/ })
  symlinkSync(join(elsewhere, 'weights.bin'), join(folder, 'weights.bin'))
  await assert.rejects(openModel(`${file}[mean=half]`), { name: 'ModelError', message: /leaves the model's folder/ })
})

test('a file is held against ONNX Runtime once, and refused where it gives something else', async () => {
  const file = `${writeExport(folder, 'timm-vit', 'ts17-static-sdpa')}[mean=half]`
  assert.equal((await openModel(file)).transformer.maxBatch, 1)
  let opened = 0
  const runners =
    (change: number): OpenRunners =>
    async (path, name, weights) => {
      opened++
      assert.deepEqual([path, name], [join(folder, 'model.onnx'), 'pixel_values'])
      // What the file gives is what the program gives, changed.
      const { transformer } = await openModel(file)
      const p = program({ logits: transformer.trace(input('image', [1, 3, 32, 32])).logits })
      return {
        async file(image) {
          const { logits } = interpret(p, { image }, weights.get)
          return { logits: { shape: [1, 7], data: Float32Array.from(logits?.data ?? [], x => x + change) } }
        },
        program: async (own, inputs) => interpret(own, inputs, weights.get),
        dispose: async () => {},
      }
    }
  await assert.rejects(
    openModel(file, { runners: runners(0.1) }),
    /agrees with ONNX Runtime on its own file to .* only/,
  )
  for (let i = 0; i < 2; i++)
    assert.equal((await openModel(file, { runners: runners(0) })).transformer.maxBatch, Number.POSITIVE_INFINITY)
  assert.equal(opened, 2)
})
