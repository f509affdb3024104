import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Dataset, openDataset } from '@vitrine/datasets'
import { protocols } from '@vitrine/metrics'
import { type Model, openModel } from '@vitrine/models'
import { type BenchRecord, openStore, type RecordHeader, type Store, withoutMeasurements } from '@vitrine/records'
import { inProcess } from './in-process.ts'
import { measureModel } from './orchestrate.ts'
import type { SweepPlan } from './plan.ts'
import type { Transport } from './task.ts'
import { smallPlan } from './testing.ts'
import { newFolder, run } from './testing-bench.ts'

// What is measured again when the version of something was raised: stores are made that hold an earlier version of it.

let model: Model
let dataset: Dataset
let plan: SweepPlan
let fresh: Store
let freshPasses: number

before(async () => {
  model = await openModel('icon-vit')
  dataset = await openDataset('icon-scenes-pairs')
  const places = { datasets: { [dataset.id]: dataset.id }, modules: {} }
  plan = { ...(await smallPlan('agcam,random', [protocols.standard], { images: 2 })), places }
  fresh = openStore(':memory:')
  freshPasses = await measure(fresh)
})
after(() => fresh.close())

/** Measures what a store lacks. @returns the forward passes that it took */
async function measure(store: Store): Promise<number> {
  let passes = 0
  const counting: Transport = {
    start: (setup, events) =>
      inProcess.start(setup, {
        ...events,
        passes(count) {
          passes += count
          events.passes(count)
        },
      }),
  }
  const result = await measureModel(counting, store, model, [dataset], plan, true)
  assert.ok(result !== 'interrupted' && result.complete)
  return passes
}

type Earlier = (header: RecordHeader) => RecordHeader

/** A version that this code does not have. */
const OTHER = 99

const group =
  (name: string): Earlier =>
  header => ({ ...header, versions: { ...header.versions, [name]: OTHER } })

/**
 * A store with the records of the fresh one as an earlier version made them, whose numbers were others.
 *
 * @param changed prefix of the columns that the earlier version filled differently
 */
function earlier(path: string, before: Earlier, changed: string, methods = ['agcam', 'random']): Store {
  const store = openStore(path)
  for (const { id, header } of fresh.units()) {
    if (!methods.includes(header.method.id)) continue
    const old = store.begin(before(header)).id
    const { images, columns } = fresh.images(id)
    const maps = ['predicted', 'label', 'other'].map(name => [name, fresh.maps(id, name)] as const)
    store.saveImages(
      images.index.map((index, i) => ({
        ...{ unit: old, index, id: images.id[i] ?? '', label: images.label[i] ?? 0 },
        ...{ predicted: images.predicted[i] ?? 0, probability: images.probability[i] ?? 0 },
        values: Object.fromEntries(
          Object.entries(columns).flatMap(([name, values]) => {
            const value = values[i] ?? null
            return [[name, name.startsWith(changed) && typeof value === 'number' ? value + 1 : value]]
          }),
        ),
        maps: Object.fromEntries(
          maps.flatMap(([name, own]) => {
            const map = own.get(index)
            return map ? [[name, map]] : []
          }),
        ),
      })),
    )
    store.finish(old)
  }
  return store
}

const numbers = (records: Iterable<BenchRecord>) =>
  [...records]
    .map(record => ({ ...withoutMeasurements(record), previously: null }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
/** Records by the versions of this code. */
const current = (store: Store) => {
  const ids = fresh.units().map(({ id }) => id)
  return [...store.records({ id: ids })]
}

test('a raised version of a group that needs no pass is computed from stored maps, and comes to the fresh values', async () => {
  using store = earlier(':memory:', group('texture'), 'texture.')
  const old = store.units().map(({ id }) => id)
  assert.equal(await measure(store), 0)
  assert.deepEqual(numbers(current(store)), numbers(current(fresh)))
  assert.deepEqual(
    current(store)
      .flatMap(({ previously }) => previously)
      .sort(),
    old.sort(),
  )
})

test('a raised version of a group that needs passes is measured, and nothing else is', async () => {
  using store = earlier(':memory:', group('faithfulness'), 'faithfulness.')
  const old = store.units().map(({ id }) => id)
  const passes = await measure(store)
  const [agcam, random] = ['agcam', 'random'].map(id => current(store).find(({ method }) => method.id === id))
  const curves = [agcam, random]
    .flatMap(record => record?.columns.passes ?? [])
    .reduce<number>((sum, n) => sum + Number(n), 0)
  // Two images, for some of which the label is explained too, and the fully masked image.
  assert.ok(passes > 2 && passes <= curves + 5, `${passes} of ${curves} and the explanations`)
  assert.ok(passes < freshPasses, `${passes} of ${freshPasses}`)
  assert.deepEqual(numbers(current(store)), numbers(current(fresh)))
  assert.deepEqual(
    current(store)
      .flatMap(({ previously }) => previously)
      .sort(),
    old.sort(),
  )
})

const anew: Readonly<Record<string, Earlier>> = {
  'the pipeline': group('pipeline'),
  'a method': header => ({ ...header, method: { ...header.method, version: OTHER } }),
}
for (const [what, before] of Object.entries(anew))
  test(`a raised version of ${what} is measured anew`, async () => {
    using store = earlier(':memory:', before, 'texture.')
    assert.equal(await measure(store), freshPasses)
    assert.deepEqual(numbers(current(store)), numbers(current(fresh)))
    assert.deepEqual(
      current(store).flatMap(({ previously }) => previously),
      [],
    )
  })

test('remeasure and bench do the same from the command line', async () => {
  const out = newFolder()
  const path = join(out, 'vitrine.sqlite')
  earlier(path, group('texture'), 'texture.', ['random']).close()
  const first = await run(['remeasure', '--from', path])
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stderr, /icon-scenes-pairs: 2 maps measured again, without an engine/)
  assert.doesNotMatch(first.stderr, /forward passes/)
  assert.match(first.stdout, /1 of 1 records had columns of an earlier version/)
  const random = (records: Iterable<BenchRecord>) =>
    [...records].flatMap(({ id, method, images, columns }) => (method.id === 'random' ? [{ id, images, columns }] : []))
  {
    using store = openStore(path)
    assert.deepEqual(random(current(store)), random(current(fresh)))
  }
  const again = await run(['remeasure', '--from', path])
  assert.match(again.stdout, /0 of 1 records/)

  earlier(path, group('texture'), 'texture.', ['agcam']).close()
  const small =
    'bench --backends onnx:cpu --datasets icon-scenes-pairs --protocols standard --images 2 --batch 2 --threads 2'
  const options = '--thresholds 0.3,0.5 --methods agcam,random --rounds 1'
  const second = await run([...`${small} ${options}`.split(' '), '--out', out])
  assert.equal(second.code, 0, second.stderr)
  assert.match(second.stderr, /2 maps measured again, without an engine/)
  assert.doesNotMatch(second.stderr, /images in /)
})
