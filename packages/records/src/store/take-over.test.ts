import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openStore, publish, type RecordHeader, rebuild, recordId, type Store } from '../index.ts'
import { folder, header, row, rows } from '../testing/samples.ts'

const IMAGES = 3
const predicted = Float32Array.of(0.1, -2, 1e-30)
const timing = { unit: 'ms' as const, batch: 1, threads: 2, alongside: [], forward: [3], method: [3.5] }

/** A header of the same question with other versions of some groups of columns. */
function raised(versions: RecordHeader['versions'], images = IMAGES): RecordHeader {
  const h = header(images)
  return { ...h, versions: { ...h.versions, ...versions } }
}

/** A store with one finished and timed unit of the first versions. */
function setup(t: TestContext): { store: Store; before: string } {
  const store = openStore(':memory:')
  t.after(() => store.close())
  const { id } = store.begin(header(IMAGES))
  store.saveImages(rows(id, 0, IMAGES).map(image => ({ ...image, maps: { predicted } })))
  store.saveTiming(id, timing)
  store.finish(id)
  return { store, before: id }
}

/** The record of a unit with all that it lacks measured: texture is 9 everywhere. */
function finished(store: Store, id: string) {
  store.saveImages(
    rows(id, 0, IMAGES).map(image => ({ ...image, values: { ...image.values, 'texture.label.energy': 9 } })),
  )
  store.finish(id)
  return store.record(id) ?? assert.fail('no record')
}

test('a raised group is what the images of the earlier version lack', t => {
  const { store } = setup(t)
  const { status, done, lacking } = store.begin(raised({ texture: 2 }))
  assert.deepEqual([status, done.size], ['running', 0])
  assert.deepEqual(lacking, new Map([0, 1, 2].map(index => [index, ['texture']])))
})

test('a group that the earlier version did not store is lacking too', t => {
  const { store } = setup(t)
  assert.deepEqual(store.begin(raised({ pointing: 1 })).lacking.get(0), ['pointing'])
})

test('stale columns are replaced, all others are kept', t => {
  const { store, before } = setup(t)
  const { id } = store.begin(raised({ texture: 2 }))
  const { 'texture.label.energy': energy, ...others } = finished(store, id).columns
  const { 'texture.label.energy': _, ...kept } = store.record(before)?.columns ?? {}
  assert.deepEqual(energy, [9, 9, 9])
  assert.deepEqual(others, kept)
})

test('a stale column is gone, not left over, where the new version stores none of its name', t => {
  const { store } = setup(t)
  const { id } = store.begin(raised({ texture: 2 }))
  const values = { 'texture.label.other': 1 }
  store.saveImages(rows(id, 0, IMAGES).map(image => ({ ...image, values })))
  store.finish(id)
  const names = Object.keys(store.record(id)?.columns ?? {}).filter(name => name.startsWith('texture.'))
  assert.deepEqual(names, ['texture.label.other'])
})

test('the columns of a group that the code has no more are dropped, and the image is finished', t => {
  const { store } = setup(t)
  const { texture: _, ...versions } = header(IMAGES).versions
  const { id, done, lacking } = store.begin({ ...header(IMAGES), versions })
  assert.deepEqual([done.size, lacking.size], [IMAGES, 0])
  store.finish(id)
  assert.ok(!('texture.label.energy' in (store.record(id)?.columns ?? {})))
})

