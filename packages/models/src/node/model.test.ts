import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  gridOf,
  normalise,
  openModel,
  openSafetensors,
  parameterShapes,
  readModel,
  visionTransformer,
  vitB16,
  writeSafetensors,
} from '../index.ts'

const fixtures = fileURLToPath(new URL('../../fixtures/tiny', import.meta.url))

/** A copy of the tiny model's folder that may be damaged. */
function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-model-'))
  cpSync(fixtures, folder, { recursive: true })
  return folder
}

function editConfig(change: (config: Record<string, unknown>) => void): string {
  const folder = copy()
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))
  change(config)
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  return folder
}

test('the bundled model has names for its classes and a measured accuracy', async () => {
  const model = await openModel('icon-vit')
  assert.equal(model.classNames.length, model.transformer.classes)
  assert.equal(model.accuracy?.trained_families_top1, 0.975)
})

test('an unknown model is answered with the known ones', async () => {
  await assert.rejects(openModel('resnet'), { name: 'ModelError', message: /unknown model "resnet"; known: icon-vit/ })
})

test('a wrong shape names the parameter and both shapes', async () => {
  const folder = editConfig(config => {
    config.num_classes = 7
  })
  await assert.rejects(readModel('x', 'X', folder), /head\.weight: expected \[7, 48\], got \[10, 48\]/)
})

test('a missing parameter is named', async () => {
  const folder = editConfig(config => {
    config.depth = 4
  })
  await assert.rejects(readModel('x', 'X', folder), /missing "blocks\.3\.norm1\.weight" \[48\]/)
})

test('a surplus parameter is named', async () => {
  const folder = editConfig(config => {
    config.depth = 2
  })
  await assert.rejects(readModel('x', 'X', folder), /no place for blocks\.2\./)
})

test('a field of the configuration that is no number is named', async () => {
  const folder = editConfig(config => {
    config.patch_size = 'large'
  })
  await assert.rejects(readModel('x', 'X', folder), /patch_size: expected a positive number, got "large"/)
})

test('a truncated file says which tensor does not fit', async () => {
  const folder = copy()
  truncateSync(join(folder, 'model.safetensors'), 100_000)
  await assert.rejects(readModel('x', 'X', folder), { name: 'ModelError', message: /do not hold F32/ })
})

const damaged: readonly (readonly [string, Buffer, RegExp])[] = [
  ['an empty file', Buffer.alloc(0), /expected a safetensors file, got 0 bytes/],
  [
    'an absurd header length',
    Buffer.from([255, 255, 255, 255, 255, 255, 255, 127, 0]),
    /header length \d+ does not fit/,
  ],
  ['a header that is not JSON', Buffer.from('\u0004\0\0\0\0\0\0\0nope'), /expected a JSON header/],
  [
    'an entry without offsets',
    Buffer.from('\u001c\0\0\0\0\0\0\0{"w":{"dtype":"F32","s":[]}} '),
    /w: expected dtype, shape/,
  ],
]

for (const [what, bytes, message] of damaged)
  test(`${what} is a ModelError`, () => {
    const path = join(mkdtempSync(join(tmpdir(), 'vitrine-file-')), 'w.safetensors')
    writeFileSync(path, bytes)
    assert.throws(() => openSafetensors(path), { name: 'ModelError', message })
  })

test('what is written is read again', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'vitrine-file-')), 'w.safetensors')
  const numbers = Float32Array.of(1, -2.5, 3e-8, 4)
  writeSafetensors(
    path,
    new Map([
      ['a', [2, 2]],
      ['b', [1]],
    ]),
    name => (name === 'a' ? numbers : Float32Array.of(7)),
  )
  const file = openSafetensors(path)
  assert.deepEqual(file.read('a'), numbers)
  assert.deepEqual(file.shape('a'), [2, 2])
  assert.deepEqual(file.read('b'), Float32Array.of(7))
})

test('ViT-B/16 has 86.6 million parameters, as published', () => {
  const total = [...parameterShapes(vitB16).values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)
  assert.equal(total, 86_567_656)
})

test('a grid need not be square', () => {
  assert.deepEqual(gridOf({ ...vitB16, imageSize: { height: 96, width: 224 } }), { rows: 6, columns: 14 })
})

test('an image that patches do not tile is refused', () => {
  assert.throws(
    () => gridOf({ ...vitB16, imageSize: { height: 100, width: 224 } }),
    /that 16 x 16 patches tile, got 100 x 224/,
  )
})

test('a width that heads do not divide is refused', () => {
  assert.throws(() => visionTransformer({ ...vitB16, heads: 7 }), /a width that 7 heads divide, got 768/)
})

test('an image is normalised channel by channel', () => {
  const config = { ...vitB16, imageSize: { height: 16, width: 16 } }
  const data = new Uint8Array(16 * 16 * 3).map((_, i) => [0, 51, 255][i % 3] ?? 0)
  const out = normalise(config, { width: 16, height: 16, data })
  assert.deepEqual([out[0], out[256], out[512]], [-1, Math.fround((Math.fround(51 / 255) - 0.5) / 0.5), 1])
})

test('an image of another size is refused', () => {
  assert.throws(
    () => normalise(vitB16, { width: 10, height: 20, data: new Uint8Array(600) }),
    /expected an image of 224 x 224 pixels, got 10 x 20/,
  )
})
