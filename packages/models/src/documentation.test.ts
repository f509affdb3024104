import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { yourFiles, yourFilesPath } from './documentation.ts'

test('docs/your-files.md says what the tables say', () => {
  assert.equal(
    readFileSync(yourFilesPath, 'utf8'),
    yourFiles(),
    'run `node packages/models/src/documentation.ts` and look at the difference',
  )
})
