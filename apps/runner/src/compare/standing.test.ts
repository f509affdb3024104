import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '@vitrine/metrics'
import { groupHash, openStore, type RecordHeader, type Store } from '@vitrine/records'
import { standGroups } from './standing.ts'

const IMAGES = 4
const ABPC = 'faithfulness.label.abpc'
const IOU = 'localization.predicted.iou@0.5'

function header(method: string, { control = false, seed = 0, details = {}, hash = 'c1' } = {}): RecordHeader {
  return {
    variant: null,
    model: { id: 'icon-vit', name: 'Icon ViT', hash: 'm1', classes: 32 },
    dataset: { id: 'icon-scenes', name: 'Icon scenes', hash: 'd1', images: IMAGES, seed },
    method: { id: method, name: method, family: 'x', options: {}, hash, classSpecific: true, control, details },
    backend: { id: 'onnx', engine: 'cpu', version: '1', threads: 2, batch: 4 },
    protocol: { id: 'paper', hash: 'p1', choices: JSON.parse(JSON.stringify(protocols.paper)) },
    thresholds: [0.5],
    seed,
    environment: { node: 'v24', os: 'linux', arch: 'x64', cpu: 'c', cores: 2, memory: 1, versions: {} },
  }
}

/** A finished record with these ABPC on its images: LeRF keeps all of the confidence that MoRF loses so much of. */
function add(store: Store, of: RecordHeader, abpc: readonly number[]): string {
  const { id } = store.begin(of)
  const { steps } = protocols.paper.faithfulness
  const curve = (value: number) => steps.map(() => value)
  store.saveImages(
    abpc.map((value, index) => ({
      ...{ unit: id, index, id: `scene-${index}`, label: 0, predicted: 0, probability: 1 },
      values: {
        correct: true,
        'faithfulness.label.state': 'ok',
        'faithfulness.label.lerf': curve(1),
        'faithfulness.label.morf': curve(1 - value),
        'localization.predicted.state': 'flat',
      },
    })),
  )
  store.finish(id, { summary: {}, intervals: {}, counts: {}, cost: {} })
  return id
}

// Each image has its own difficulty, so that paired differences are exact where they are the same on all images.
const difficulty = [0.25, 0.5, 0.375, 0.125]
const shifted = (by: number) => difficulty.map(value => value + by)

function group(store: Store) {
  return {
    good: add(store, header('good'), shifted(0.5)),
    weak: add(store, header('weak'), shifted(0)),
    noise: add(store, header('noise', { control: true }), shifted(0)),
    blank: add(store, header('blank', { control: true }), shifted(-0.25)),
  }
}

const standingOf = (store: Store, id: string) => store.record(id)?.standing ?? assert.fail()
const abpcOf = (store: Store, id: string) => standingOf(store, id).metrics[ABPC] ?? assert.fail()

test('a record says its rank, what it differs by from the best and from each control, and which it does not beat', () => {
  using store = openStore(':memory:')
  const { good, weak, noise, blank } = group(store)
  assert.deepEqual(standGroups(store).sort(), [good, weak, noise, blank].sort())
  const same = (difference: number) => ({ difference, interval: [difference, difference] })
  assert.deepEqual(abpcOf(store, good), {
    rank: 1,
    ranks: [1, 1],
    best: { method: 'good', ...same(0) },
    tiedWithBest: true,
    controls: [
      { method: 'blank', ...same(0.75), beaten: true },
      { method: 'noise', ...same(0.5), beaten: true },
    ],
  })
  assert.deepEqual(abpcOf(store, weak), {
    rank: 2,
    ranks: [2, 2],
    best: { method: 'good', ...same(-0.5) },
    tiedWithBest: false,
    controls: [
      { method: 'blank', ...same(0.25), beaten: true },
      { method: 'noise', ...same(0), beaten: false },
    ],
  })
  assert.deepEqual(
    abpcOf(store, noise).controls.map(({ method }) => method),
    ['blank'],
  )
})

test('a metric without values has no standing', () => {
  using store = openStore(':memory:')
  const { good } = group(store)
  standGroups(store)
  assert.equal(standingOf(store, good).metrics[IOU], undefined)
})

test('a record says its rank by IoU at each threshold', () => {
  using store = openStore(':memory:')
  // One image of 10 pixels, 4 of them the object: the IoU of `wide` is 4/8 and then 2/4, of `narrow` 3/4 and then 1/4.
  const counted = (method: string, tp: number[], fp: number[]) => {
    const of = { ...header(method), thresholds: [0.3, 0.7] }
    of.dataset.images = 1
    const { id } = store.begin(of)
    const counts = { tp, fp, fn: tp.map(n => 4 - n), tn: fp.map(n => 6 - n) }
    const cells = Object.entries(counts).map(([name, list]) => [`localization.predicted.${name}`, list])
    const values = { correct: true, 'localization.predicted.state': 'ok', ...Object.fromEntries(cells) }
    store.saveImages([{ unit: id, index: 0, id: 'scene-0', label: 0, predicted: 0, probability: 1, values }])
    store.finish(id, { summary: {}, intervals: {}, counts: {}, cost: {} })
    return id
  }
  const wide = counted('wide', [4, 2], [4, 0])
  const narrow = counted('narrow', [3, 1], [0, 0])
  standGroups(store)
  assert.deepEqual(standingOf(store, wide).thresholdRanks, [2, 1])
  assert.deepEqual(standingOf(store, narrow).thresholdRanks, [1, 2])
})

test('one more method, or one measured anew, changes the standing of the whole group; otherwise it is left alone', () => {
  using store = openStore(':memory:')
  const { good, weak, noise, blank } = group(store)
  standGroups(store)
  assert.deepEqual(standGroups(store), [])
  assert.equal(standingOf(store, weak).group, groupHash([good, weak, noise, blank]))

  const better = add(store, header('better'), shifted(0.75))
  assert.equal(standGroups(store).length, 5)
  assert.deepEqual([abpcOf(store, good).rank, abpcOf(store, good).best.method], [2, 'better'])
  assert.equal(standingOf(store, good).group, groupHash([good, weak, noise, blank, better]))

  const anew = add(store, header('better', { hash: 'c2' }), shifted(-0.5))
  standGroups(store)
  assert.deepEqual([abpcOf(store, good).rank, abpcOf(store, anew).rank], [1, 5])
  assert.equal(standingOf(store, good).group, groupHash([good, weak, noise, blank, anew]))
})

test('another seed is another group, and a group that is not asked for is left alone', () => {
  using store = openStore(':memory:')
  const { good } = group(store)
  const apart = add(store, header('good', { seed: 1 }), shifted(0))
  assert.deepEqual(standGroups(store, [apart]), [apart])
  assert.equal(standingOf(store, apart).members, 1)
  assert.equal(store.record(good)?.standing, null)
})

test('what is told the truth, and what failed, stands nowhere and against nobody', () => {
  using store = openStore(':memory:')
  const { good } = group(store)
  const truth = add(store, header('truth', { control: true, details: { readsTruth: true } }), shifted(1))
  const { id: failed } = store.begin(header('failed'))
  store.fail(failed, 'memory')
  standGroups(store)
  assert.deepEqual([store.record(truth)?.standing, store.record(failed)?.standing], [null, null])
  assert.equal(standingOf(store, good).members, 4)
})
