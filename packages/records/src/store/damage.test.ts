import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import Sqlite from 'better-sqlite3'
import { openStore, publish, RecordError } from '../index.ts'
import { randomBelow, rounds } from '../testing/random.ts'
import { header, row, rows } from '../testing/samples.ts'

const dir = mkdtempSync(join(tmpdir(), 'vitrine-damage-'))
after(() => rmSync(dir, { recursive: true, force: true }))

const path = join(dir, 'records.sqlite')
const maps = { predicted: Float32Array.of(0, 0.25, 0.5, 1) }

/** A store with a finished, a half done and a failed unit. */
function undamaged(): Buffer {
  const store = openStore(path)
  const done = store.begin(header(6)).id
  store.saveImages(rows(done, 0, 6).map(image => ({ ...image, maps })))
  store.saveTiming(done, { unit: 'ms', batch: 1, threads: 2, alongside: [], forward: [3], method: [3.5] })
  store.saveAgreement(done, [{ engine: 'tfjs:wasm', record: 'another', columns: { 'map.label.absolute': [1, null] } }])
  store.finish(done)
  const half = store.begin(header(6, 'rollout')).id
  store.saveImages([row(half, 1), row(half, 3)])
  store.fail(store.begin(header(6, 'broken')).id, 'out of memory')
  store.close()
  return readFileSync(path)
}

const whole = undamaged()

function lay(bytes: Uint8Array): void {
  for (const end of ['-wal', '-shm', '-journal']) rmSync(path + end, { force: true })
  writeFileSync(path, bytes)
}

/** Everything that a store is used for. */
function useAll(): void {
  using store = openStore(path, { existing: true, patience: 100 })
  for (const { id } of store.units()) {
    store.agreement(id)
    store.maps(id, 'predicted')
  }
  rmSync(join(dir, 'results'), { recursive: true, force: true })
  publish(store, join(dir, 'results'))
  const { id } = store.begin(header(6, 'rollout'))
  store.saveImages(rows(id, 0, 6))
  store.finish(id)
  // Takes over from the finished unit.
  store.begin({ ...header(6), versions: { ...header(6).versions, texture: 2 } })
}

/** What using the store comes to: nothing, or an error that names the store and says what to do. */
function faultOfUse(): RecordError | undefined {
  try {
    useAll()
  } catch (error) {
    assert.ok(error instanceof RecordError, `a raw error: ${error instanceof Error ? error.stack : error}`)
    assert.equal(error.file, path)
    return error
  }
  return undefined
}

test('an undamaged store has no fault', () => {
  lay(whole)
  assert.equal(faultOfUse(), undefined)
})

const cuts = [
  0,
  1,
  2,
  15,
  16,
  99,
  100,
  511,
  512,
  1000,
  4095,
  4096,
  8192,
  Math.floor(whole.length / 2),
  whole.length - 4096,
]
for (const size of cuts) {
  test(`a store cut at ${size} of ${whole.length} bytes is refused with its name and what to do`, () => {
    lay(whole.subarray(0, size))
    assert.match(faultOfUse()?.message ?? 'accepted', /vitrine rebuild/)
  })
}

/** Bytes written over others, from an offset. */
const overwritten: Record<string, [offset: number, bytes: Uint8Array]> = {
  'its first word zeroed': [0, new Uint8Array(16)],
  'the size of its pages zeroed': [16, new Uint8Array(2)],
  'the size of its pages changed': [16, Uint8Array.of(2, 0)],
  'the version of its format raised': [18, Uint8Array.of(9, 9)],
  'its schema zeroed': [100, new Uint8Array(3996)],
  'its schema in noise': [100, new Uint8Array(3996).fill(0xff)],
  'all pages but the first zeroed': [4096, new Uint8Array(whole.length - 4096)],
  'all pages but the first in noise': [4096, new Uint8Array(whole.length - 4096).fill(0xa5)],
}
for (const [name, [offset, bytes]] of Object.entries(overwritten)) {
  test(`a store with ${name} is refused with its name and what to do`, () => {
    const copy = Buffer.from(whole)
    copy.set(bytes, offset)
    lay(copy)
    assert.match(faultOfUse()?.message ?? 'accepted', /vitrine rebuild/)
  })
}

const DONE = "(SELECT number FROM units WHERE status = 'ok')"