test('metrics that are not bundled are groups of their own: one that is added, one that is new, one that stays', t => {
  const { store } = setup(t)
  const custom = (values: Record<string, number | string>) => {
    const cells = Object.entries(values).map(([id, value]) => [`custom.label.${id}`, value])
    return { ...Object.fromEntries(cells), 'custom.label.state': 'ok' }
  }
  const measured = (versions: RecordHeader['versions'], values: Record<string, number | string>) => {
    const { id, lacking } = store.begin(raised(versions))
    store.saveImages(rows(id, 0, IMAGES).map(image => ({ ...image, values: custom(values) })))
    store.finish(id)
    const { columns } = store.record(id) ?? assert.fail()
    const own = Object.entries(columns).flatMap(([name, [first]]) =>
      name.startsWith('custom.') ? [[name, first]] : [],
    )
    return { lacking: lacking.get(0), own: Object.fromEntries(own) }
  }
  const [hash, other] = ['a'.repeat(64), 'b'.repeat(64)]
  assert.deepEqual(measured({ 'custom.mine': hash }, { mine: 1 }), {
    lacking: ['custom.mine'],
    own: custom({ mine: 1 }),
  })
  // What is said beside values comes and goes with them.
  const failed = { mine: 2, 'mine.failed': 'no', yours: 3, 'yours.failed': 'no' }
  assert.deepEqual(measured({ 'custom.mine': hash, 'custom.yours': 1 }, failed), {
    lacking: ['custom.yours'],
    own: custom({ mine: 1, yours: 3, 'yours.failed': 'no' }),
  })
  assert.deepEqual(measured({ 'custom.mine': other, 'custom.yours': 1 }, { mine: 4, yours: 5 }), {
    lacking: ['custom.mine'],
    own: custom({ mine: 4, yours: 3, 'yours.failed': 'no' }),
  })
  assert.deepEqual(measured({ 'custom.yours': 1 }, {}), {
    lacking: undefined,
    own: custom({ yours: 3, 'yours.failed': 'no' }),
  })
  assert.deepEqual(measured({ pointing: 1 }, {}), { lacking: ['pointing'], own: {} })
})

test('maps and timing are kept', t => {
  const { store } = setup(t)
  const { id, timed } = store.begin(raised({ texture: 2 }))
  assert.equal(timed, true)
  assert.deepEqual([...store.maps(id, 'predicted').values()], [predicted, predicted, predicted])
  assert.deepEqual(finished(store, id).timing, timing)
})

test('a record names the ids that its measurements had before, the latest first', t => {
  const { store, before } = setup(t)
  const second = store.begin(raised({ texture: 2 })).id
  finished(store, second)
  const third = store.begin(raised({ texture: 3 })).id
  assert.deepEqual(finished(store, third).previously, [second, before])
})

test('the earlier record stays as it was', t => {
  const { store, before } = setup(t)
  const record = store.record(before)
  finished(store, store.begin(raised({ texture: 2 })).id)
  assert.deepEqual(store.record(before), record)
})

test('a unit cannot be finished while an image lacks a group', t => {
  const { store } = setup(t)
  const { id } = store.begin(raised({ texture: 2 }))
  store.saveImages(rows(id, 0, 2))
  assert.throws(() => store.finish(id), { name: 'RecordError', field: 'images', found: '2' })
})

test('an image that lacks a group gets the columns of that group and no others', t => {
  const { store } = setup(t)
  const { id } = store.begin(raised({ texture: 2 }))
  const values = { 'texture.label.energy': 9, 'localization.predicted.tp': [7, 7, 7], stray: 1 }
  store.saveImages(rows(id, 0, IMAGES).map(image => ({ ...image, values })))
  store.finish(id)
  const { columns } = store.record(id) ?? assert.fail()
  assert.deepEqual(columns['localization.predicted.tp']?.[0], [0, 1, 2])
  assert.ok(!('stray' in columns))
})

test('an image that was completed keeps its values', t => {
  const { store } = setup(t)
  const { id } = store.begin(raised({ texture: 2 }))
  finished(store, id)
  store.saveImages([{ ...row(id, 0), values: { 'texture.label.energy': 10 } }])
  assert.deepEqual(store.record(id)?.columns['texture.label.energy'], [9, 9, 9])
})

test('what an interrupted unit lacked is still lacking in the next version', t => {
  const { store } = setup(t)
  const second = store.begin(raised({ texture: 2 })).id
  store.saveImages([row(second, 0)])
  const { lacking } = store.begin(raised({ texture: 2, localization: 2 }))
  assert.deepEqual(lacking.get(0), ['localization'])
  assert.deepEqual(lacking.get(1), ['localization', 'texture'])
})

