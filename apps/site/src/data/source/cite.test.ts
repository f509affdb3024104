import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bibtex } from './cite.ts'
import { sourceOf } from './source.ts'

const source = {
  version: '0.1.0',
  commit: 'abc',
  date: '2026-03-09',
  repository: null,
  address: 'https://v.example/a/',
}

test('a citation names title, authors, date, address with the hash of the numbers, version and commit', () => {
  assert.equal(
    bibtex({ title: 'A & B', path: 'boards/x.html', numbers: '12ab' }, source),
    String.raw`@misc{vitrine2026-12ab,
  title = {Vitrine: A \& B},
  author = {{The Vitrine authors}},
  year = {2026},
  month = {3},
  url = {https://v.example/a/boards/x.html?v=12ab},
  note = {version 0.1.0, commit abc, numbers 12ab},
}`,
  )
})

test('what is not known is left out of a citation', () => {
  const nothing = { ...source, commit: null, date: null, address: null }
  assert.doesNotMatch(bibtex({ title: 'A', path: 'index.html', numbers: '' }, nothing), /url|year|null|commit/)
})

test('the address comes from package.json, or from the environment before that', () => {
  const own = { version: '1.0.0', homepage: 'https://v.example/a', repository: 'git+https://code.example/v.git' }
  assert.equal(sourceOf(own).address, 'https://v.example/a/')
  assert.equal(sourceOf(own).repository, 'https://code.example/v')
  assert.equal(sourceOf(own, 'https://other.example').address, 'https://other.example/')
  assert.equal(sourceOf({ version: '1.0.0' }).address, null)
})

test('an address that is none is an error that says what to do', () => {
  assert.throws(() => sourceOf({ version: '1.0.0' }, 'javascript:alert(1)'), /expected an address.*VITRINE_ADDRESS/)
})
