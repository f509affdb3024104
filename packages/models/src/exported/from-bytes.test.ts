import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { blobBytes } from '../checkpoint/index.ts'
import { parametersOf } from '../explainable.ts'
import { openModel } from '../node/model.ts'
import { writeExport } from '../testing.ts'
import { exportedFromBytes } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'vitrine-bytes-'))
after(() => rmSync(folder, { recursive: true }))

const path = writeExport(folder, 'timm-vit', 'ts17-dynamic-eager')
const blob = (name: string) => blobBytes(name, new Blob([readFileSync(join(folder, name))]))

test('an exported model from Blobs is the model that is read from its path', async () => {
  const expected = await openModel(`${path}[mean=clip]`)
  const found = await exportedFromBytes({ graph: blob('model.onnx'), beside: blob, options: { mean: 'clip' } })
  assert.deepEqual([found.hash, found.weights.id], [expected.hash, expected.weights.id])
  assert.deepEqual(found.transformer.input, expected.transformer.input)
  for (const { params } of parametersOf(expected.transformer))
    assert.deepEqual(found.weights.get(params.name).data, expected.weights.get(params.name).data)
})

test('what it is held against decides whether it is opened', async () => {
  const nothing = { shape: [1, 7], data: new Float32Array(7) }
  const runners = async () => ({
    file: async () => ({ logits: { ...nothing, data: new Float32Array(7).fill(1) } }),
    program: async () => ({ y: nothing }),
    dispose: async () => {},
  })
  await assert.rejects(
    exportedFromBytes({ graph: blob('model.onnx'), beside: blob, options: { mean: 'clip' }, runners }),
    { name: 'ModelError', message: /agrees with ONNX Runtime on its own file to 1e\+0 only/ },
  )
})
