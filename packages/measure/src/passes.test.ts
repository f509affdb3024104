import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import { openDataset } from '@vitrine/datasets'
import { gridProtocol, type Protocol, protocols } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import { type ModelRun, openModelRun } from './model-run.ts'
import { measureRows } from './rows.ts'
import { choiceOf } from './testing/icon-run.ts'

const backend = await openBackend('onnx:cpu', { threads: 2 })
after(() => backend.dispose())

const digest = (data: ArrayBufferView): string =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')

/** A run that notes what every pass over something removed was fed with. */
function noting(run: ModelRun, noted: string[]): ModelRun {
  return {
    ...run,
    get forwardPasses() {
      return run.forwardPasses
    },
    probabilities(count, fill) {
      return run.probabilities(count, (i, out) => {
        fill(i, out)
        noted.push(digest(out))
      })
    },
    withoutPatches(pixels, masks) {
      for (const mask of masks) noted.push(`${digest(pixels)} without ${digest(mask)}`)
      return run.withoutPatches(pixels, masks)
    },
  }
}

test('no pass is run twice, over methods, protocols, removals and classes', async () => {
  const plain = openModelRun(backend, await openModel('icon-vit'), 4)
  const noted: string[] = []
  const run = noting(plain, noted)
  const choices = ['agcam', 'random', 'whole-image', 'center-gaussian'].map(id => choiceOf(id))
  const asked: readonly Protocol[] = [
    protocols.paper,
    protocols.standard,
    protocols.full,
    gridProtocol('standard', 'blur', ['predicted', 'label']),
    gridProtocol('standard', 'blur', ['label']),
    gridProtocol('standard', 'token-drop', ['predicted', 'label']),
  ]
  const units = choices.flatMap(method =>
    asked.map(protocol => ({ id: `${method.key} ${protocol.id}`, method, protocol })),
  )
  const positions = [0, 1].map(index => ({ index, at: index }))
  const options = { thresholds: [0.5], seed: 0, groups: new Set(['faithfulness', 'insertion', 'soft-mask'] as const) }
  let rows = 0
  for await (const image of measureRows(run, await openDataset('icon-scenes'), units, positions, options))
    rows += image.length
  assert.equal(rows, 2 * units.length)
  assert.equal(new Set(noted).size, noted.length)
  // Of each image Insertion alone runs ten masks of each of three maps that rank pixels.
  assert.ok(noted.length > 2 * 3 * 10, `${noted.length}`)
  await plain.dispose()
})
