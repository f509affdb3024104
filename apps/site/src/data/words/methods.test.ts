import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '@vitrine/records'
import { loadEntries } from '../load/records.ts'
import { httpsOnly, methodOf } from './methods.ts'

const results = fileURLToPath(new URL('../../../../../results', import.meta.url))

test('only https addresses are linked', () => {
  assert.equal(httpsOnly('https://arxiv.org/abs/1602.04938'), 'https://arxiv.org/abs/1602.04938')
  for (const url of ['javascript:alert(1)', 'http://example.org', 'data:text/html,x', '//example.org', ''])
    assert.equal(httpsOnly(url), '')
})

test('a method is what its record says it was, also under the name of a bundled one', async () => {
  const [agcam] = (await loadEntries(results)).filter(e => e.method.id === 'agcam')
  assert.ok(agcam)
  const details: JsonObject = { ...agcam.method.details, parity: 'unverified', source: { authors: 'A. Stranger' } }
  const { parity, authors, options } = methodOf({
    ...agcam,
    method: { ...agcam.method, options: { headFusion: 'max' }, details },
  })
  assert.equal(parity.badge, 'not held against other code')
  assert.equal(authors, 'A. Stranger')
  assert.equal(options.headFusion?.value, 'max')
})
