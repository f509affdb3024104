import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grad, type HostTensor, sliceAxis, type Tensor, transpose } from '@vitrine/tensor'
import { relativeError } from '../../testing.ts'
import { explainableModel } from '../explainable-model.ts'
import { importGraph } from '../graph.ts'
import { dialectsOf, evaluate, expectedOf, openExport, referenceImages } from '../testing.ts'

/** What is known of a model besides its numbers. */
export interface Known {
  readonly prefixTokens: readonly string[]
  readonly pooling: string
  readonly activation: string
  readonly blocks?: number
}

/** Exports whose weights are rounded: difference of the logits over their peak. */
const ROUNDED: Readonly<Record<string, number>> = { float16: 2e-3, bfloat16: 2e-2 }

/** What an export takes for the images of the references: one normalises pixels from 0 to 255 itself. */
const asGiven = (dialect: string, images: Float32Array): Float32Array =>
  dialect === 'normalising' ? images.map(x => (x * 0.5 + 0.5) * 255) : images

/** Holds every export of a model against torch: logits, the gradient of logit 3 by the image, attention of each block; alone and together. */
export function testExports(model: string, { prefixTokens, pooling, activation, blocks = 2 }: Known): void {
  for (const dialect of dialectsOf(model).filter(name => !name.startsWith('refused')))
    test(`${model}, exported as ${dialect}, is what torch computes`, async () => {
      const file = await openExport(model, dialect)
      const graph = await importGraph(file, { size: { height: 32, width: 32 } })
      const { model: imported, structure } = explainableModel(graph, {
        mean: [0.5, 0.5, 0.5],
        std: [0.5, 0.5, 0.5],
        maxBatch: Number.POSITIVE_INFINITY,
      })
      const found = {
        grid: imported.grid,
        prefixTokens: imported.prefixTokens,
        pooling: imported.pooling,
        activations: structure.blocks.map(block => block.activation),
        doubts: structure.doubts,
      }
      assert.deepEqual(found, {
        grid: { rows: 4, columns: 4 },
        prefixTokens,
        pooling,
        activations: Array.from({ length: blocks }, () => activation),
        doubts: [],
      })
      const expected = expectedOf(model)
      assert.ok(expected)
      const tolerance = ROUNDED[dialect] ?? 2e-5
      const images = asGiven(dialect, referenceImages())
      for (const batch of [1, 2]) {
        const { placeholder, trace } = structureOf(imported, graph, batch)
        const outputs: Record<string, Tensor> = { logits: trace.logits }
        if (batch === 2) {
          // The derivative by what normalises itself is another one.
          if (dialect !== 'normalising') outputs.gradient = gradientOf(trace.logits, placeholder)
          for (const [i, block] of trace.blocks.entries()) outputs[`attention.${i}`] = block.attention
        }
        const given = { image: { shape: placeholder.shape, data: images.subarray(0, batch * 3 * 32 * 32) } }
        for (const [name, value] of Object.entries(evaluate(file, outputs, given)))
          if (expected.names.includes(name)) isClose(name, value, expected.read(name), batch, tolerance)
      }
    })
}

const structureOf = (
  imported: ReturnType<typeof explainableModel>['model'],
  graph: Awaited<ReturnType<typeof importGraph>>,
  batch: number,
) => {
  const { placeholder } = graph.build(batch)
  return { placeholder, trace: imported.trace(placeholder) }
}

function gradientOf(logits: Tensor, image: Tensor): Tensor {
  const [gradient] = grad(sliceAxis(logits, 1, 3, 4), [image])
  assert.ok(gradient)
  return gradient
}

function isClose(name: string, { data }: HostTensor, expected: Float32Array, batch: number, tolerance: number): void {
  const error = relativeError(data, expected.subarray(0, (expected.length * batch) / 2))
  assert.ok(error <= tolerance, `${name} of ${batch}: ${error}`)
}

/**
 * Holds every export of a network with convolutions against torch: logits, its last feature map and the gradients of logit 3 by the image and
 * by that map; alone and together.
 *
 * @param known how many blocks with attention are recognised in it
 */
export function testFeatureMaps(model: string, known: { readonly blocks: number }): void {
  for (const dialect of dialectsOf(model))
    test(`${model}, exported as ${dialect}, has the feature map of torch`, async () => {
      const file = await openExport(model, dialect)
      const graph = await importGraph(file)
      const { model: imported, structure } = explainableModel(graph, {
        mean: [0.5, 0.5, 0.5],
        std: [0.5, 0.5, 0.5],
        maxBatch: Number.POSITIVE_INFINITY,
      })
      const { grid, prefix, pooling, can } = imported
      assert.deepEqual(
        { grid, prefix, pooling, blocks: structure.blocks.length, activations: can.activations },
        { grid: { rows: 4, columns: 4 }, prefix: 0, pooling: 'patch-mean', blocks: known.blocks, activations: true },
      )
      for (const need of ['tokens', 'chain', 'global-attention', 'token-head', 'token-halves'] as const)
        assert.equal(typeof can[need], 'string', need)
      const expected = expectedOf(model)
      assert.ok(expected)
      for (const batch of [1, 2]) {
        const { placeholder, trace } = structureOf(imported, graph, batch)
        assert.ok(trace.featureMap)
        const channelsFirst = (t: Tensor) => transpose(t, [0, 2, 1])
        const outputs = {
          logits: trace.logits,
          gradient: gradientOf(trace.logits, placeholder),
          features: channelsFirst(trace.featureMap),
          'features gradient': channelsFirst(gradientOf(trace.logits, trace.featureMap)),
        }
        const given = { image: { shape: placeholder.shape, data: referenceImages().subarray(0, batch * 3 * 32 * 32) } }
        for (const [name, value] of Object.entries(evaluate(file, outputs, given)))
          isClose(name, value, expected.read(name), batch, 2e-5)
      }
    })
}
