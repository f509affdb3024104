import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readmePath, withFamilies, yourFiles, yourFilesPath } from './documentation.ts'

test('docs/your-files.md says what the tables say', () => {
  assert.equal(
    readFileSync(yourFilesPath, 'utf8'),
    yourFiles(),
    'run `npx -y pnpm@12 generate` and look at the difference',
  )
})

test("README.md lists the families of the reader's table", () => {
  const text = readFileSync(readmePath, 'utf8')
  assert.equal(text, withFamilies(text), 'run `npx -y pnpm@12 generate` and look at the difference')
})
