import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { engine, memory } from '@tensorflow/tfjs-core'
import type { Weights } from '@vitrine/tensor'
import { add, gather, type HostTensor, input, linear, matmul, mul, parameter, program, reshape } from '@vitrine/tensor'
import type { Backend } from '../backend.ts'
import { randomCase } from '../conformance/programs.ts'
import { BackendError } from '../errors.ts'
import { openBackend } from '../open.ts'
import { hostWeights } from '../weights.ts'

/** How many tensors TensorFlow.js holds, and how many arrays the engine. */
const held = () => ({ tensors: memory().numTensors, data: engine().backend.numDataIds() })

const x = input('x', [2, 3])
const w = parameter('w', [4, 3])
const ones = { x: { shape: [2, 3], data: new Float32Array(6).fill(1) } }

/** Weights that count how often each is read. */
function counting(tensors: Readonly<Record<string, HostTensor>>): Weights & { readonly reads: Record<string, number> } {
  const reads: Record<string, number> = {}
  const { id, get } = hostWeights(tensors)
  return {
    id,
    reads,
    get(name) {
      reads[name] = (reads[name] ?? 0) + 1
      return get(name)
    },
  }
}

const weights = () => counting({ w: { shape: [4, 3], data: Float32Array.from({ length: 12 }, (_, i) => i) } })

for (const name of ['wasm', 'cpu'])
  describe(`memory of tfjs:${name}`, () => {
    let backend: Backend
    before(async () => {
      backend = await openBackend(`tfjs:${name}`)
    })
    after(() => backend.dispose())

    test('a run leaves nothing behind, an executable nothing after dispose', async () => {
      await (await backend.compile(program({ x }))).dispose()
      const start = held()
      for (let seed = 1; seed <= 25; seed++) {
        const drawn = randomCase(seed)
        const executable = await backend.compile(drawn.program, hostWeights(drawn.weights))
        const compiled = held()
        for (let run = 0; run < 2; run++) {
          await executable.run(drawn.inputs)
          assert.deepEqual(held(), compiled, `seed ${seed}`)
        }
        await executable.dispose()
        assert.deepEqual(held(), start, `seed ${seed}`)
      }
    })

    test('a run that fails leaves nothing behind', async () => {
      const rows = mul(gather(add(x, 1), input('i', [1], 'int'), 0), 2)
      const executable = await backend.compile(program({ rows }))
      const compiled = held()
      const outside = { ...ones, i: { shape: [1], data: Int32Array.of(7) } }
      await assert.rejects(executable.run(outside), BackendError)
      assert.deepEqual(held(), compiled)
      await executable.dispose()
    })

    test('a compilation that fails leaves nothing behind', async () => {
      await (await backend.compile(program({ x }))).dispose()
      const start = held()
      const y = add(linear(x, w), parameter('missing', [4]))
      await assert.rejects(backend.compile(program({ y }), weights()), BackendError)
      assert.deepEqual(held(), start)
    })

    test('programs of one model share its weights and what is computed from them', async () => {
      const model = weights()
      const start = held()
      const forward = await backend.compile(program({ y: linear(x, w) }), model)
      const { tensors } = held()
      const both = await backend.compile(program({ y: mul(linear(x, w), 2) }), model)
      // The only new tensor is the constant 2.
      assert.equal(held().tensors, tensors + 1)
      assert.deepEqual(model.reads, { w: 1 })
      await forward.dispose()
      const { y } = await both.run(ones)
      assert.deepEqual(y?.data, Float32Array.of(6, 24, 42, 60, 6, 24, 42, 60))
      await both.dispose()
      assert.deepEqual(held(), start)
    })

    test('other weights under the same names are other weights', async () => {
      const twice = counting({ w: { shape: [4, 3], data: new Float32Array(12).fill(2) } })
      const first = await backend.compile(program({ y: linear(x, w) }), weights())
      const second = await backend.compile(program({ y: linear(x, w) }), twice)
      assert.deepEqual((await second.run(ones)).y?.data, new Float32Array(8).fill(6))
      assert.deepEqual((await first.run(ones)).y?.data, Float32Array.of(3, 12, 21, 30, 3, 12, 21, 30))
      await first.dispose()
      await second.dispose()
    })

    test('one weight as two matrices', async () => {
      const numbers = counting({ w: { shape: [6], data: Float32Array.of(1, 2, 3, 4, 5, 6) } })
      const flat = parameter('w', [6])
      const [tall, wide] = [reshape(flat, [3, 2]), reshape(flat, [2, 3])]
      const executable = await backend.compile(
        program({ flat, a: matmul(x, tall), b: matmul(matmul(x, tall), wide) }),
        numbers,
      )
      const { a, b } = await executable.run(ones)
      assert.deepEqual(a?.data, Float32Array.of(9, 12, 9, 12))
      assert.deepEqual(b?.data, Float32Array.of(57, 78, 99, 57, 78, 99))
      assert.deepEqual(numbers.reads, { w: 1 })
      await executable.dispose()
    })
  })

test('engines that are open together do not mix', async () => {
  const backends = await Promise.all(['wasm', 'cpu'].map(name => openBackend(`tfjs:${name}`)))
  const executables = await Promise.all(backends.map(b => b.compile(program({ y: linear(x, w) }), weights())))
  for (let round = 0; round < 2; round++)
    for (const { y } of await Promise.all(executables.map(e => e.run(ones))))
      assert.deepEqual(y?.data, Float32Array.of(3, 12, 21, 30, 3, 12, 21, 30))
  await Promise.all(backends.map(b => b.dispose()))
})
