import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { openForeignSession } from '@vitrine/backends/onnx-node'
import { ModelProtoSchema, type NodeProto } from 'onnx-buf'
import { memoryBytes } from '../checkpoint/bytes.ts'
import { openOnnxFile } from './file.ts'
import { importGraph } from './graph.ts'
import { type Runners, selfCheck } from './self-check.ts'
import { evaluate, exportBytes } from './testing.ts'

/** A check of an export against another one, in which some nodes were changed. */
async function checkAgainst(change: (nodes: readonly NodeProto[]) => void, withInside = true): Promise<unknown> {
  const bytes = exportBytes('timm-vit', 'embedded')
  const file = await openOnnxFile(memoryBytes('model.onnx', bytes))
  const graph = await importGraph(file)
  const message = fromBinary(ModelProtoSchema, bytes)
  change(message.graph?.node ?? [])
  const session = await openForeignSession(toBinary(ModelProtoSchema, message))
  const runners: Runners = {
    file: image => session.run({ [graph.image.name]: image }),
    program: async ({ outputs }, inputs) => evaluate(file, outputs, inputs),
    ...(withInside && { inside: (image, names) => session.inside(names, { [graph.image.name]: image }) }),
  }
  try {
    return await selfCheck(file, graph, {}, runners)
  } finally {
    await session.dispose()
  }
}

test('an export agrees with its own file', async () => {
  const report = (await checkAgainst(() => {})) as { difference: number; maxBatch: null; scores: number[] }
  assert.ok(report.difference < 1e-6)
  assert.equal(report.maxBatch, null)
  assert.ok(report.scores.every(rest => rest < 1e-6))
})

const second = (nodes: readonly NodeProto[], type: string): NodeProto => {
  const found = nodes.filter(({ opType }) => opType === type)[1]
  assert.ok(found)
  return found
}

test('the op at fault is named, and not those that read what it gives', async () => {
  let name = ''
  const change = (nodes: readonly NodeProto[]): void => {
    const node = second(nodes, 'Erf')
    name = node.name
    node.opType = 'Tanh'
  }
  await assert.rejects(checkAgainst(change), (error: Error) => {
    assert.equal(error.name, 'ModelError')
    assert.ok(error.message.includes(`Erf "${name}" is read wrongly, please report it`), error.message)
    return true
  })
})

test('where nobody can look inside, the file is refused all the same', async () => {
  const change = (nodes: readonly NodeProto[]): void => {
    second(nodes, 'Erf').opType = 'Tanh'
  }
  await assert.rejects(checkAgainst(change, false), {
    name: 'ModelError',
    message: /an op of this file is read wrongly/,
  })
})
