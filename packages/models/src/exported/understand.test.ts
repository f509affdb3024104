import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SyncBytes } from '../checkpoint/bytes.ts'
import type { OnnxFile } from '../onnx/index.ts'
import { openExport } from '../onnx/testing.ts'
import { understandExport } from './understand.ts'

const HALF = { mean: 'half' } as const

/** An export of timm's ViT whose output is called otherwise. */
async function called(name: string): Promise<OnnxFile<SyncBytes>> {
  const file = await openExport('timm-vit', 'ts17-dynamic-eager')
  const renamed = (outputs: readonly string[]) => outputs.map(own => (own === 'logits' ? name : own))
  return {
    ...file,
    outputs: file.outputs.map(output => ({ ...output, name })),
    nodes: file.nodes.map(node => ({ ...node, outputs: renamed(node.outputs) })),
  }
}

test('an output that is called as features are is taken for classes only where that is said', async () => {
  const graph = await called('pooler_output')
  await assert.rejects(understandExport({ graph, options: HALF }), {
    name: 'ModelError',
    message: /gives pooler_output \[batch, 7\], by its name features and no classes: say a head/,
  })
  const { transformer } = await understandExport({ graph, options: { ...HALF, output: 'pooler_output' } })
  assert.equal(transformer.classes, 7)
  const names = { value: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], from: 'names.txt' }
  assert.equal((await understandExport({ graph, classNames: names, options: HALF })).hasClassNames, true)
})

test('an output whose name says nothing is taken for classes with a caution', async () => {
  const { cautions } = await understandExport({ graph: await called('1234'), options: HALF })
  assert.match(cautions.join(), /the 7 numbers of 1234 are taken for scores of classes: .*\[output=1234\]/)
})

test('another number of classes than the graph gives is refused', async () => {
  const graph = await called('logits')
  await assert.rejects(understandExport({ graph, config: { num_classes: 1000 }, options: HALF }), {
    message: /config\.json: num_classes: expected 7 classes, as the graph gives, got 1000/,
  })
})

test('a configuration of an architecture that has no code here says what it says of pictures', async () => {
  const graph = await openExport('timm-swin', 'ts17-dynamic-eager')
  const pretrained = { input_size: [3, 32, 32], mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6], interpolation: 'bicubic' }
  const config = { architecture: 'swin_tiny_patch4_window7_224', num_classes: 7, pretrained_cfg: pretrained }
  const { transformer, fit, cautions } = await understandExport({ graph, config })
  assert.deepEqual(transformer.input.mean, [0.1, 0.2, 0.3])
  assert.deepEqual([fit.filter, fit.mode], ['bicubic', 'shortest-edge'])
  assert.deepEqual(cautions, [])
})

test('a graph that normalises pixels itself is not fed with normalised ones in silence', async () => {
  const graph = await openExport('timm-vit', 'normalising')
  const cautions = async (mean: 'half' | 'pixels') => (await understandExport({ graph, options: { mean } })).cautions
  assert.match((await cautions('half')).join(), /changes pixels before its first layer.*\[mean=pixels\]/)
  assert.deepEqual(await cautions('pixels'), [])
})
