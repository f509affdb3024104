import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  add,
  dim,
  grad,
  type HostTensors,
  input,
  isFixed,
  layerNorm,
  linear,
  matmul,
  mul,
  operandsOf,
  parameter,
  reshape,
  softmax,
  substitute,
  sum,
  type Tensor,
  topological,
  transpose,
  zeros,
} from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import type { BlockTrace, ExplainableModel } from '../explainable.ts'
import { largestDifference, relativeError } from '../testing.ts'
import { explainableModel } from './explainable-model.ts'
import { importGraph } from './graph.ts'
import { type Runners, selfCheck } from './self-check.ts'
import { structureOf } from './structure.ts'
import { dialectsOf, evaluate, expectedOf, exportedModels, openExport, openGiven, referenceImages } from './testing.ts'

// What fails silently where graphs are read: each of these gave finite, wrong maps without an error in a prototype.

const open = async (model: string, dialect: string) => {
  const file = await openExport(model, dialect)
  const graph = await importGraph(file, { size: { height: 32, width: 32 } })
  const settings = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], maxBatch: Number.POSITIVE_INFINITY } as const
  return { file, graph, ...explainableModel(graph, settings) }
}

const imageOf = (model: ExplainableModel, batch = 1): { image: Tensor; given: HostTensors } => {
  const image = input('image', model.imageShape(batch))
  return { image, given: { image: { shape: image.shape, data: referenceImages().subarray(0, batch * 3072) } } }
}

const lastOf = (blocks: readonly BlockTrace[]): BlockTrace => {
  const last = blocks.at(-1)
  assert.ok(last)
  return last
}

const CLASSIFIERS = exportedModels.filter(model => model !== 'hf-yolos')
const TRANSFORMERS = CLASSIFIERS.filter(model => !expectedOf(model)?.names.includes('features'))
const CHAINED = TRANSFORMERS.filter(model => !model.includes('swin'))

for (const model of CHAINED)
  test(`1: every tensor that ${model} traces gets a gradient that is not zero`, async () => {
    for (const dialect of dialectsOf(model).filter(name => !name.startsWith('refused'))) {
      const { file, model: imported } = await open(model, dialect)
      assert.equal(imported.can.chain, true)
      const { image, given } = imageOf(imported)
      const { logits, blocks } = imported.trace(image)
      const traced = Object.entries(lastOf(blocks)).filter(([name]) => name !== 'projectedValue')
      const gradients = grad(
        logits,
        traced.map(([, t]) => t),
      )
      const outputs = Object.fromEntries(traced.map(([name], i) => [name, gradients[i] ?? logits]))
      for (const [name, { data }] of Object.entries(evaluate(file, outputs, given)))
        assert.ok(
          data.some(x => Math.abs(x) > 1e-9),
          `${dialect}: ${name}`,
        )
    }
  })

for (const model of ['torchvision-vit', 'timm-vit'])
  for (const dialect of dialectsOf(model).filter(name => !name.startsWith('refused')))
    test(`2: a tensor of ${model} (${dialect}) that is put in place of another one is what the program goes on from`, async () => {
      const { file, model: imported } = await open(model, dialect)
      const { image, given } = imageOf(imported)
      const { logits, blocks } = imported.trace(image)
      const { context, attentionOutput, output } = lastOf(blocks)
      // Without what the heads read, the last block's attention adds its bias alone: the same for each token.
      const [without, added] = substitute([logits, attentionOutput], new Map([[context, zeros(context.shape)]])) as [
        Tensor,
        Tensor,
      ]
      const found = evaluate(file, { logits, without, added, output }, given)
      assert.ok(largestDifference(found.logits?.data ?? [], found.without?.data ?? []) > 1e-3)
      const rows = found.added?.data ?? []
      const width = dim(added.shape, -1)
      assert.ok(rows.every((x, i) => Math.abs(x - (rows[i % width] ?? 0)) < 1e-12))
    })

