import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metricGroups, protocols } from '@vitrine/metrics'
import type { ImageRow } from '@vitrine/records'
import type { Batch } from './measure-batch.ts'
import { type Failed, openPool } from './pool.ts'
import { NoWorkerError } from './seat.ts'
import type { TaskUnit, WorkerSetup } from './task.ts'
import { atMoments, type Fate, fakeTransport, type Moment, momentsOf } from './testing-transport.ts'

const setup: WorkerSetup = {
  model: { spec: 'icon-vit', hash: 'h' },
  ...{ engine: 'onnx:cpu', threads: 2, batch: 2 },
  places: { datasets: {}, modules: {} },
}

/** A record of a bundled method, or of one from a file. */
const unit = (id: string, foreign = false): TaskUnit => ({
  id,
  method: {
    ...{ id, options: {}, version: foreign ? null : 1, code: foreign ? id : null },
    source: foreign ? { hash: id, entry: 'a.ts', files: {} } : undefined,
  },
  protocol: protocols.paper,
  versions: {},
})

const bundled = [unit('a'), unit('b')]

const batchesFor = (units: readonly TaskUnit[], batches = 3): Batch[] =>
  Array.from({ length: batches }, (_, k) => ({
    dataset: { id: 'd', hash: 'h', seed: 0 },
    units,
    groups: metricGroups,
    positions: [2 * k, 2 * k + 1].map(index => ({ index, at: index })),
    missing: [2 * k, 2 * k + 1],
  }))

interface Swept {
  readonly failed: readonly Failed[]
  /** Which images each record has, in order. */
  readonly rows: Readonly<Record<string, readonly number[]>>
  readonly images: number
  readonly notes: readonly string[]
  /** Workers left behind. */
  readonly left: number
}

interface SweepOptions {
  readonly units?: readonly TaskUnit[]
  readonly onRows?: (rows: readonly ImageRow[]) => void
  readonly stopped?: AbortSignal
}

/** Six images in three batches for two records, by two workers. */
async function sweep(fate: (moment: Moment) => Fate, options: SweepOptions = {}): Promise<Swept> {
  const { units = bundled, onRows = () => {}, stopped = new AbortController().signal } = options
  const transport = fakeTransport(fate)
  const had = new Map<string, Set<number>>(units.map(({ id }) => [id, new Set()]))
  const notes: string[] = []
  let images = 0
  const events = {
    rows(rows: readonly ImageRow[]) {
      onRows(rows)
      for (const { unit, index } of rows) had.get(unit)?.add(index)
    },
    images(count: number) {
      images += count
    },
    passes() {},
    note: (text: string) => void notes.push(text),
  }
  const pool = await openPool(transport, setup, events, { processes: 2 })
  try {
    const failed = await pool.sweep(batchesFor(units), { thresholds: [0.5], seed: 0 }, stopped)
    assert.equal(pool.inFlight, 0)
    return {
      ...{ failed, images, notes, left: 0 },
      rows: Object.fromEntries([...had].map(([id, found]) => [id, [...found].sort((a, b) => a - b)])),
    }
  } finally {
    await pool.close()
    assert.equal(transport.open, 0, 'no worker is left behind')
  }
}

const six = [0, 1, 2, 3, 4, 5]
const whole = { a: six, b: six }

test('a worker that is lost once, at any moment of the sweep, costs nothing', async () => {
  const moments = await momentsOf(sweep)
  assert.ok(moments.length >= 26)
  for (const [n, moment] of moments.entries()) {
    const { failed, rows, images } = await sweep(atMoments([n]))
    const at = `lost at ${n}: ${moment.what} ${moment.when}`
    assert.deepEqual(failed, [], at)
    assert.deepEqual(rows, whole, at)
    assert.equal(images, 6, at)
  }
})

test('two losses, at any two moments, cost nothing either, unless the first worker cannot be started twice', async () => {
  const moments = await momentsOf(sweep)
  for (let n = 0; n < moments.length; n++)
    for (let m = n + 1; m < moments.length + 4; m++) {
      try {
        const { failed, rows, images } = await sweep(atMoments([n, m]))
        assert.deepEqual({ failed, rows, images }, { failed: [], rows: whole, images: 6 }, `lost at ${n} and ${m}`)
      } catch (error) {
        assert.ok(error instanceof NoWorkerError, String(error))
        assert.equal(n, 0)
      }
    }
})

const fates: readonly (readonly [string, Fate])[] = [
  ['ends its worker', 'lost'],
  ['throws', new Error('no such weight')],
]
for (const [does, fate] of fates)
  for (const foreign of [false, true])
    for (const what of ['measure', 'row'] as const) {
      const kind = foreign ? "a method of one's own" : 'a bundled method'
      test(`${kind} that ${does} ${what === 'row' ? 'at an image' : 'when it begins'} fails alone`, async () => {
        const units = [unit('a'), unit('bad', foreign), unit('b')]
        const isBad = ({ what: now, when, task }: Moment) =>
          now === what && when === 'before' && task?.units.some(({ id }) => id === 'bad')
        const { failed, rows, images } = await sweep(moment => (isBad(moment) ? fate : 'nothing'), { units })
        assert.deepEqual(
          failed.map(({ id }) => id),
          ['bad'],
        )
        assert.match(failed[0]?.reason ?? '', /is lost|no such weight/)
        assert.deepEqual({ a: rows.a, b: rows.b }, whole)
        assert.equal(images, 6)
      })
    }

