import assert from 'node:assert/strict'
import { test } from 'node:test'
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, TensorProtoSchema } from 'onnx-buf'
import { blobBytes, memoryBytes } from '../checkpoint/bytes.ts'
import { readArray } from '../checkpoint/checkpoint.ts'
import { asArray, isTensor, readTensor } from './elements.ts'
import { openOnnxFile } from './file.ts'
import { type GivenGraph, onnxBytes, openGiven, tensorProto } from './testing.ts'

const graphWith = (tensors: GivenGraph['tensors']): GivenGraph => ({
  inputs: { x: [1, 3, 'h', 'w'] },
  outputs: ['y'],
  nodes: [
    {
      op: 'com.microsoft.FastGelu',
      inputs: ['x', ''],
      outputs: ['y'],
      name: 'gelu',
      attributes: { axis: -1, epsilon: { float: 1e-6 }, mode: 'same', pads: [1, -2] },
    },
  ],
  ...(tensors && { tensors }),
})

test('the structure of a file is what was written', async () => {
  const file = await openGiven(graphWith({ w: { shape: [2, 2], floats: [1, 2, 3, 4] } }))
  assert.equal(file.producer, 'test')
  assert.deepEqual(
    [...file.opsets],
    [
      ['', 20],
      ['com.microsoft', 1],
    ],
  )
  assert.deepEqual(file.inputs, [{ name: 'x', type: 1, shape: [1, 3, 'h', 'w'] }])
  assert.deepEqual(file.outputs, [{ name: 'y', type: 1, shape: undefined }])
  const [node] = file.nodes
  assert.deepEqual(
    [node?.op, node?.name, node?.inputs, node?.outputs],
    ['com.microsoft.FastGelu', 'gelu', ['x', ''], ['y']],
  )
})

test('an attribute is the number that its exporter was told, and not the nearest one of single precision', async () => {
  const file = await openGiven(graphWith({}))
  assert.deepEqual(Object.fromEntries(file.nodes[0]?.attributes ?? []), {
    axis: -1,
    epsilon: 1e-6,
    mode: 'same',
    pads: [1, -2],
  })
})

test('a tensor is a place in the file', async () => {
  const floats = Array.from({ length: 5000 }, (_, i) => i / 8)
  const bytes = onnxBytes(graphWith({ w: { shape: [50, 100], floats } }))
  const file = await openOnnxFile(memoryBytes('model.onnx', bytes))
  const tensor = file.tensors.get('w')
  assert.ok(tensor && 'bytes' in tensor.data)
  assert.equal(tensor.data.length, 20_000)
  // The bytes at that place are the numbers.
  assert.deepEqual([...new Float32Array(bytes.slice(tensor.data.offset, tensor.data.offset + 20_000).buffer)], floats)
  assert.deepEqual([...(await readTensor(tensor))], floats)
  assert.deepEqual([...(await readArray(asArray(tensor)))], floats)
})

test('a large tensor in a node stays in the file too, under the name of what the node makes', async () => {
  const floats = Array.from({ length: 5000 }, (_, i) => i / 8)
  const file = await openGiven({
    inputs: { x: [1, 3, 4, 4] },
    outputs: ['y'],
    nodes: [
      { op: 'Constant', inputs: [], outputs: ['c'], attributes: { value: { tensor: { shape: [5000], floats } } } },
      { op: 'Relu', inputs: ['x'], outputs: ['y'] },
    ],
  })
  const value = file.nodes[0]?.attributes.get('value')
  assert.ok(isTensor(value) && 'bytes' in value.data)
  assert.deepEqual([value.name, value.data.length], ['c', 20_000])
  assert.deepEqual([...(await readTensor(value))], floats)
})