test('3: an image that is the same at every run has its blocks, and the logits of that image', async () => {
  const { file, model } = await open('hf-vit', 'ts17-dynamic-eager')
  const black = model.trace(zeros(model.imageShape(1)))
  assert.equal(black.blocks.length, 2)
  const { image } = imageOf(model)
  const { logits } = model.trace(image)
  const { expected } = evaluate(
    file,
    { expected: logits },
    { image: { shape: image.shape, data: new Float32Array(3072) } },
  )
  const { found } = evaluate(file, { found: black.logits }, {})
  assert.ok(relativeError(found?.data ?? [], expected?.data ?? []) < 1e-12)
})

/** What a graph computes of one image for ONNX Runtime, and for a program. */
const runnersOf = (
  file: Parameters<typeof evaluate>[0],
  graph: Awaited<ReturnType<typeof importGraph>>,
  change: (batch: number) => number,
): Runners => ({
  async file(image) {
    const { outputs, placeholder } = graph.build(1)
    return evaluate(file, Object.fromEntries(outputs), { image: { ...image, shape: placeholder.shape } })
  },
  async program({ outputs }, inputs) {
    const [batch = 1] = inputs.image?.shape ?? []
    const found = evaluate(file, outputs, inputs)
    return Object.fromEntries(
      Object.entries(found).map(([name, value]) => [
        name,
        { ...value, data: Float64Array.from(value.data, x => x * change(batch)) },
      ]),
    )
  },
})

test('4: a file whose batch gives something else than its images one by one is run with one image', async () => {
  const { file, graph } = await open('timm-vit', 'ts17-static-sdpa')
  assert.equal(
    (
      await selfCheck(
        file,
        graph,
        {},
        runnersOf(file, graph, () => 1),
      )
    ).maxBatch,
    null,
  )
  assert.equal(
    (
      await selfCheck(
        file,
        graph,
        {},
        runnersOf(file, graph, batch => (batch === 2 ? 1.01 : 1)),
      )
    ).maxBatch,
    1,
  )
})

test('4: a batch that cannot be followed through the shapes of a file is run with one image', async () => {
  // Pixels of all channels in one column: the images of a batch lie between channels and pixels.
  const file = await openGiven({
    inputs: { x: [1, 3, 4, 4] },
    outputs: ['logits'],
    nodes: [
      { op: 'Transpose', inputs: ['x'], outputs: ['t'], attributes: { perm: [1, 0, 2, 3] } },
      { op: 'Reshape', inputs: ['t', 'view'], outputs: ['v'] },
      { op: 'ReduceMean', inputs: ['v', 'axis'], outputs: ['logits'] },
    ],
    tensors: { view: { shape: [2], ints: [6, 8] }, axis: { shape: [1], ints: [0] } },
  })
  const graph = await importGraph(file)
  const together = () => graph.build(2).outputs.get('logits')?.shape
  assert.ok(throwsModelError(together) || together()?.[0] !== 2)
})

function throwsModelError(act: () => unknown): boolean {
  try {
    act()
    return false
  } catch (error) {
    return error instanceof ModelError
  }
}

test('4: a file that does not agree with ONNX Runtime is refused', async () => {
  const { file, graph } = await open('timm-vit', 'ts17-static-sdpa')
  await assert.rejects(
    selfCheck(
      file,
      graph,
      {},
      runnersOf(file, graph, () => 1.001),
    ),
    {
      name: 'ModelError',
      message: /agrees with ONNX Runtime on its own file to 1e-3 only, expected 0\.0001/,
    },
  )
})

