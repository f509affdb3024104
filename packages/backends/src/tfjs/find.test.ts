import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EngineUnavailableError, UnknownBackendError } from '../errors.ts'
import { openBackend } from '../open.ts'
import { reasonOf } from './find.ts'

const fails = (code: string, message: string) => ({
  stdout: `a line of the library\n${JSON.stringify({ kind: 'fails', code, message })}\n`,
  exit: 'ended with exit code 0',
})
const works = (gpu: boolean) => ({ stdout: JSON.stringify({ kind: 'works', gpu }), exit: 'ended with exit code 0' })

test('an unknown engine is answered with the known ones', async () => {
  await assert.rejects(
    openBackend('tfjs:webgl'),
    error =>
      error instanceof UnknownBackendError && error.known.join() === 'tfjs:node-gpu,tfjs:node,tfjs:wasm,tfjs:cpu',
  )
})

for (const engine of ['node-gpu', 'node'])
  test(`${engine} runs, or says how to get it`, async () => {
    try {
      const backend = await openBackend(`tfjs:${engine}`)
      assert.equal(backend.engine, engine)
      await backend.dispose()
    } catch (error) {
      assert.ok(error instanceof EngineUnavailableError)
      assert.equal(error.engine, `tfjs:${engine}`)
      assert.ok(error.how.includes(`npx -y pnpm@12 --filter @vitrine/backends add @tensorflow/tfjs-${engine}`))
    }
  })

test('without an engine the best one that works is named', async () => {
  const backend = await openBackend('tfjs')
  assert.ok(['node-gpu', 'node', 'wasm'].includes(backend.engine))
  await backend.dispose()
})

describe('the reason why a native engine cannot be used', () => {
  test('none', () => {
    assert.equal(reasonOf('node', works(false)), undefined)
    assert.equal(reasonOf('node-gpu', works(true)), undefined)
  })
  test('the GPU package on a library for the CPU', () => {
    assert.match(reasonOf('node-gpu', works(false)) ?? '', /tfjs-node-gpu runs, but on the CPU/)
  })
  test('no native addon', () => {
    const message = 'The Node.js native addon module (tfjs_binding.node) can not be found at path: lib'
    assert.match(reasonOf('node', fails('', message)) ?? '', /without its native addon/)
  })
  test('no library', () => {
    const missing = fails('ERR_DLOPEN_FAILED', 'libtensorflow.so.2: cannot open shared object file')
    assert.match(reasonOf('node', missing) ?? '', /library of @tensorflow\/tfjs-node cannot be loaded: libtensorflow/)
  })
  test('a library that ends the process', () => {
    assert.equal(
      reasonOf('node', { stdout: '', exit: 'was ended by SIGBUS' }),
      'a process that loads @tensorflow/tfjs-node was ended by SIGBUS',
    )
  })
})
