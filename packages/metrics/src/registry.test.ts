import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metrics } from './metrics.ts'
import { registrySource } from './registry.generate.ts'

test('the registry is what the files of the groups make it', async () => {
  const { current, generated } = await registrySource()
  assert.equal(current, generated, 'run npx -y pnpm@12 generate')
})

test('every metric has an id of its own', () => {
  for (const [key, { id }] of Object.entries(metrics)) assert.equal(id, key)
})