test('a row that came before its worker was lost counts', async () => {
  let rows = 0
  const onRows = () => void rows++
  const { failed } = await sweep(({ what, when }) => (what === 'row' && when === 'after' ? 'lost' : 'nothing'), {
    onRows,
  })
  assert.deepEqual(failed, [])
  assert.equal(rows, 6)
})

test('beside a failing method of one’s own, the bundled methods go on together', async () => {
  const together: string[] = []
  await sweep(
    ({ what, when, task }) => {
      const ids = task?.units.map(({ id }) => id) ?? []
      if (what !== 'measure' || when !== 'before') return 'nothing'
      together.push(ids.join())
      return ids.includes('bad') ? 'lost' : 'nothing'
    },
    { units: [unit('a'), unit('bad', true), unit('b')] },
  )
  assert.ok(together.includes('a,b'))
  assert.ok(!together.some(ids => ids === 'a' || ids === 'b'), together.join(' '))
})

test('a method that leaves something behind which ends the worker later costs no other method', async () => {
  const harmed = new Set<number>()
  const { rows, failed } = await sweep(
    ({ what, worker, task }) => {
      if (task?.units.some(({ id }) => id === 'bad')) harmed.add(worker)
      return harmed.has(worker) && (what === 'row' || !task?.units.some(({ id }) => id === 'bad')) ? 'lost' : 'nothing'
    },
    { units: [unit('bad', true), unit('a'), unit('b')] },
  )
  assert.deepEqual({ a: rows.a, b: rows.b }, whole)
  assert.deepEqual(
    failed.map(({ id }) => id),
    ['bad'],
  )
})

test('where further workers cannot be started, one does it all', async () => {
  const { failed, rows, notes } = await sweep(({ what, setup: { threads } }) =>
    what === 'open' && threads === 1 ? 'lost' : 'nothing',
  )
  assert.deepEqual({ failed, rows }, { failed: [], rows: whole })
  assert.match(notes.join('\n'), /a worker could not be started/)
})

test('where no worker can be started any more, records fail and the sweep ends', async () => {
  const { failed, rows } = await sweep(({ what, worker }) =>
    what === 'row' || (what === 'open' && worker > 0) ? 'lost' : 'nothing',
  )
  assert.deepEqual(failed.map(({ id }) => id).sort(), ['a', 'b'])
  assert.deepEqual(rows, { a: [], b: [] })
})

test('rows that cannot be stored end the sweep with the reason, at whichever row', async () => {
  for (let n = 0; n < 6; n++) {
    let stored = 0
    const onRows = () => {
      if (stored++ >= n) throw new Error('the disk is full')
    }
    await assert.rejects(
      sweep(() => 'nothing', { onRows }),
      /the disk is full/,
    )
    assert.equal(stored, n + 1, 'nothing is stored after the fault')
  }
})

test('a sweep that is stopped at any moment ends, fails nothing and keeps what it has', async () => {
  const moments = await momentsOf(sweep)
  for (let n = 0; n < moments.length; n++) {
    for (const fate of ['nothing', 'lost'] as const) {
      const interruption = new AbortController()
      let number = 0
      const { failed, rows, images } = await sweep(
        () => {
          if (number++ !== n) return 'nothing'
          interruption.abort()
          return fate
        },
        { stopped: interruption.signal },
      ).catch(error => {
        // The first worker is asked for once more.
        throw new Error(`stopped at ${n}`, { cause: error })
      })
      assert.deepEqual(failed, [])
      assert.equal(rows.a?.length, images)
    }
  }
})

test('a method that cannot be described costs itself, whether it throws or ends its worker', async () => {
  for (const fate of ['lost', new Error('broken')] as const)
    for (const foreign of [false, true]) {
      const transport = fakeTransport()
      const methods = [unit('a'), unit('bad', foreign), unit('b')].map(({ method }) => method)
      const broken = {
        async start(...given: Parameters<typeof transport.start>) {
          const link = await transport.start(...given)
          const describe: typeof link.describe = async refs => {
            if (!refs.some(({ id }) => id === 'bad')) return link.describe(refs)
            if (fate === 'lost') link.kill('')
            else throw fate
            return link.describe(refs)
          }
          return Object.defineProperties({ ...link, describe }, { lost: { get: () => link.lost } })
        },
      }
      const events = { rows() {}, images() {}, passes() {}, note() {} }
      const pool = await openPool(broken, setup, events, { processes: 1 })
      const found = await pool.describe(methods)
      assert.deepEqual(
        found.map(one => 'facts' in one),
        [true, false, true],
      )
      await pool.close()
    }
})
