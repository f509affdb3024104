import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { browserBundle } from '@vitrine/tensor/testing'

test('the face of samples and scenes reaches nothing of Node.js and no large package', async () => {
  const { bytes, files } = await browserBundle(import.meta.resolve('@vitrine/datasets/sample'))
  assert.deepEqual(
    files.filter(file => file.includes('node_modules')),
    [],
  )
  assert.ok(bytes < 32 * 1024, `${bytes} bytes`)
})

test('sharp and h5wasm are loaded when they are first needed, not with the package', () => {
  const script = `
    import { openDataset } from '@vitrine/datasets'
    const native = () => process.report.getReport().sharedObjects.filter(file => /sharp|vips/.test(file)).length
    const before = native()
    const dataset = await openDataset('icon-scenes', { size: 32 })
    await dataset.sample(0)
    console.log(JSON.stringify([before, native() > 0]))`
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: new URL('.', import.meta.url),
    encoding: 'utf8',
  })
  assert.deepEqual(JSON.parse(out), [0, true])
})
