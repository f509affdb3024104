import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserBundle } from '@vitrine/tensor/testing'

test('the face of the package runs in a browser, without what only tests and commands need', async () => {
  const { bytes, files } = await browserBundle(import.meta.resolve('@vitrine/metrics'))
  assert.ok(bytes > 10_000, `${bytes} bytes`)
  for (const part of ['golden', 'testing', 'template', 'conformance', 'generate'])
    assert.ok(!files.some(file => file.includes(`packages/metrics/src/${part}`) || file.includes(`src/${part}`)), part)
})
