import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBinary } from '@bufbuild/protobuf'
import {
  add,
  broadcast,
  constant,
  erf,
  gelu,
  grad,
  input,
  linear,
  matmul,
  mul,
  neg,
  parameter,
  program,
  reshape,
  sliceAxis,
  softmax,
  sub,
  sum,
  type Tensor,
  tanh,
  topK,
  transpose,
} from '@vitrine/tensor'
import { ModelProtoSchema } from 'onnx-buf'
import { PrecisionError } from '../errors.ts'
import { openBackend } from '../open.ts'
import { hostWeights } from '../weights.ts'
import { type OnnxEngine, providerOf } from './engines.ts'
import { modelOf } from './model.ts'

const weights = hostWeights({
  w: { shape: [4, 3], data: new Float32Array(12) },
  b: { shape: [4], data: new Float32Array(4) },
})
const x = input('x', [2, 5, 3])
const w = parameter('w', [4, 3])
const b = parameter('b', [4])

const typesOf = (outputs: Record<string, Tensor>, engine: OnnxEngine = 'cpu'): string[] => {
  const { bytes } = modelOf(program(outputs), weights, { fuses: providerOf(engine).fuses })
  return (fromBinary(ModelProtoSchema, bytes).graph?.node ?? []).map(node => node.opType)
}

test('a linear layer with its bias is one Gemm', () => {
  assert.deepEqual(typesOf({ y: tanh(add(linear(x, w), b)) }), ['Reshape', 'Gemm', 'Reshape', 'Tanh'])
})

test('the bias before a GELU is added by the GELU, where nothing else reads the sum', () => {
  const hidden = add(linear(x, w), b)
  assert.deepEqual(typesOf({ y: gelu(hidden) }), ['Reshape', 'Gemm', 'Reshape', 'BiasGelu'])
  assert.deepEqual(typesOf({ y: gelu(hidden), hidden }), ['Reshape', 'Gemm', 'Reshape', 'Gelu'])
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

const split = (name: string, tokens = 5): Tensor => transpose(input(name, [2, tokens, 3, 4]), [0, 2, 1, 3])
const [query, key, value] = [split('query'), split('key'), split('value')]
const scores = mul(matmul(query, key, false, true), 0.5)
const attention = softmax(scores)
const context = transpose(matmul(attention, value), [0, 2, 1, 3])
const FUSED = ['Reshape', 'Reshape', 'Reshape', 'MultiHeadAttention', 'Reshape']

test('attention is one node, with as many queries as are read', () => {
  assert.deepEqual(typesOf({ context }), FUSED)
  assert.deepEqual(typesOf({ y: tanh(sliceAxis(context, 1, 0, 1)) }), ['Slice', ...FUSED, 'Tanh'])
})

test('attention between heads side by side goes without a transposition', () => {
  const heads = (i: number) => transpose(reshape(sliceAxis(qkv, 2, 12 * i, 12 * i + 12), [2, 5, 3, 4]), [0, 2, 1, 3])
  const qkv = input('qkv', [2, 5, 36])
  const read = matmul(softmax(matmul(heads(0), heads(1), false, true)), heads(2))
  const types = typesOf({ y: tanh(reshape(transpose(read, [0, 2, 1, 3]), [2, 5, 12])) })
  assert.ok(types.includes('MultiHeadAttention'))
  assert.ok(!types.includes('Transpose'))
})

const read: Readonly<Record<string, Record<string, Tensor>>> = {
  scores: { scores },
  'products of queries and keys': { products: neg(matmul(query, key, false, true)) },
  'attention weights': { received: sum(attention, [2]) },
  'what the heads read': { heads: matmul(attention, value) },
  'a gradient': { gradient: grad(context, [query])[0] ?? context },
}
for (const [what, outputs] of Object.entries(read))
  test(`attention stays in parts where ${what} is read`, () => {
    const types = typesOf({ context, ...outputs })
    assert.ok(types.includes('Softmax'))
    assert.ok(!types.includes('MultiHeadAttention'))
  })

test('engines without such kernels get attention and GELU in parts', () => {
  const types = typesOf({ context, y: gelu(add(linear(x, w), b)) }, 'webgpu')
  assert.ok(types.includes('Softmax') && types.includes('Gelu'))
})

test('erf in double is right to 15 digits', async () => {
  const backend = await openBackend('onnx:cpu', { threads: 1, precision: 'double' })
  const values = {
    0.25: 0.2763263901682369,
    0.5: 0.5204998778130465,
    0.7: 0.6778011938374184,
    1: 0.8427007929497149,
    2: 0.9953222650189527,
  }
  const xs = Object.keys(values).map(Number)
  // The difference is taken in double and scaled up, because results are returned as float32.
  const error = sub(erf(constant(xs)), constant(Object.values(values)))
  const executable = await backend.compile(program({ error: mul(error, 1e15) }))
  const { error: found } = await executable.run({})
  for (const [i, units] of [...(found?.data ?? assert.fail())].entries())
    assert.ok(Math.abs(units) <= 1, `erf(${xs[i]}) is off by ${units}e-15`)
  await backend.dispose()
})

test('an engine of single precision says that it has no other', async () => {
  await assert.rejects(openBackend('tfjs:cpu', { precision: 'double' }), PrecisionError)
})
