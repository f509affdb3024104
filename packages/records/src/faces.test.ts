import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserBundle } from '@vitrine/tensor/testing'

test('a browser can read records: @vitrine/records/record reaches no Node.js module', { timeout: 60_000 }, async () => {
  const { files } = await browserBundle(import.meta.resolve('@vitrine/records/record'))
  assert.ok(!files.some(file => /better-sqlite3|drizzle|\/store\//.test(file)))
})