/** A Vision Transformer of two blocks on 16 tokens, written with tensors. In its second block, `keys` tokens are attended to. */
function smallGraph(keys: number) {
  const placeholder = input('image', [1, 3, 8, 8])
  const weight = (name: string, rows: number, columns: number) => parameter(name, [rows, columns])
  const pixels = reshape(transpose(reshape(placeholder, [1, 3, 4, 2, 4, 2]), [0, 2, 4, 1, 3, 5]), [1, 16, 12])
  const patches = linear(pixels, weight('patch', 6, 12))
  const block = (x: Tensor, name: string, count: number): Tensor => {
    const normed = layerNorm(x, parameter(`${name} scale`, [6]), parameter(`${name} bias`, [6]), 1e-6)
    const heads = (part: string) =>
      transpose(reshape(linear(normed, weight(`${name} ${part}`, 6, 6)), [1, 16, 2, 3]), [0, 2, 1, 3])
    const fewer = (t: Tensor) => (count === 16 ? t : matmul(weight(`${name} mix`, count, 16), t))
    const [query, key, value] = [heads('q'), fewer(heads('k')), fewer(heads('v'))]
    const attention = softmax(mul(matmul(query, key, false, true), 3 ** -0.5))
    const context = reshape(transpose(matmul(attention, value), [0, 2, 1, 3]), [1, 16, 6])
    return add(x, linear(context, weight(`${name} out`, 6, 6)))
  }
  const tokens = block(block(patches, 'first', 16), 'second', keys)
  const logits = linear(reshape(mul(sum(tokens, [1]), 1 / 16), [1, 6]), weight('head', 5, 6))
  const embedding = {
    image: placeholder,
    pixels,
    weight: weight('patch', 6, 12),
    patches,
    grid: { rows: 4, columns: 4 },
  }
  return structureOf(
    { placeholder, outputs: new Map([['logits', logits]]), values: new Map(), patches: [embedding] },
    1,
    {},
  )
}

test('5: half a model that is recognised is no chain', () => {
  const whole = smallGraph(16)
  assert.equal(whole.can.chain, true)
  assert.equal(whole.can['global-attention'], true)
  const { can, blocks } = smallGraph(9)
  assert.equal(blocks.length, 1)
  assert.equal(can.chain, '1 of 2 blocks were recognised (attention [1, 2, 16, 9]: 16 queries of 9 keys)')
  assert.equal(can['global-attention'], can.chain)
})

test('6: attention within windows is told from attention over all tokens', async () => {
  const { model } = await open('timm-swin', 'ts17-dynamic-eager')
  assert.equal(model.can['global-attention'], 'blocks 0 to 1 attend within windows of 16 tokens')
  assert.equal(model.can.tokens, 'its blocks have 64, 16 tokens')
  assert.equal(model.can.activations, true)
  assert.notEqual(model.can.chain, true)
})

for (const model of CHAINED)
  test(`7: scores of ${model} are products of queries and keys over the root of their size, and something fixed`, async () => {
    for (const dialect of dialectsOf(model).filter(name => !name.startsWith('refused'))) {
      const { file, model: imported } = await open(model, dialect)
      const { image, given } = imageOf(imported, 2)
      const { scores, query, key } = lastOf(imported.trace(image).blocks)
      const product = mul(matmul(query, key, false, true), dim(query.shape, -1) ** -0.5)
      const found = evaluate(file, { scores, product }, given)
      const rest = Array.from(found.scores?.data ?? [], (x, i) => x - (found.product?.data[i] ?? 0))
      const [first, second] = [rest.slice(0, rest.length / 2), rest.slice(rest.length / 2)]
      // Half precision rounds the root itself.
      const tolerance = dialect === 'float16' ? 2e-3 : 1e-6
      assert.ok(largestDifference(first, second) < tolerance, `${dialect}: ${largestDifference(first, second)}`)
    }
  })

test('8: constants that half precision rounds are recognised', async () => {
  const { model } = await open('timm-vit', 'float16')
  const ops = topological([model.trace(input('image', model.imageShape(1))).logits]).map(({ op }) => op)
  assert.equal(ops.filter(op => op === 'gelu').length, 2)
  assert.ok(!ops.includes('erf'))
})

test('9: whatever an exporter writes first, biases stand second and weights are [out, in] behind what they multiply', async () => {
  for (const model of CLASSIFIERS)
    for (const dialect of dialectsOf(model).filter(name => !name.startsWith('refused'))) {
      const { model: imported } = await open(model, dialect)
      for (const node of topological([imported.trace(input('image', imported.imageShape(1))).logits])) {
        if (node.op !== 'add' && node.op !== 'mul' && node.op !== 'matmul') continue
        const [a, b] = operandsOf(node)
        assert.ok(isFixed(node) || !isFixed(a) || model.includes('siglip'), `${model} ${dialect}: ${node.op}`)
        if (node.op === 'matmul' && isFixed(b) && !isFixed(a)) assert.ok(node.params.transposeB, `${model} ${dialect}`)
      }
    }
})

