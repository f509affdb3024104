import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PrecisionError, UnknownBackendError } from './errors.ts'
import { checkBackend, openBackend } from './open.ts'
import { backends, capabilitiesOf } from './registry.ts'

test('what an engine can do is known before it is opened, and said by it', async () => {
  for (const spec of ['onnx:cpu', 'tfjs:wasm', 'tfjs:cpu']) {
    const backend = await openBackend(spec, { threads: 1 })
    assert.deepEqual(backend.capabilities, capabilitiesOf(spec))
    await backend.dispose()
  }
})

test('each precision that an engine has can be opened, and no other', async () => {
  const all = Object.entries(backends).flatMap(([id, { engines }]) =>
    Object.keys(engines).map(engine => `${id}:${engine}`),
  )
  const double = all.filter(spec => capabilitiesOf(spec).precisions.includes('double'))
  assert.ok(double.includes('onnx:cpu'))
  for (const spec of ['onnx:cpu', 'tfjs:wasm', 'tfjs:cpu'])
    for (const precision of ['single', 'double'] as const) {
      const opening = openBackend(spec, { precision, threads: 1 }).then(backend => backend.dispose())
      if (capabilitiesOf(spec).precisions.includes(precision)) await opening
      else
        await assert.rejects(opening, error => error instanceof PrecisionError && error.able.join() === double.join())
    }
})

test('the order in which engines are tried names engines', () => {
  for (const { engines, preferred } of Object.values(backends))
    for (const engine of preferred) assert.ok(Object.hasOwn(engines, engine))
})

for (const spec of ['', ':', 'onnx:', 'onnx:cpu:x', 'onnx:toString', 'constructor', 'toString:name', '__proto__'])
  test(`"${spec}" is no backend`, async () => {
    await assert.rejects(openBackend(spec), UnknownBackendError)
    await assert.rejects(checkBackend(spec), UnknownBackendError)
    assert.throws(() => capabilitiesOf(spec), UnknownBackendError)
  })

test('a backend without an engine has no capabilities of its own', () => {
  assert.throws(
    () => capabilitiesOf('onnx'),
    error => error instanceof UnknownBackendError && error.known.includes('tfjs:wasm'),
  )
})
