import assert from 'node:assert/strict'
import { test } from 'node:test'
import { input, mul, program, sigmoid } from '@vitrine/tensor'
import { conformance } from '../conformance/index.ts'
import { openBackend } from '../open.ts'

conformance('onnx:cpu', () => openBackend('onnx:cpu', { threads: 2 }))
// The only error left is the rounding of results to float32, 6e-8.
conformance('onnx:cpu in double', () => openBackend('onnx:cpu', { threads: 2, precision: 'double' }), {
  tolerance: 1e-7,
  programs: 100,
})

test('SiLU and QuickGELU are computed in double, and not by an operator for float32', async () => {
  const backend = await openBackend('onnx:cpu', { threads: 1, precision: 'double' })
  const [x, numbers] = [input('x', [3]), [-2, 0.5, 3]]
  for (const slope of [1, 1.702]) {
    const executable = await backend.compile(program({ y: mul(x, sigmoid(mul(x, slope))) }))
    const { y } = await executable.run({ x: { shape: [3], data: Float32Array.from(numbers) } })
    assert.deepEqual(
      [...(y?.data ?? [])],
      numbers.map(n => Math.fround(n / (1 + Math.exp(-slope * n)))),
    )
  }
  await backend.dispose()
})
