import assert from 'node:assert/strict'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Weights } from '@vitrine/tensor'
import { add, input, linear, matmul, parameter, program, reshape } from '@vitrine/tensor'
import { WeightError } from '../errors.ts'
import { openBackend } from '../open.ts'

// The file: 8 other bytes, then a matrix [2, 3] and a bias [2].
const MATRIX = [1, 2, 3, 4, 5, 6]
const BIAS = [10, 20]

describe('weights in a file', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-'))
    const numbers = Float32Array.of(-1, -1, ...MATRIX, ...BIAS)
    await writeFile(join(folder, 'model.safetensors'), new Uint8Array(numbers.buffer))
    await symlink(join(folder, 'model.safetensors'), join(folder, 'link.safetensors'))
  })
  after(() => rm(folder, { recursive: true }))

  const weightsAt = (file: string, length = 24): Weights => ({
    id: file,
    get(name) {
      throw new Error(`"${name}" was read instead of mapped`)
    },
    location: name => ({
      path: join(folder, file),
      ...(name === 'matrix' ? { offset: 8, length } : { offset: 32, length: 8 }),
    }),
  })
  const x = input('x', [1, 3])
  const matrix = parameter('matrix', [2, 3])
  const ones = { x: { shape: [1, 3], data: Float32Array.of(1, 1, 1) } }

  for (const file of ['model.safetensors', 'link.safetensors'])
    for (const pack of [true, false])
      test(`${file} is mapped, ${pack ? 'packed' : 'not packed'}`, async () => {
        const backend = await openBackend('onnx:cpu', { threads: 1, pack })
        const y = add(linear(x, matrix), parameter('bias', [2]))
        const executable = await backend.compile(program({ y, back: matmul(y, matrix) }), weightsAt(file))
        const { y: result, back } = await executable.run(ones)
        assert.deepEqual(result?.data, Float32Array.of(16, 35))
        assert.deepEqual(back?.data, Float32Array.of(16 + 4 * 35, 2 * 16 + 5 * 35, 3 * 16 + 6 * 35))
        await backend.dispose()
      })

  test('a weight under another shape is the same bytes', async () => {
    const backend = await openBackend('onnx:cpu', { threads: 1 })
    const y = matmul(x, reshape(matrix, [3, 2]))
    const executable = await backend.compile(program({ y }), weightsAt('model.safetensors'))
    assert.deepEqual((await executable.run(ones)).y?.data, Float32Array.of(1 + 3 + 5, 2 + 4 + 6))
    await backend.dispose()
  })

  test('a range of another size is refused', async () => {
    const backend = await openBackend('onnx:cpu', { threads: 1 })
    const short = weightsAt('model.safetensors', 20)
    await assert.rejects(backend.compile(program({ y: linear(x, matrix) }), short), WeightError)
    await backend.dispose()
  })
})