/** Forms in which the same four numbers are stored. */
const FORMS: Readonly<Record<string, MessageInitShape<typeof TensorProtoSchema>>> = {
  'raw float32': { dataType: 1, rawData: new Uint8Array(Float32Array.of(0.5, -1, 2, 0).buffer) },
  'float32 one by one': { dataType: 1, floatData: [0.5, -1, 2, 0] },
  'raw float16': { dataType: 10, rawData: new Uint8Array(new Float16Array([0.5, -1, 2, 0]).buffer) },
  'float16 as bits of whole numbers': { dataType: 10, int32Data: [0x3800, 0xbc00, 0x4000, 0] },
  'bfloat16 as bits of whole numbers': { dataType: 16, int32Data: [0x3f00, 0xbf80, 0x4000, 0] },
  'raw bfloat16': { dataType: 16, rawData: new Uint8Array(Uint16Array.of(0x3f00, 0xbf80, 0x4000, 0).buffer) },
  'float64 one by one': { dataType: 11, doubleData: [0.5, -1, 2, 0] },
}

for (const [form, stored] of Object.entries(FORMS))
  test(`${form} is read as numbers, and as a weight`, async () => {
    const w = create(TensorProtoSchema, { name: 'w', dims: [2n, 2n], ...stored })
    const tensor = (await openGiven(graphWith({ w }))).tensors.get('w')
    assert.ok(tensor)
    assert.deepEqual([...(await readTensor(tensor))], [0.5, -1, 2, 0])
    assert.deepEqual([...(await readArray(asArray(tensor)))], [0.5, -1, 2, 0])
  })

test('whole numbers are read one by one and raw, negative ones too', async () => {
  const raw = tensorProto('raw', { shape: [3], ints: [-1, 2 ** 40, 7] })
  const listed = create(TensorProtoSchema, { name: 'listed', dims: [3n], dataType: 7, int64Data: [-1n, 2n ** 40n, 7n] })
  const small = create(TensorProtoSchema, { name: 'small', dims: [2n], dataType: 3, rawData: Uint8Array.of(255, 7) })
  const file = await openGiven(graphWith({ raw, listed, small }))
  const read = async (name: string) => {
    const tensor = file.tensors.get(name)
    assert.ok(tensor)
    return [...(await readTensor(tensor))]
  }
  assert.deepEqual(
    [await read('raw'), await read('listed'), await read('small')],
    [
      [-1, 2 ** 40, 7],
      [-1, 2 ** 40, 7],
      [-1, 7],
    ],
  )
})

test('weights beside the file lie where it says', async () => {
  const beside = memoryBytes('weights.bin', Float32Array.of(9, 9, 1, 2, 3, 4).buffer)
  const w = create(TensorProtoSchema, {
    name: 'w',
    dims: [2n, 2n],
    dataType: 1,
    dataLocation: 1,
    externalData: Object.entries({ location: 'data/weights.bin', offset: '8', length: '16' }).map(([key, value]) => ({
      key,
      value,
    })),
  })
  const asked: string[] = []
  const open = (name: string) => {
    asked.push(name)
    return beside
  }
  const file = await openOnnxFile(memoryBytes('model.onnx', onnxBytes(graphWith({ w }))), open)
  const tensor = file.tensors.get('w')
  assert.ok(tensor)
  assert.deepEqual([...(await readTensor(tensor))], [1, 2, 3, 4])
  assert.deepEqual(asked, ['data/weights.bin'])
  assert.deepEqual(
    file.sources.map(({ name }) => name),
    ['model.onnx', 'weights.bin'],
  )
  const shorter = memoryBytes('weights.bin', new Uint8Array(20))
  await assert.rejects(
    openOnnxFile(memoryBytes('model.onnx', onnxBytes(graphWith({ w }))), () => shorter),
    {
      name: 'ModelError',
      message: /model\.onnx: "w": data\/weights\.bin ends at byte 20, expected bytes 8 to 24/,
    },
  )
})

test('a file is read from a Blob as from memory', async () => {
  const bytes = onnxBytes(graphWith({ w: { shape: [2], floats: [1, 2] } }))
  const file = await openOnnxFile(blobBytes('model.onnx', new Blob([bytes])))
  assert.equal(file.nodes.length, 1)
})

test('fields that this reader does not know are passed over', async () => {
  const message = fromBinary(ModelProtoSchema, onnxBytes(graphWith({})))
  const bytes = Buffer.concat([Buffer.of(0xa0, 0x06, 0x05), toBinary(ModelProtoSchema, message)])
  assert.equal((await openOnnxFile(memoryBytes('model.onnx', bytes))).nodes.length, 1)
})
