import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { browserBundle } from './testing/browser-bundle.ts'

test('the face of the package runs in a browser', async () => {
  const { bytes } = await browserBundle(import.meta.resolve('@vitrine/tensor'))
  assert.ok(bytes > 10_000, `${bytes} bytes`)
})

test('a module that imports from node: is no pure face', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-'))
  try {
    const file = join(folder, 'impure.ts')
    writeFileSync(file, `import { readFileSync } from 'node:fs'\nexport const read = readFileSync\n`)
    await assert.rejects(browserBundle(pathToFileURL(file).href), /not for a browser: .*impure\.ts:1: .*node:fs/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
