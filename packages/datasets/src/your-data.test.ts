import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readers } from './registry.ts'
import { yourData } from './your-data.generate.ts'

test('the page about data is what its generator writes, and has every kind', () => {
  const { current, generated } = yourData()
  assert.equal(current, generated, 'run npx -y pnpm@12 generate')
  for (const { kind } of readers) assert.ok(current.includes(`### \`${kind}:`), kind)
})
