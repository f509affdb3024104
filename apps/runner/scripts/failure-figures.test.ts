import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { figures, filled } from './failure-figures.ts'

test('blocks of a document are replaced, and what stands around them stays', () => {
  const text = 'One\n<!-- a -->\nold\n<!-- /a -->\nTwo <!-- b --><!-- /b -->'
  const once = filled(text, { a: 'new', b: '| x |' })
  assert.equal(once, 'One\n<!-- a -->\n\nnew\n\n<!-- /a -->\nTwo <!-- b -->\n\n| x |\n\n<!-- /b -->')
  assert.equal(filled(once, { a: 'new', b: '| x |' }), once)
})

test('a block without a place is an error that names it', () => {
  assert.throws(() => filled('<!-- a -->', { a: 'x' }), /expected <!-- a --> and <!-- \/a -->/)
})

test('the document has a place for every figure', () => {
  const document = readFileSync(new URL('../../../docs/failure-patterns.md', import.meta.url), 'utf8')
  assert.ok(filled(document, figures([])))
})
