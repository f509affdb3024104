import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricError } from '../errors.ts'
import { localize } from '../localization/localize.ts'
import { protocols, targetsOf } from '../protocols.ts'
import { reference } from '../testing/reference.ts'
import { type FaithfulnessColumns, type ImageColumns, type LocalizationColumns, summarize } from './summarize.ts'

const { paper, standard } = protocols
const half: LocalizationColumns = { state: 'ok', tp: [2], fp: [2], fn: [0], tn: [0] }
const none: LocalizationColumns = { state: 'ok', tp: [0], fp: [0], fn: [2], tn: [2] }

function image(
  correct: boolean,
  columns: LocalizationColumns,
  curves: FaithfulnessColumns = { state: 'nan' },
): ImageColumns {
  return {
    correct,
    localization: { predicted: columns, label: columns },
    faithfulness: { predicted: curves, label: curves },
  }
}

test('each image is counted once: included or left out for one reason', () => {
  const images = [
    image(true, half),
    image(false, none),
    image(true, { state: 'flat' }),
    image(true, { state: 'nan' }),
    image(true, { state: 'nan' }),
    image(true, { state: 'empty-truth' }),
    image(false, { state: 'flat' }),
  ]
  const all = { images: 7, wrongPredictions: 2, nan: 2, emptyTruth: 1 }
  assert.deepEqual(summarize(standard, images, [0.5]).localization.label?.counts, { ...all, included: 2, flat: 2 })
  assert.deepEqual(summarize(paper, images, [0.5]).localization.predicted?.counts, { ...all, included: 1, flat: 1 })
})

test('means are over included images only, and empty predictions are counted', () => {
  const { localization } = summarize(
    standard,
    [image(true, half), image(false, none), image(true, { state: 'flat' })],
    [0.5],
  )
  assert.deepEqual(localization.predicted?.means?.precision, [0.25])
  assert.deepEqual(localization.predicted?.means?.recall, [0.5])
  assert.deepEqual(localization.predicted?.emptyPredictions, [1])
})

test('no included image: no means', () => {
  const { localization, faithfulness } = summarize(paper, [image(false, half)], [0.5])
  assert.equal(localization.predicted?.means, null)
  assert.equal(localization.predicted?.areas, null)
  assert.equal(faithfulness.label?.means, null)
  assert.equal(faithfulness.label?.curves, null)
})

test('targets are those of the protocol', () => {
  const images = [image(true, half)]
  assert.deepEqual(Object.keys(summarize(paper, images, [0.5]).localization), ['predicted'])
  assert.deepEqual(Object.keys(summarize(paper, images, [0.5]).faithfulness), ['label'])
  assert.deepEqual(Object.keys(summarize(standard, images, [0.5]).faithfulness), ['predicted', 'label'])
  assert.deepEqual(targetsOf(paper), ['predicted', 'label'])
})

test('columns of different lengths are an error', () => {
  const short: LocalizationColumns = { state: 'ok', tp: [], fp: [], fn: [], tn: [] }
  assert.throws(() => summarize(standard, [image(true, half), image(true, short)], [0.5]), MetricError)
})

test('paper means over the icon scenes are the means of the study over right predictions', () => {
  const icon = reference('icon')
  const images = icon.labels.map((label, i): ImageColumns => {
    const found = localize(paper, icon.heatmap('agcam', 'predicted', i), icon.truthOf(i))
    assert.ok(found.state === 'ok')
    const { LeRF, MoRF } = icon.abpc.agcam
    return {
      correct: label === icon.predicted[i],
      localization: { predicted: { state: 'ok', ...found.counts } },
      faithfulness: { label: { state: 'ok', lerf: LeRF[i]!, morf: MoRF[i]! } },
    }
  })
  const { localization, faithfulness } = summarize(paper, images)
  const right = icon.labels.flatMap((label, i) => (label === icon.predicted[i] ? [i] : []))
  assert.deepEqual(localization.predicted?.counts, {
    images: 16,
    included: right.length,
    wrongPredictions: 16 - right.length,
    flat: 0,
    nan: 0,
    emptyTruth: 0,
  })
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length
  const iou = mean(right.map(i => icon.localization.agcam['0.5']![i]!.iou))
  assert.ok(Math.abs(localization.predicted!.means!.iou[4]! - iou) < 1e-6)
  assert.equal(faithfulness.label?.counts.included, 16)
  assert.ok(Math.abs(faithfulness.label!.means!.abpc - mean(icon.abpc.agcam.abpc)) < 1e-9)
})
