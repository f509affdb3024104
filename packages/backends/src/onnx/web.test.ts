import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as ort from 'onnxruntime-web'
import { actual, type Case, difference } from '../conformance/case.ts'
import { conformance } from '../conformance/index.ts'
import { randomCase } from '../conformance/programs.ts'
import { openBackend } from '../open.ts'
import { openOnnxWeb } from './web.ts'

// The same lowering on the WebAssembly build, in Node.js and on one thread.
conformance('onnx:wasm', async () => openOnnxWeb(ort, { threads: 1 }))
conformance('onnx:wasm in double', async () => openOnnxWeb(ort, { threads: 1, precision: 'double' }), {
  tolerance: 1e-7,
  programs: 100,
})

test('onnxruntime-web and onnxruntime-node agree', async context => {
  const [web, node] = [openOnnxWeb(ort, { threads: 1 }), await openBackend('onnx:cpu', { threads: 1 })]
  assert.equal(web.version, node.version)
  const apart = async (given: Case) => difference(await actual(web, given), await actual(node, given), 'relative')
  let worst = 0
  for (let seed = 1; seed <= 50; seed++) worst = Math.max(worst, await apart(randomCase(seed)))
  context.diagnostic(`largest difference of 50 random programs: ${worst.toExponential(1)}`)
  assert.ok(worst > 0 && worst <= 2e-5, `${worst}`)
  await Promise.all([web.dispose(), node.dispose()])
})
