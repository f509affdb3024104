import { after } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import { type Dataset, openDataset } from '@vitrine/datasets'
import { explainers, resolveOptions } from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'
import type { Protocol } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import type { ImageRow } from '@vitrine/records'
import { openModelRun } from '../model-run.ts'
import { measureRows, type RowOptions, type RowUnit } from '../rows.ts'

/** A bundled method with its own options, or with some of them changed. */
export function choiceOf(id: string, key = id, changed: Readonly<Record<string, unknown>> = {}): MethodChoice {
  const explainer = explainers.find(one => one.id === id)
  if (!explainer) throw new RangeError(`expected a bundled method, got ${id}`)
  return { key, explainer, options: resolveOptions(id, explainer.options, changed) }
}

/** A record of a bundled method, named after it. */
export const unitOf = (method: string, protocol: Protocol): RowUnit => ({
  id: method,
  method: choiceOf(method),
  protocol,
})

interface Asked extends Partial<RowOptions> {
  /** In place of the scenes. */
  readonly dataset?: Dataset
  /** How many images, from the first one; 1 if absent. */
  readonly images?: number
}

/** The bundled model and some of its scenes on an engine, both closed after the tests of the file. */
export async function openIconRun(scenesId: string, { batch, threads = 1 }: { batch: number; threads?: number }) {
  const backend = await openBackend('onnx:cpu', { threads })
  const model = await openModel('icon-vit')
  const run = openModelRun(backend, model, batch)
  after(async () => {
    await run.dispose()
    await backend.dispose()
  })
  const scenes = await openDataset(scenesId)

  /** The rows of each image. */
  async function rowsOf(units: readonly RowUnit[], { dataset = scenes, images = 1, ...options }: Asked = {}) {
    const rows: ImageRow[][] = []
    const positions = Array.from({ length: images }, (_, index) => ({ index, at: index }))
    for await (const image of measureRows(run, dataset, units, positions, { thresholds: [0.5], seed: 0, ...options }))
      rows.push(image)
    return rows
  }
  return { model, run, scenes, rowsOf }
}