test('11: what a query of the head attends to is told, and is no block', async () => {
  for (const model of ['timm-siglip', 'hf-siglip']) {
    const { model: imported, structure } = await open(model, 'dynamo18-static-sdpa')
    assert.equal(imported.pooling, 'attention')
    assert.equal(structure.blocks.length, 2)
    assert.deepEqual(imported.trace(input('image', imported.imageShape(2))).pooled?.shape, [2, 3, 1, 16])
  }
})

test('12: what a gate is made of is told as what its activation reads', async () => {
  const { model, structure } = await open('timm-eva02', 'ts17-dynamic-eager')
  const { hidden } = lastOf(model.trace(input('image', model.imageShape(1))).blocks)
  assert.equal(structure.blocks[0]?.activation, 'x sigmoid(x)')
  // Of SwiGLU's two layers only one goes through the activation: timm makes both 2/3 of four times as wide.
  assert.deepEqual(hidden.shape, [1, 17, 64])
})

test('12: a model of one image at a time says so', async () => {
  const file = await openExport('timm-vit', 'ts17-static-sdpa')
  const { model } = explainableModel(await importGraph(file), { mean: [0, 0, 0], std: [1, 1, 1], maxBatch: 1 })
  assert.equal(model.maxBatch, 1)
  assert.throws(() => model.trace(input('image', model.imageShape(2))), {
    name: 'ModelError',
    message: /takes one image at a time, got 2/,
  })
})

test('5: tokens behind the patches, as a detector has them, are not taken for patches', async () => {
  const graph = await importGraph(await openExport('hf-yolos', 'dynamo18-dynamic-eager'))
  const settings = { mean: [0, 0, 0], std: [1, 1, 1], maxBatch: 1 } as const
  assert.throws(
    () => explainableModel(graph, settings),
    /gives logits \[1, 5, 8\] and no classes; .* to explain an element of an output, \[output=NAME\] or \[output=NAME,index=…\]/,
  )
  const { model } = explainableModel(graph, { ...settings, output: 'logits' })
  // A class of each of five boxes.
  assert.equal(model.classes, 40)
  for (const capability of ['activations', 'tokens', 'chain', 'global-attention'] as const)
    assert.equal(model.can[capability], 'its last tokens are not those of the patches')
})

test('an element of an output is explained by its place: logits of a box, or one of them against nothing', async () => {
  const file = await openExport('hf-yolos', 'dynamo18-dynamic-eager')
  const graph = await importGraph(file)
  const open = (index: readonly number[]) =>
    explainableModel(graph, { mean: [0, 0, 0], std: [1, 1, 1], maxBatch: 2, output: 'logits', index }).model
  const whole = explainableModel(graph, { mean: [0, 0, 0], std: [1, 1, 1], maxBatch: 2, output: 'logits' }).model
  const [box, single] = [open([3]), open([3, 5])]
  assert.deepEqual(
    [whole, box, single].map(model => model.classes),
    [40, 8, 2],
  )
  const { image, given } = imageOf(whole, 2)
  const of = (model: ExplainableModel) => model.trace(image)
  const found = evaluate(
    file,
    { all: of(whole).logits, box: of(box).logits, single: of(single).logits, p: of(single).probabilities },
    given,
  )
  const [all, ofBox, ofSingle, p] = ['all', 'box', 'single', 'p'].map(name => Array.from(found[name]?.data ?? [])) as [
    number[],
    number[],
    number[],
    number[],
  ]
  assert.deepEqual(ofBox, [...all.slice(24, 32), ...all.slice(64, 72)])
  assert.deepEqual(ofSingle, [all[29], 0, all[69], 0])
  // A softmax over a logit and 0 is a sigmoid.
  assert.ok(Math.abs((p[0] ?? 0) - 1 / (1 + Math.exp(-(all[29] ?? 0)))) < 1e-12)
  assert.throws(() => open([5]), /index=5: expected at most 2 numbers below 5\/8, for logits \[1, 5, 8\]/)
  assert.throws(() => open([0, 0, 0]), /index=0\/0\/0: expected at most 2 numbers/)
})
