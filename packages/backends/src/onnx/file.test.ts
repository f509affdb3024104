import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fromBinary } from '@bufbuild/protobuf'
import { add, gelu, type HostTensors, input, linear, mul, type Op, parameter, program, reshape } from '@vitrine/tensor'
import { ModelProtoSchema } from 'onnx-buf'
import type { InferenceSession } from 'onnxruntime-node'
import { attentionCases } from '../conformance/attention.ts'
import { actual, type Case, difference, expected, makeCase } from '../conformance/case.ts'
import { cases } from '../conformance/cases.ts'
import { BackendError, WeightError } from '../errors.ts'
import { openBackend } from '../open.ts'
import { hostWeights } from '../weights.ts'
import { type OnnxFile, type OnnxFileOptions, onnxFile } from './file.ts'
import { loadRuntime } from './runtime.ts'

const { InferenceSession: Session, Tensor } = await loadRuntime()

/** Feeds a session by the names of the file and reads its results by those of the program. */
async function runFile(session: InferenceSession, file: OnnxFile, inputs: HostTensors): Promise<HostTensors> {
  const feeds = Object.entries(inputs).map(([name, { shape, data }]) => {
    const tensor =
      data instanceof Int32Array
        ? new Tensor('int64', BigInt64Array.from(data, BigInt), shape)
        : new Tensor('float32', Float32Array.from(data), shape)
    return [file.inputs[name], tensor]
  })
  const results = await session.run(Object.fromEntries(feeds))
  await session.release()
  return Object.fromEntries(
    Object.entries(file.outputs).map(([name, value]) => {
      const { data, dims } = results[value] ?? assert.fail(`no output ${value}`)
      return [name, { shape: dims, data: Float32Array.from(data as Float32Array | BigInt64Array, Number) }]
    }),
  )
}

const SETTINGS = { graphOptimizationLevel: 'all', intraOpNumThreads: 1, logSeverityLevel: 3 } as const

async function numbersOfFile(given: Case, options?: OnnxFileOptions): Promise<HostTensors> {
  const file = onnxFile(given.program, hostWeights(given.weights), options)
  return runFile(await Session.create(file.graph, SETTINGS), file, given.inputs)
}

describe('ONNX Runtime reads a file in standard ops', () => {
  for (const [op, builds] of Object.entries(cases) as [Op, (typeof cases)[Op]][])
    test(op, async () => {
      for (const [label, build] of Object.entries(builds)) {
        const given = makeCase(build)
        const error = difference(await numbersOfFile(given), expected(given), 'absolute')
        assert.ok(error <= 1e-5, `${label}: ${error}`)
      }
    })
})

test('a fused file gives the very numbers of the backend', async () => {
  const backend = await openBackend('onnx:cpu', { threads: 1 })
  for (const [label, build] of Object.entries({ ...attentionCases, ...cases.gelu })) {
    const given = makeCase(build)
    const [fromFile, fromBackend] = [await numbersOfFile(given, { fused: true }), await actual(backend, given)]
    assert.equal(difference(fromFile, fromBackend, 'absolute'), 0, label)
  }
  await backend.dispose()
})

test('a file in double gives the numbers of float64', async () => {
  const given = makeCase(l => gelu(linear(l.float([2, 3]), l.weight([4, 3]))))
  assert.ok(difference(await numbersOfFile(given, { precision: 'double' }), expected(given), 'absolute') <= 1e-7)
})

const w = parameter('blocks.0.w', [4, 3])
const weights = hostWeights({
  'blocks.0.w': { shape: [4, 3], data: Float32Array.from({ length: 12 }, (_, i) => i) },
  b: { shape: [4], data: Float32Array.of(1, 2, 3, 4) },
})
const x = input('image', [2, 3])
const ones = { image: { shape: [2, 3], data: new Float32Array(6).fill(1) } }
const logits = add(linear(x, w), parameter('b', [4]))
const wanted = Float32Array.of(4, 14, 24, 34, 4, 14, 24, 34)

const graphOf = ({ graph }: OnnxFile) => fromBinary(ModelProtoSchema, graph)

test('inputs, outputs and weights keep their names', () => {
  const { graph } = graphOf(onnxFile(program({ logits }), weights))
  assert.deepEqual(
    graph?.input.map(({ name }) => name),
    ['image'],
  )
  assert.deepEqual(
    graph?.output.map(({ name }) => name),
    ['logits'],
  )
  const names = graph?.initializer.map(({ name }) => name) ?? []
  assert.ok(names.includes('blocks.0.w') && names.includes('b'), names.join())
})

test('names that meet are told apart', async () => {
  const inputs = Object.fromEntries(['v0', 'c0', 'x'].map(name => [name, { shape: [1], data: Float32Array.of(3) }]))
  const [v0, c0, same] = ['v0', 'c0', 'x'].map(name => input(name, [1]))
  const sum = add(mul(v0 ?? x, parameter('x', [1])), mul(c0 ?? x, 2))
  const given = { program: program({ x: same ?? x, v1: sum, again: sum, third: sum }), inputs, weights: {} }
  const own = { x: { shape: [1], data: Float32Array.of(5) } }
  assert.equal(
    difference(await numbersOfFile({ ...given, weights: own }), expected({ ...given, weights: own }), 'absolute'),
    0,
  )
})

test('a standard file names no ops but those of ONNX, a fused one those of ONNX Runtime', () => {
  const given = makeCase(attentionCases.attention ?? assert.fail())
  const file = (fused: boolean) => graphOf(onnxFile(given.program, hostWeights(given.weights), { fused }))
  assert.deepEqual(
    file(false).opsetImport.map(({ domain }) => domain),
    [''],
  )
  assert.ok(file(false).graph?.node.every(({ domain }) => domain === ''))
  assert.ok(file(true).graph?.node.some(({ domain }) => domain === 'com.microsoft'))
})

describe('weights in a file of their own', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-'))
  })
  after(() => rm(folder, { recursive: true }))

  test('are read from it', async () => {
    const outputs = { logits, flat: reshape(w, [12]) }
    const file = onnxFile(program(outputs), weights, { weightsFile: 'model.onnx.data' })
    await writeFile(join(folder, 'model.onnx'), file.graph)
    await writeFile(join(folder, 'model.onnx.data'), Buffer.concat(file.weights))
    const session = await Session.create(join(folder, 'model.onnx'), SETTINGS)
    const { logits: found, flat } = await runFile(session, file, ones)
    assert.deepEqual(found?.data, wanted)
    assert.deepEqual(flat?.data, weights.get('blocks.0.w').data)
  })

  test('lie there once, from whole pages on', () => {
    const file = onnxFile(program({ logits, flat: reshape(w, [12]) }), weights, { weightsFile: 'w' })
    assert.equal(
      file.weights.reduce((sum, { length }) => sum + length, 0),
      4096 + 16,
    )
  })

  test('are needed where the graph would be too large', () => {
    const huge = program({ y: parameter('huge', [2 ** 29 + 1]) })
    const none = { id: 'none', get: () => assert.fail('the weights were read') }
    assert.throws(
      () => onnxFile(huge, none),
      error => error instanceof BackendError && /weightsFile/.test(error.message),
    )
  })
})

test('a missing weight is told by name', () => {
  assert.throws(() => onnxFile(program({ logits })), { name: 'WeightError', parameter: /./ })
  assert.throws(() => onnxFile(program({ logits }), hostWeights({}), { weightsFile: 'w' }), WeightError)
})
