import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { browserBundle } from '@vitrine/tensor/testing'

for (const face of ['.', 'core', 'onnx', 'onnx-web', 'tfjs'])
  test(`the face ${face} bundles for a browser`, async () => {
    const { files } = await browserBundle(import.meta.resolve(`@vitrine/backends/${face}`.replace('/.', '')))
    assert.ok(files.some(file => file.endsWith('src/errors.ts')))
    const loads = (name: string) => files.some(file => file.includes(`node_modules/${name}`))
    assert.ok(!loads('onnxruntime-'), 'ONNX Runtime is handed in')
    assert.equal(loads('@tensorflow/'), face === 'tfjs')
  })

test('a page with onnxruntime-web bundles for a browser', async () => {
  const { files } = await browserBundle(import.meta.resolve('./onnx/testing/page.ts'))
  assert.ok(files.some(file => file.includes('onnxruntime-web')))
})

test('no engine is loaded before it is opened', () => {
  const script = `
    const { backends, capabilitiesOf } = await import('@vitrine/backends')
    const { checkBackend } = await import('@vitrine/backends/node')
    await import('@vitrine/backends/tfjs-native')
    for (const [id, { engines }] of Object.entries(backends))
      for (const engine of Object.keys(engines)) {
        capabilitiesOf(id + ':' + engine)
        await checkBackend(id + ':' + engine)
      }
    const { createRequire } = await import('node:module')
    const { cache } = createRequire(import.meta.url)
    console.log(JSON.stringify({ cache: Object.keys(cache), native: process.report.getReport().sharedObjects }))`
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  assert.match(printed, /libc/)
  assert.doesNotMatch(printed, /onnxruntime|tensorflow|tfjs/)
})
