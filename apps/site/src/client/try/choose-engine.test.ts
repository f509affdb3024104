import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Backend } from '@vitrine/backends/core'
import { openBackend } from '@vitrine/backends/node'
import { openModel } from '@vitrine/models'
import { chooseEngine } from './choose-engine.ts'

// One engine stands for WebAssembly, and another one, made slow or wrong, for WebGPU: what is chosen does not depend on which they are.

const model = await openModel('icon-vit')
const wasm = await openBackend('onnx:cpu', { threads: 1 })
const gpu = await openBackend('onnx:cpu', { threads: 1 })
after(() => Promise.all([wasm.dispose(), gpu.dispose()]))

/** An engine whose results are changed on their way. */
const changed = (act: (data: Float32Array) => void, milliseconds = 0): Backend => ({
  ...gpu,
  async compile(program, weights) {
    const executable = await gpu.compile(program, weights)
    return {
      ...executable,
      async run(inputs) {
        await new Promise(resolve => setTimeout(resolve, milliseconds))
        const outputs = await executable.run(inputs)
        for (const { data } of Object.values(outputs)) if (data instanceof Float32Array) act(data)
        return outputs
      },
    }
  },
  dispose: async () => undefined,
})

const same = () => undefined
const choose = (webgpu: () => Promise<Backend>, fastest = false) => chooseEngine(model, wasm, webgpu, fastest)

test('WebGPU is taken where its maps are those of WebAssembly, and how far they are apart is told', async () => {
  const right = changed(same)
  const { backend, words } = await choose(async () => right)
  assert.equal(backend, right)
  assert.match(words, /^WebGPU, \d+ ms for a check image, WebAssembly \d+ ms; its maps differ by at most 0 of/)
})

test('an engine with other maps, or with no numbers, is not taken, and the difference is told', async () => {
  for (const [act, found] of [
    [(data: Float32Array) => data.set([(data[0] ?? 0) + 1]), /a check image differ by \d/],
    [(data: Float32Array) => data.fill(Number.NaN), /a check image differ by NaN/],
  ] as const) {
    const { backend, words } = await choose(async () => changed(act))
    assert.equal(backend, wasm)
    assert.match(words, /^WebAssembly; not WebGPU: its maps of /)
    assert.match(words, found)
  }
})

test('a slower engine is taken where it is asked for by name alone', async () => {
  const slow = changed(same, 1000)
  assert.match((await choose(async () => slow, true)).words, /^WebAssembly; not WebGPU: it is slower here, 1\d\d\d ms/)
  assert.equal((await choose(async () => slow)).backend, slow)
})

test('an engine that cannot be opened costs nothing but a sentence', async () => {
  const { backend, words } = await choose(() => Promise.reject(new Error('the device was lost')), true)
  assert.equal(backend, wasm)
  assert.equal(words, 'WebAssembly; not WebGPU: the device was lost')
})
