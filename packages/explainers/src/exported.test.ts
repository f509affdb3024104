import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EXPORTED_CHECKPOINTS, exportedReference, type RunnableModel } from '@vitrine/models/testing'
import { explainWith } from './conformance/explain.ts'
import type { RandomModel } from './conformance/models.ts'
import { explainers, resolveOptions, UnsupportedError } from './index.ts'

// Every method on a model that torch exported, against the same model read from its checkpoint, in float64. Exporters write weights in float32,
// and factors such as 1 / sqrt(size) too; methods of poor conditioning divide by numbers near zero, which makes ten times as much of that.
const TOLERANCE = { good: 1e-5, poor: 1e-4 }

/** One of each exporter, with the batch left open and written down. */
const DIALECTS = {
  'timm-vit': 'ts17-static-sdpa',
  'timm-deit-distilled': 'dynamo18-dynamic-eager',
  'timm-registers': 'ts20-dynamic-sdpa',
  'timm-no-class-token': 'dynamo23-dynamic-sdpa',
  'torchvision-vit': 'ts17-dynamic-eager',
} as const satisfies Readonly<Record<(typeof EXPORTED_CHECKPOINTS)[number], string>>

/** Methods that need what no exported graph has, and of a file whose batch is written down those that need several rows. */
const REFUSED: readonly string[] = ['tis', 'vit-cx', 'vit-recipro-cam']

const subject = (name: string, { transformer, get }: RunnableModel): RandomModel => ({
  name,
  model: transformer,
  weights: get,
})

for (const name of EXPORTED_CHECKPOINTS) {
  const { checkpoint, exported } = await exportedReference(name, DIALECTS[name])
  for (const explainer of explainers)
    test(`${name}, ${DIALECTS[name]}: ${explainer.id} has the same map for the file and the checkpoint`, async t => {
      const method = { key: explainer.id, explainer, options: resolveOptions(explainer.id, explainer.options) }
      const mapOf = async (model: RunnableModel): Promise<number[] | UnsupportedError> => {
        try {
          return await explainWith(subject(name, model), method)([0], [3])
        } catch (error) {
          if (error instanceof UnsupportedError) return error
          throw error
        }
      }
      const [expected, found] = [await mapOf(checkpoint), await mapOf(exported)]
      if (expected instanceof UnsupportedError) return assert.ok(found instanceof UnsupportedError)
      if (found instanceof UnsupportedError) {
        t.diagnostic(found.message)
        return assert.ok(exported.transformer.maxBatch === 1 ? REFUSED.includes(explainer.id) : explainer.id === 'tis')
      }
      assert.equal(found.length, expected.length)
      const peak = Math.max(...expected.map(Math.abs))
      const worst = Math.max(...expected.map((x, i) => Math.abs(x - (found[i] ?? Number.NaN))))
      t.diagnostic(`${(worst / peak).toExponential(1)} of the peak`)
      assert.ok(worst <= TOLERANCE[explainer.conditioning] * peak, `${worst / peak} of the peak`)
    })
}
