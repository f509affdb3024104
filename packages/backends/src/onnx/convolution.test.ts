import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBinary } from '@bufbuild/protobuf'
import {
  add,
  grad,
  input,
  matmul,
  pad,
  parameter,
  program,
  relu,
  reshape,
  type Tensor,
  transpose,
  unfold,
} from '@vitrine/tensor'
import { ModelProtoSchema } from 'onnx-buf'
import type { Precision } from '../backend.ts'
import { openBackend } from '../open.ts'
import { hostWeights } from '../weights.ts'
import { modelOf } from './model.ts'

const weights = hostWeights({
  w: { shape: [4, 18], data: Float32Array.from({ length: 72 }, (_, i) => Math.sin(i)) },
  b: { shape: [4], data: Float32Array.of(1, -2, 0.5, 3) },
  d: { shape: [2, 1, 9], data: Float32Array.from({ length: 18 }, (_, i) => Math.cos(i)) },
})
const x = input('x', [1, 2, 6, 6])
const windows = { kernel: [3, 3], strides: [2, 2], dilations: [1, 1] } as const

const nodesOf = (outputs: Record<string, Tensor>, precision: Precision = 'single') => {
  const { bytes } = modelOf(program(outputs), weights, { precision })
  return fromBinary(ModelProtoSchema, bytes).graph?.node ?? []
}
const typesOf = (y: Tensor, precision?: Precision): string[] => nodesOf({ y }, precision).map(node => node.opType)

const rows = unfold(pad(x, [0, 0, 1, 1], [0, 0, 1, 1]), windows)
const y = add(matmul(rows, parameter('w', [4, 18]), false, true), parameter('b', [4]))

test('what windows see times a weight is a convolution, with its padding and its bias', () => {
  assert.deepEqual(typesOf(y), ['Conv', 'Reshape', 'Transpose'])
  const attributes = Object.fromEntries(
    (nodesOf({ y })[0]?.attribute ?? []).map(({ name, ints, i }) => [
      name,
      ints.length > 0 ? ints.map(Number) : Number(i),
    ]),
  )
  assert.deepEqual(attributes, {
    kernel_shape: [3, 3],
    strides: [2, 2],
    dilations: [1, 1],
    group: 1,
    pads: [1, 1, 1, 1],
  })
})

test('in double, which convolutions are not made for, pixels are gathered', () =>
  assert.ok(typesOf(y, 'double').includes('Gather') && !typesOf(y, 'double').includes('Conv')))

test('a convolution of each channel needs no transposition', () => {
  const apart = matmul(unfold(reshape(x, [1, 2, 1, 6, 6]), windows), parameter('d', [2, 1, 9]), false, true)
  assert.deepEqual(new Set(typesOf(reshape(apart, [1, 2, 2, 2]))), new Set(['Conv', 'Reshape']))
})

test('the derivative of a convolution is a transposed one', () => {
  const [dx = x] = grad(y, [x])
  assert.ok(typesOf(dx).includes('ConvTranspose'))
  assert.ok(!typesOf(dx).includes('Gather'))
})

const SECOND = [3.4291, 1.9213, 0.4041, -1.1658]
const GRADIENT = [0.424, 0.9652, -0.1659, 0.9247, -0.6032, -1.1065, -0.2937, -0.7447, 0.9509, -0.4978, 1.5497, 3.251]

// Two layers of torch.nn.functional.conv2d by the weights above, sum and gradient of the sum by x = arange(72).reshape(1, 2, 6, 6) / 10.
test('two layers and their gradient are those of torch', async () => {
  const image = (t: Tensor): Tensor => reshape(transpose(t, [0, 2, 1]), [1, 4, 3, 3])
  const second = matmul(
    unfold(reshape(image(relu(y)), [1, 2, 2, 3, 3]), { ...windows, strides: [1, 1] }),
    reshape(parameter('w', [4, 18]), [2, 2, 18]),
    false,
    true,
  )
  const [dx = x] = grad(second, [x])
  const backend = await openBackend('onnx:cpu', { threads: 1 })
  const executable = await backend.compile(program({ second, dx }), weights)
  const found = await executable.run({
    x: { shape: [1, 2, 6, 6], data: Float32Array.from({ length: 72 }, (_, i) => i / 10) },
  })
  await executable.dispose()
  await backend.dispose()
  const close = (actual: ArrayLike<number> | undefined, expected: readonly number[]) =>
    expected.forEach((value, i) => {
      assert.ok(
        Math.abs((actual?.[i] ?? Number.NaN) - value) < 1e-4 * (1 + Math.abs(value)),
        `${i}: ${actual?.[i]}, expected ${value}`,
      )
    })
  close(found.second?.data, SECOND)
  close(found.dx?.data.slice(0, 12), GRADIENT)
})
