import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { perturbationMasks, rankMap } from './faithfulness/perturbation.ts'
import { localize } from './localization/localize.ts'
import type { LocalizationMetricId } from './metrics.ts'
import { protocols } from './protocols.ts'
import { faithfulnessScores, localizationScores } from './scores.ts'
import { type Method, type Model, methods, models, readJson, reference, type Score } from './testing/reference.ts'

const { paper } = protocols
const { thresholds } = paper.localization
const nameInReference: Record<LocalizationMetricId, Score> = {
  'pixel-accuracy': 'pixel_accuracy',
  iou: 'iou',
  dice: 'dice',
  precision: 'precision',
  recall: 'recall',
}

type Hashes = Record<Model, Record<Method, Record<'morf' | 'lerf', string[]>[]>>
const hashes = readJson<Hashes>('topk.json')
const hashOf = (mask: Uint8Array) => createHash('sha256').update(mask).digest('hex').slice(0, 8)

for (const model of models) {
  const expected = reference(model)
  const images = Array.from({ length: expected.images }, (_, image) => image)

  for (const method of methods) {
    test(`paper localization of ${method} on ${model} is the study's`, () => {
      for (const image of images) {
        const found = localize(paper, expected.heatmap(method, 'predicted', image), expected.truthOf(image))
        assert.ok(found.state === 'ok')
        const scores = localizationScores(paper, found.counts)
        for (const [i, threshold] of thresholds.entries()) {
          const theirs = expected.localization[method][String(threshold)]![image]!
          const at = `image ${image}, threshold ${threshold}`
          assert.deepEqual(found.boxes?.[i], theirs.boxes, at)
          for (const count of ['tp', 'fp', 'fn', 'tn'] as const) {
            assert.equal(found.counts[count][i], theirs[count], `${at}: ${count}`)
          }
          for (const [id, name] of Object.entries(nameInReference)) {
            const ours = scores[id as LocalizationMetricId][i]!
            assert.ok(Math.abs(ours - theirs[name]) < 1e-6, `${at}: ${id} ${ours}, expected ${theirs[name]}`)
          }
        }
      }
    })

    test(`paper perturbations of ${method} on ${model} mask the pixels that torch.topk selects`, () => {
      for (const image of images) {
        const heatmap = expected.heatmap(method, 'label', image)
        const { masks } = perturbationMasks(paper, rankMap(heatmap, { width: 224, height: 224 }, 0))
        for (const curve of ['morf', 'lerf'] as const) {
          assert.deepEqual(masks?.[curve].slice(1, -1).map(hashOf), hashes[model][method][image]![curve], `${image}`)
        }
      }
    })

    test(`paper ABPC from the curves of ${method} on ${model} is the study's`, () => {
      const { LeRF, MoRF, abpc } = expected.abpc[method]
      for (const image of images) {
        const ours = faithfulnessScores(paper, { lerf: LeRF[image]!, morf: MoRF[image]! }).abpc
        assert.ok(Math.abs(ours - abpc[image]!) < 1e-9, `image ${image}: ${ours}, expected ${abpc[image]}`)
      }
    })
  }
}
