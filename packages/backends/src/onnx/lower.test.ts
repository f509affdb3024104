import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBinary } from '@bufbuild/protobuf'
import {
  add,
  broadcast,
  gelu,
  grad,
  input,
  linear,
  matmul,
  parameter,
  program,
  type Tensor,
  topK,
  transpose,
} from '@vitrine/tensor'
import { ModelProtoSchema } from 'onnx-buf'
import { hostWeights } from '../weights.ts'
import { modelOf } from './model.ts'

const weights = hostWeights({
  w: { shape: [4, 3], data: new Float32Array(12) },
  b: { shape: [4], data: new Float32Array(4) },
})
const x = input('x', [2, 5, 3])
const w = parameter('w', [4, 3])
const b = parameter('b', [4])

const typesOf = (outputs: Record<string, Tensor>): string[] => {
  const { bytes } = modelOf(program(outputs), weights)
  return (fromBinary(ModelProtoSchema, bytes).graph?.node ?? []).map(node => node.opType)
}

test('a linear layer with its bias is one Gemm', () => {
  assert.deepEqual(typesOf({ y: gelu(add(linear(x, w), b)) }), ['Reshape', 'Gemm', 'Reshape', 'Gelu'])
})

test('a product that is an output keeps its bias apart', () => {
  const y = linear(x, w)
  assert.deepEqual(typesOf({ y, z: add(y, b) }), ['Reshape', 'Gemm', 'Reshape', 'Add'])
})

test('the gradient of a linear layer is a Gemm with the weight as it is stored', () => {
  const [dx] = grad(gelu(linear(x, w)), [x])
  assert.ok(dx)
  const types = typesOf({ dx })
  assert.equal(types.filter(type => type === 'Gemm').length, 2)
  assert.equal(types.includes('Transpose'), false)
})

test('a transposed weight is not copied', () => {
  assert.deepEqual(typesOf({ y: matmul(x, transpose(w, [1, 0])) }), ['Reshape', 'Gemm', 'Reshape'])
})

test('a product of two activations reads its operands transposed', () => {
  assert.deepEqual(typesOf({ y: matmul(x, x, false, true) }), ['FusedMatMul'])
})

test('what broadcasting repeats anyway is not repeated', () => {
  assert.deepEqual(typesOf({ y: add(broadcast(input('r', [1, 3]), [2, 5, 3]), x) }), ['Add'])
})

test('values and indices of the largest come from one search', () => {
  assert.deepEqual(typesOf({ ...topK(x, 2) }), ['TopK'])
})
