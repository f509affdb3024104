import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fileBytes } from '../node/file-bytes.ts'
import { openSafetensors, tensorFile } from '../node/tensor-file.ts'
import { openCheckpoint } from './open.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))
const open = async (name: string) => tensorFile(await openCheckpoint(fileBytes(fixture(name))))

async function sameTensors(path: string, reference: string): Promise<void> {
  const [file, expected] = [await open(path), openSafetensors(fixture(reference))]
  assert.deepEqual(file.names.toSorted(), expected.names.toSorted())
  for (const name of expected.names) {
    assert.deepEqual(file.shape(name), expected.shape(name), name)
    assert.deepEqual(file.read(name), expected.read(name), name)
  }
}

for (const name of ['model.pth', 'model-legacy.pth']) {
  test(`tiny/${name} has the tensors of model.safetensors, to the bit`, () =>
    sameTensors(`tiny/${name}`, 'tiny/model.safetensors'))

  test(`what an engine can map of tiny/${name} lies in it as it is`, async () => {
    const file = await open(`tiny/${name}`)
    for (const tensor of file.names) {
      const place = file.location(tensor)
      if (place) assert.deepEqual([place.length, place.offset % 4], [4 * file.read(tensor).length, 0])
      // The older format puts numbers wherever the last ones end, and engines map only what begins at a multiple of four.
      else assert.equal(name, 'model-legacy.pth', tensor)
    }
  })
}

test('every element type is read', () => sameTensors('torch/types.pth', 'torch/types.safetensors'))

test('half precision is what PyTorch makes of it in float32', async () => {
  const [file, expected] = [await open('torch/types.pth'), openSafetensors(fixture('torch/rounded.safetensors'))]
  for (const name of expected.names) assert.deepEqual(file.read(name), expected.read(name))
  assert.equal(file.location('h'), undefined)
})

for (const name of ['views.pth', 'views-legacy.pth'])
  test(`${name}: transposed and partial views of one storage`, () =>
    sameTensors(`torch/${name}`, 'torch/views.safetensors'))

for (const name of ['training-2.pth', 'training-4.pth', 'training-5.pth', 'training-legacy.pth'])
  test(`${name}: the weights among a training's state, arguments and optimizer`, async () => {
    const file = await open(`torch/${name}`)
    assert.deepEqual(
      file.names.filter(own => own.startsWith('model.')),
      ['model.module.weight', 'model.module.bias'],
    )
    assert.deepEqual(
      file.read('model.module.weight'),
      Float32Array.from({ length: 6 }, (_, i) => i / 7),
    )
    assert.deepEqual([...file.read('model.module.bias')], [1, 2])
  })

test('an archive whose first directory entry is as long as the records behind the directory', async () => {
  const file = await open('torch/twenty-one-characters.pth')
  assert.deepEqual([...file.read('a')], [0, 1, 2, 3])
})

test('of a TorchScript archive the arrays of its modules are read, and its code is not', async () => {
  const file = await open('torch/script.pth')
  assert.deepEqual([...file.names].sort(), ['bias', 'weight'])
  assert.deepEqual(file.shape('weight'), [2, 3])
})

const refused: readonly (readonly [string, string, RegExp])[] = [
  ['a pickle that calls a shell', 'torch/bomb.pth', /bomb\/data\.pkl\): refuses "posix\.system": expected tensors/],
  ['the same in a legacy stream', 'torch/bomb-legacy.pth', /refuses "posix\.system"/],
  ['a whole module', 'torch/whole-module.pth', /refuses "torch\.nn\.modules\.linear\.Linear".*state_dict/],
  ['a tensor of 4 TB on one number', 'torch/expanded.pth', /a: \[1000000, 1000000\] with strides \[0, 0\]/],
]

for (const [what, name, message] of refused)
  test(`${what} is refused`, async () => {
    await assert.rejects(open(name), { name: 'ModelError', message })
    assert.ok(!existsSync('/tmp/vitrine-bomb'))
  })