/** Statements that leave a sound database of unsound contents. */
const contents: Record<string, string> = {
  'a header that was cut off': "UPDATE units SET header = substr(header, 1, 50) WHERE status = 'ok'",
  'a header that is null': "UPDATE units SET header = 'null' WHERE status = 'ok'",
  'a header that is a number': "UPDATE units SET header = 7 WHERE status = 'ok'",
  'a header that lacks a field': "UPDATE units SET header = json_remove(header, '$.seed') WHERE status = 'ok'",
  'a header that does not fit its id': "UPDATE units SET header = json_set(header, '$.seed', 9) WHERE status = 'ok'",
  'timing that was cut off': "UPDATE units SET timing = '{\"unit' WHERE status = 'ok'",
  'timing of another shape': "UPDATE units SET timing = '[]' WHERE status = 'ok'",
  'agreement of another shape': "UPDATE units SET agreement = '{}' WHERE status = 'ok'",
  'earlier ids of another shape': "UPDATE units SET previously = '7' WHERE status = 'ok'",
  'a status that there is not': "UPDATE units SET status = 'fine' WHERE status = 'ok'",
  'an ok unit with a reason': "UPDATE units SET reason = 'memory' WHERE status = 'ok'",
  'cells that were cut off': `UPDATE images SET cells = substr(cells, 1, 9) WHERE unit = ${DONE} AND position = 2`,
  'cells that are a list': `UPDATE images SET cells = '[]' WHERE unit = ${DONE} AND position = 2`,
  'cells that are bytes': `UPDATE images SET cells = x'00ff' WHERE unit = ${DONE} AND position = 2`,
  'a cell of another kind': `UPDATE images SET cells = json_set(cells, '$."texture.label.energy"', 'x') WHERE unit = ${DONE} AND position = 2`,
  'a list of lacking groups that is none': `UPDATE images SET lacking = '7' WHERE unit = ${DONE} AND position = 2`,
  'a label that is a text': `UPDATE images SET label = 'x' WHERE unit = ${DONE} AND position = 2`,
  'a probability that is bytes': `UPDATE images SET probability = x'00' WHERE unit = ${DONE} AND position = 2`,
  'a probability that is infinite': `UPDATE images SET probability = 9e999 WHERE unit = ${DONE} AND position = 2`,
  'a position below 0': `UPDATE images SET position = -7 WHERE unit = ${DONE} AND position = 2`,
  'a position beyond its images': `UPDATE images SET position = 99 WHERE unit = ${DONE} AND position = 2`,
  'an image without an id': `UPDATE images SET image = '' WHERE unit = ${DONE} AND position = 2`,
  'an image that is gone': `DELETE FROM images WHERE unit = ${DONE} AND position = 2`,
  'a map of 5 bytes': `UPDATE maps SET "values" = x'0102030405' WHERE position = 2`,
  'a map that is a number': 'UPDATE maps SET "values" = 7 WHERE position = 2',
  'no table of units': 'DROP TABLE units',
  'no table of images': 'DROP TABLE images',
  'no table of maps': 'DROP TABLE maps',
  'no table of migrations': 'DROP TABLE __drizzle_migrations',
  'no migrations': 'DELETE FROM __drizzle_migrations',
  'a column less': 'ALTER TABLE images DROP COLUMN lacking',
  'a migration that is a number': 'UPDATE __drizzle_migrations SET hash = 7',
}
for (const [name, statement] of Object.entries(contents)) {
  test(`a store with ${name} is refused with its name`, () => {
    lay(whole)
    const client = new Sqlite(path)
    client.pragma('foreign_keys = OFF')
    client.exec(statement)
    client.close()
    const { message } = faultOfUse() ?? assert.fail('accepted')
    assert.match(message, /expected .*, found ./)
  })
}

test('bytes changed at random are refused, or harmless', { timeout: 600_000 }, () => {
  for (let seed = 0; seed < rounds(100); seed++) {
    const below = randomBelow(seed)
    const copy = Buffer.from(whole)
    for (let change = 0, changes = 1 + below(16); change < changes; change++) {
      const at = below(copy.length)
      const length = Math.min(copy.length - at, 1 + (below(4) === 0 ? below(600) : 0))
      for (let i = 0; i < length; i++) copy[at + i] = below(256)
    }
    lay(copy)
    try {
      faultOfUse()
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  }
})
