import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserBundle } from '@vitrine/tensor/testing'

test('a browser can measure: @vitrine/measure reaches no Node.js module and no engine', {
  timeout: 60_000,
}, async () => {
  const { bytes, files } = await browserBundle(import.meta.resolve('@vitrine/measure'))
  assert.ok(bytes > 10_000, `${bytes} bytes`)
  assert.deepEqual(
    files.filter(file => /onnxruntime|@tensorflow|better-sqlite3|drizzle|sharp|h5wasm/.test(file)),
    [],
  )
})
