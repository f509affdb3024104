import assert from 'node:assert/strict'
import { test } from 'node:test'
import { input, program } from '@vitrine/tensor'
import { backendOf, type Compiled } from './backend-of.ts'
import { BackendError, DisposedError } from './errors.ts'

const x = input('x', [1])
const echo = program({ x })
const one = { x: { shape: [1], data: Float32Array.of(1) } }

const facts = {
  id: 'test',
  engine: 'cpu',
  version: '1.0',
  threads: 1,
  capabilities: { precisions: ['single'], divisible: false, browser: false },
} as const

/** A backend whose compilations and runs last until they are let go, and what it holds. */
function held() {
  const compilation = Promise.withResolvers<void>()
  const run = Promise.withResolvers<void>()
  let sessions = 0
  const compile = async (): Promise<Compiled> => {
    await compilation.promise
    sessions++
    return {
      async run() {
        await run.promise
        assert.equal(sessions, 1, 'the session is freed while it runs')
        return one
      },
      dispose() {
        sessions--
      },
    }
  }
  return { backend: backendOf({ ...facts, compile }), compilation, run, sessions: () => sessions }
}

test('dispose during a compilation frees what it makes', async () => {
  const { backend, compilation, sessions } = held()
  const compiled = backend.compile(echo)
  const disposed = backend.dispose()
  compilation.resolve()
  await assert.rejects(compiled, DisposedError)
  await disposed
  assert.equal(sessions(), 0)
})

test('dispose waits for a compilation that has begun', async () => {
  const { backend, compilation } = held()
  let over = false
  backend.compile(echo).catch(() => {})
  const disposed = backend.dispose().then(() => {
    over = true
  })
  await new Promise(setImmediate)
  assert.equal(over, false)
  compilation.resolve()
  await disposed
})

test('dispose waits for a run that has begun, and frees once', async () => {
  const { backend, compilation, run, sessions } = held()
  compilation.resolve()
  const executable = await backend.compile(echo)
  const running = executable.run(one)
  const disposed = [executable.dispose(), executable.dispose(), backend.dispose()]
  await assert.rejects(executable.run(one), DisposedError)
  run.resolve()
  assert.deepEqual(await running, one)
  await Promise.all(disposed)
  assert.equal(sessions(), 0)
})

test('what fails in the engine is told in the name of the backend', async () => {
  const cause = new RangeError('too much')
  const fails = () => {
    throw cause
  }
  await assert.rejects(backendOf({ ...facts, compile: fails }).compile(echo), {
    name: 'BackendError',
    message: '[vitrine] [test] compile: too much',
    cause,
  })
  const executable = await backendOf({ ...facts, compile: () => ({ run: fails, dispose() {} }) }).compile(echo)
  await assert.rejects(
    executable.run(one),
    error => error instanceof BackendError && /run: too much/.test(error.message),
  )
})
