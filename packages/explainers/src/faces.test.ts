import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserBundle } from '@vitrine/tensor/testing'

for (const face of ['@vitrine/explainers', '@vitrine/explainers/run'])
  test(`${face} runs in a browser`, async () => {
    const { bytes } = await browserBundle(import.meta.resolve(face))
    assert.ok(bytes > 10_000, `${bytes} bytes`)
  })

test('what runs methods brings no method along', async () => {
  const { files } = await browserBundle(import.meta.resolve('@vitrine/explainers/run'))
  assert.deepEqual(
    files.filter(file => file.includes('explainers/src/methods/')),
    [],
  )
})
