import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { add, input, mul, parameter, program, scalar, softmax } from '@vitrine/tensor'
import type { Backend } from '../backend.ts'
import { BackendError, DisposedError, InputError, WeightError } from '../errors.ts'
import { hostWeights } from '../weights.ts'
import { randomCase } from './programs.ts'

const x = input('x', [2, 3])
const i = input('i', [2], 'int')
const good = {
  x: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  i: { shape: [2], data: Int32Array.of(0, 1) },
}
const both = program({ y: add(x, 1), i })

/** Inputs that do not fit, and what the error must say. */
const misfits = {
  'a missing input': [{ x: good.x }, /"i".*missing/],
  'a surplus input': [{ ...good, z: good.x }, /"z".*not read/],
  'another shape': [{ ...good, x: { ...good.x, shape: [3, 2] } }, /"x".*\[2, 3\].*\[3, 2\]/],
  'too few numbers': [{ ...good, x: { shape: [2, 3], data: new Float32Array(5) } }, /"x".*6 numbers.*5/],
  'float numbers for indices': [{ ...good, i: { shape: [2], data: Float32Array.of(0, 1) } }, /"i".*int.*Float32Array/],
  'indices for float numbers': [{ ...good, x: { shape: [2, 3], data: new Int32Array(6) } }, /"x".*float.*Int32Array/],
} as const

/** Behaviour that does not depend on which ops a program has. */
export const contract: Readonly<Record<string, (backend: Backend, context: TestContext) => Promise<void>>> = {
  async 'the same inputs give the same bytes'(backend) {
    for (const seed of [1, 2, 3]) {
      const drawn = randomCase(seed)
      const executable = await backend.compile(drawn.program, hostWeights(drawn.weights))
      const first = await executable.run(drawn.inputs)
      const second = await executable.run(drawn.inputs)
      assert.deepEqual(second, first)
    }
  },
  async 'float results are Float32Array, int results Int32Array, with their shapes'(backend) {
    const executable = await backend.compile(both)
    const { y, i: indices } = await executable.run(good)
    assert.deepEqual(y, { shape: [2, 3], data: Float32Array.of(2, 3, 4, 5, 6, 7) })
    assert.deepEqual(indices, good.i)
  },
  async 'float64 inputs are rounded to float32'(backend) {
    const executable = await backend.compile(program({ x }))
    const { x: result } = await executable.run({ x: { shape: [2, 3], data: new Float64Array(6).fill(0.1) } })
    assert.deepEqual(result?.data, new Float32Array(6).fill(0.1))
  },
  async 'a program without inputs runs'(backend) {
    const executable = await backend.compile(
      program({ y: mul(parameter('w', [2]), 3), z: scalar(2) }),
      hostWeights({ w: { shape: [2], data: Float32Array.of(1, 2) } }),
    )
    const { y, z } = await executable.run({})
    assert.deepEqual(y, { shape: [2], data: Float32Array.of(3, 6) })
    assert.deepEqual(z, { shape: [], data: Float32Array.of(2) })
  },
  async 'results belong to the caller'(backend) {
    const executable = await backend.compile(program({ x, y: softmax(x) }))
    const first = await executable.run({ x: good.x })
    const kept = structuredClone(first)
    first.x?.data.fill(9)
    assert.deepEqual(good.x.data, Float32Array.of(1, 2, 3, 4, 5, 6))
    await executable.run({ x: { shape: [2, 3], data: new Float32Array(6) } })
    assert.deepEqual(first.y, kept.y)
  },
  async 'runs that overlap do not mix'(backend) {
    const executable = await backend.compile(program({ y: mul(x, 2) }))
    const filled = (value: number) => ({ x: { shape: [2, 3], data: new Float32Array(6).fill(value) } })
    const results = await Promise.all([1, 2, 3].map(value => executable.run(filled(value))))
    assert.deepEqual(
      results.map(({ y }) => y?.data[0]),
      [2, 4, 6],
    )
  },
  async 'a weight may have another shape with as many numbers'(backend) {
    const executable = await backend.compile(
      program({ y: add(x, parameter('w', [2, 3])) }),
      hostWeights({ w: { shape: [6], data: Float32Array.of(1, 1, 1, 2, 2, 2) } }),
    )
    const { y } = await executable.run({ x: good.x })
    assert.deepEqual(y?.data, Float32Array.of(2, 3, 4, 6, 7, 8))
  },
  async 'missing weights and weights of another size are refused'(backend) {
    const reads = program({ y: add(x, parameter('w', [3])) })
    await assert.rejects(backend.compile(reads), WeightError)
    await assert.rejects(backend.compile(reads, hostWeights({})), WeightError)
    const small = hostWeights({ w: { shape: [2], data: new Float32Array(2) } })
    await assert.rejects(backend.compile(reads, small), { name: 'WeightError', parameter: 'w' })
  },
  async 'inputs that do not fit are refused by name, and the next run is well'(backend, context) {
    const executable = await backend.compile(both)
    for (const [what, [inputs, message]] of Object.entries(misfits))
      await context.test(what, async () => {
        await assert.rejects(
          executable.run(inputs),
          error => error instanceof InputError && message.test(error.message),
        )
      })
    await executable.run(good)
  },
  async 'a disposed executable refuses to run, and can be disposed again'(backend) {
    const executable = await backend.compile(program({ y: mul(x, 2) }))
    const other = await backend.compile(program({ y: mul(x, 3) }))
    await executable.dispose()
    await executable.dispose()
    await assert.rejects(executable.run({ x: good.x }), DisposedError)
    const { y } = await other.run({ x: good.x })
    assert.equal(y?.data[1], 6)
  },
  async 'it says what it is'(backend) {
    assert.match(backend.engine, /^[\w-]+$/)
    assert.match(backend.version, /^\d+\.\d+/)
    assert.ok(Number.isInteger(backend.threads) && backend.threads >= 1)
    assert.ok(new InputError('x', 'y', 'z') instanceof BackendError)
  },
}
