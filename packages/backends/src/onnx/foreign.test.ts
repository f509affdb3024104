import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBinary } from '@bufbuild/protobuf'
import { add, input, mul, program } from '@vitrine/tensor'
import { ModelProtoSchema } from 'onnx-buf'
import { onnxFile } from './file.ts'
import { openForeignSession } from './node.ts'

test('a file is run by its own names, and values inside of it can be looked at', async () => {
  const x = input('x', [2])
  const { graph } = onnxFile(program({ y: add(mul(x, 2), x) }))
  const [doubled] = fromBinary(ModelProtoSchema, graph).graph?.node.find(({ opType }) => opType === 'Mul')?.output ?? []
  assert.ok(doubled)
  const session = await openForeignSession(graph)
  const given = { x: { shape: [2], data: Float32Array.of(1, -3) } }
  const { y } = await session.run(given)
  assert.deepEqual([...(y?.data ?? [])], [3, -9])
  const inside = await session.inside([doubled], given)
  assert.deepEqual([...(inside[doubled]?.data ?? [])], [2, -6])
  await session.dispose()
})

test('bytes that are no model are refused', async () => {
  await assert.rejects(openForeignSession(new Uint8Array(100)), {
    name: 'BackendError',
    message: /a model in memory: ONNX Runtime refuses it/,
  })
})
