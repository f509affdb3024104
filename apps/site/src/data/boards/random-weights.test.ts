import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '@vitrine/metrics'
import type { Entry } from '../load/records.ts'
import { staysAlikeAtRandom } from './random-weights.ts'

interface Told {
  readonly values?: readonly (number | null)[]
  readonly row?: string
  readonly version?: number
  readonly weights?: string
  readonly dataset?: string
}

const entry = ({ values, row = 'agcam', version = 1, weights = 'w', dataset = 'icons' }: Told = {}) =>
  ({
    row,
    ceiling: row === 'object-mask',
    method: { version, code: null },
    model: { hash: weights },
    dataset: { id: dataset, hash: dataset },
    backend: { id: 'onnx:cpu', engine: 'onnx' },
    protocol: { choices: values ? protocols.sanity : protocols.standard },
    images: { index: values ?? [] },
    values: new Map(values && [['randomisation.predicted.random-model-similarity', values]]),
  }) as unknown as Entry

const words = (told: Told, ...records: Entry[]) => staysAlikeAtRandom(entry(told), records)?.words ?? ''

test('a method whose maps stay alike says how alike and on how many images, whatever the protocol of its row', () => {
  const fails = entry({ values: [1, 0.86, null] })
  const sentence = 'Its maps stay alike when the weights are random: Spearman 0.93, 2 images of icons'
  assert.equal(words({}, fails), sentence)
  assert.equal(words({ dataset: 'photos' }, fails), sentence)
})

test('nothing is said of a method that passes, that is told the truth, or of which no record tells it', () => {
  assert.equal(words({}, entry({ values: [0.5, 0.4] })), '')
  assert.equal(words({}, entry()), '')
  assert.equal(words({}, entry({ values: [null] })), '')
  assert.equal(words({ row: 'object-mask' }, entry({ values: [1], row: 'object-mask' })), '')
})

test('records of another method, version or model say nothing of it', () => {
  for (const other of [{ row: 'gradcam' }, { version: 2 }, { weights: 'others' }])
    assert.equal(words({}, entry({ values: [1], ...other })), '')
})

test('the record of the same images is asked before one of more images', () => {
  const [own, more] = [entry({ values: [0.8] }), entry({ values: [0.1, 0.1], dataset: 'photos' })]
  assert.match(words({}, more, own), /0\.80, 1 image of icons/)
  assert.equal(words({ dataset: 'photos' }, more, own), '')
})
