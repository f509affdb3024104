import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../load/records.ts'
import { removalWord, ZERO } from './removal.ts'

const word = (faithfulness: object) =>
  removalWord({ protocol: { id: 'p', choices: { faithfulness } } } as unknown as Entry)

test('a removal is a word with its amounts, and zero where a protocol does not say', () => {
  assert.equal(word({}), ZERO)
  assert.equal(word({ removal: { kind: 'zero' } }), ZERO)
  assert.equal(word({ removal: { kind: 'blur', sigma: 10 } }), 'blur sigma 10')
  assert.equal(word({ removal: { kind: 'token-drop' } }), 'token drop')
})
