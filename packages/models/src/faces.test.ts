import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { browserBundle } from '@vitrine/tensor/testing'
import { type Bytes, blobBytes, type CheckpointModel, memoryBytes, modelFromBytes } from './checkpoint/index.ts'
import { fileBytes } from './node/file-bytes.ts'
import { readModel } from './node/model.ts'

/** Faces that run anywhere, and how large they may be. Graphs come with a reader of protobuf. */
const PURE = { architecture: 110_000, checkpoint: 135_000, onnx: 250_000, exported: 250_000 }

for (const [face, limit] of Object.entries(PURE))
  test(`@vitrine/models/${face} runs in a browser`, async () => {
    const { bytes } = await browserBundle(import.meta.resolve(`@vitrine/models/${face}`))
    assert.ok(bytes < limit, `${bytes} bytes`)
  })

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const contents = (path: string): ArrayBuffer => Uint8Array.from(readFileSync(path)).buffer

const PLACES: Readonly<Record<string, (path: string) => Bytes>> = {
  'a file': path => fileBytes(path),
  'an ArrayBuffer': path => memoryBytes(path, contents(path)),
  'a Blob': path => blobBytes(path, new Blob([contents(path)])),
}

function weightsOf({ transformer, weights }: CheckpointModel): Record<string, ArrayLike<number>> {
  return Object.fromEntries([...transformer.parameterShapes.keys()].map(name => [name, weights.get(name).data]))
}

for (const folder of ['tiny', 'hf/dinov2-registers'])
  for (const file of folder === 'tiny' ? ['model.safetensors', 'model.pth', 'model-legacy.pth'] : ['model.safetensors'])
    for (const [place, open] of Object.entries(PLACES))
      test(`${folder}/${file} from ${place} is the model that is read from its path`, async () => {
        const path = fixture(`${folder}/${file}`)
        const config: unknown = JSON.parse(readFileSync(fixture(`${folder}/config.json`), 'utf8'))
        const expected = await readModel('x', 'X', path)
        const found = await modelFromBytes({ weights: open(path), config })
        assert.deepEqual(found.transformer.config, {
          ...expected.transformer.config,
          mean: found.transformer.config.mean,
          std: found.transformer.config.std,
        })
        assert.equal(found.hash, expected.hash)
        assert.equal(found.weights.id, expected.weights.id)
        assert.deepEqual(weightsOf(found), weightsOf(expected))
      })

test('shards are opened beside their index, wherever that is', async () => {
  const path = fixture('tiny/model.safetensors')
  const config: unknown = JSON.parse(readFileSync(fixture('tiny/config.json'), 'utf8'))
  const whole = await readModel('x', 'X', path)
  const names = Object.keys(weightsOf(whole))
  const index = JSON.stringify({ weight_map: Object.fromEntries(names.map(name => [name, 'part.safetensors'])) })
  const weights = blobBytes('model.safetensors.index.json', new Blob([index]))
  const beside = (name: string) => blobBytes(name, new Blob([contents(path)]))
  assert.deepEqual(weightsOf(await modelFromBytes({ weights, config, beside })), weightsOf(whole))
  await assert.rejects(modelFromBytes({ weights, config }), { name: 'ModelError', message: /open it from a folder/ })
})
