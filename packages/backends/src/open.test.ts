import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineUnavailableError, UnknownBackendError } from './errors.ts'
import { openBackend } from './open.ts'

test('an unknown backend is answered with the known ones', async () => {
  await assert.rejects(
    openBackend('onx'),
    error => error instanceof UnknownBackendError && error.known.includes('onnx'),
  )
})

test('an unknown engine is answered with the known ones', async () => {
  await assert.rejects(
    openBackend('onnx:gpu'),
    error =>
      error instanceof UnknownBackendError && error.known.includes('onnx:cuda') && /onnx:webgpu/.test(error.message),
  )
})

test('the thread count is what was asked for', async () => {
  const backend = await openBackend('onnx:cpu', { threads: 1 })
  assert.deepEqual([backend.id, backend.engine, backend.threads], ['onnx', 'cpu', 1])
  await backend.dispose()
})

test('without an engine the best one that works is named', async () => {
  const backend = await openBackend('onnx')
  assert.ok(['cuda', 'cpu'].includes(backend.engine))
  await backend.dispose()
})

for (const engine of ['cuda', 'dml', 'coreml', 'webgpu'])
  test(`${engine} runs, or says how to get it`, async () => {
    try {
      const backend = await openBackend(`onnx:${engine}`)
      assert.equal(backend.engine, engine)
      await backend.dispose()
    } catch (error) {
      assert.ok(error instanceof EngineUnavailableError)
      assert.equal(error.engine, `onnx:${engine}`)
      assert.match(error.how, /needs/)
    }
  })