test('an image that could not be read stays finished', t => {
  const store = openStore(':memory:')
  t.after(() => store.close())
  const { id } = store.begin(header(1))
  store.saveImages([{ ...row(id, 0), predicted: -1, probability: 0, values: { unreadable: 'not a picture' } }])
  store.finish(id)
  assert.deepEqual([...store.begin(raised({ texture: 2 }, 1)).done], [0])
})

test('an image that can be read no more says so', t => {
  const { store } = setup(t)
  const { id } = store.begin(raised({ texture: 2 }))
  store.saveImages(rows(id, 0, IMAGES).map(image => ({ ...image, values: { unreadable: 'not a picture' } })))
  store.finish(id)
  assert.equal(store.record(id)?.columns.unreadable?.[0], 'not a picture')
})

const others: Record<string, RecordHeader> = {
  'another version of the method': { ...header(IMAGES), method: { ...header(IMAGES).method, version: 2 } },
  'a method without a version': { ...header(IMAGES), method: { ...header(IMAGES).method, version: null, code: 'c1' } },
  'another version of the pipeline': raised({ pipeline: 2 }),
  'another question': { ...raised({ texture: 2 }), seed: 2 },
}
for (const [name, other] of Object.entries(others)) {
  test(`${name} takes nothing over`, t => {
    const { store } = setup(t)
    const { id, done, lacking, timed } = store.begin(other)
    assert.deepEqual([done.size, lacking.size, timed], [0, 0, false])
    store.fail(id, 'looked at')
    assert.deepEqual(store.record(id)?.previously, [])
  })
}

test('an earlier unit without images does not hide one that has some', t => {
  const { store, before } = setup(t)
  using files = openStore(':memory:')
  const empty = files.begin(raised({ texture: 2 })).id
  files.fail(empty, 'out of memory')
  store.put(files.records())
  const { id } = store.begin(raised({ texture: 3 }))
  assert.deepEqual(finished(store, id).previously, [before])
})

test('a unit takes over when it is new, not when it begins again', t => {
  const { store } = setup(t)
  const { id } = store.begin(raised({ texture: 2 }))
  finished(store, id)
  assert.deepEqual([...store.begin(raised({ texture: 2 })).done], [0, 1, 2])
})

test('an old unit takes nothing over', t => {
  const { store, before } = setup(t)
  finished(store, store.begin(raised({ texture: 2 })).id)
  assert.equal(store.begin(header(IMAGES)).id, before)
  assert.deepEqual(store.record(before)?.previously, [])
})

test('a record that failed has no image that lacks a group, so that rebuilding it measures them again', t => {
  const { store } = setup(t)
  const { id } = store.begin(raised({ texture: 2 }))
  store.saveImages([row(id, 1)])
  store.fail(id, 'out of memory')
  assert.deepEqual(store.record(id)?.images.index, [1])
  const out = folder(t)
  publish(store, out)
  using rebuilt = openStore(':memory:')
  rebuild(rebuilt, out)
  assert.deepEqual([...rebuilt.begin(raised({ texture: 2 })).done], [1])
})

test('two processes that begin a unit at once take over once', { timeout: 60_000 }, async t => {
  const path = join(folder(t), 'records.sqlite')
  const images = 200
  {
    using store = openStore(path)
    const { id } = store.begin(header(images))
    store.saveImages(rows(id, 0, images).map(image => ({ ...image, maps: { predicted } })))
    store.finish(id)
  }
  const saver = fileURLToPath(new URL('../testing/saver.ts', import.meta.url))
  const halves = [0, 100].map(
    from =>
      new Promise(resolve => {
        const args = [saver, path, images, 10, from, from + 100, 2].map(String)
        spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }).on('close', resolve)
      }),
  )
  assert.deepEqual(await Promise.all(halves), [0, 0])
  using store = openStore(path)
  const { id, done } = store.begin(raised({ texture: 2 }, images))
  assert.equal(done.size, images)
  store.finish(id)
  assert.deepEqual(store.record(id)?.previously, [recordId(header(images))])
})
