import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { openStore, type Store, withoutMeasurements } from '../index.ts'
import { folder, header, rows } from '../testing/samples.ts'

const saver = fileURLToPath(new URL('../testing/saver.ts', import.meta.url))

/** Runs `saver.ts`, killed after `kill` batches where that is given, and says how many batches it has reported. */
function save(args: (string | number)[], kill = Number.POSITIVE_INFINITY) {
  const child = spawn(process.execPath, [saver, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  const reported = () => output.split('\n').length - 1
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (reported() >= kill) child.kill('SIGKILL')
  })
  return new Promise<{ batches: number; code: number | null; signal: string | null }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ batches: reported(), code, signal }))
  })
}

function complete(store: Store, images: number) {
  const { id, done } = store.begin(header(images))
  store.saveImages(rows(id, 0, images).filter(image => !done.has(image.index)))
  store.finish(id)
  const record = store.record(id)
  assert.ok(record)
  return withoutMeasurements(record)
}

test('a killed process loses at most the batch in flight', { timeout: 60_000 }, async t => {
  const path = join(folder(t), 'records.sqlite')
  const images = 100_000
  const { batches, signal } = await save([path, images, 500, 0, images], 4)
  assert.equal(signal, 'SIGKILL')
  using store = openStore(path)
  const { done } = store.begin(header(images))
  assert.ok(done.size === batches * 500 || done.size === (batches + 1) * 500, `${done.size} after ${batches} batches`)
  assert.deepEqual(
    [...done],
    Array.from({ length: done.size }, (_, i) => i),
  )
})

test('a killed sweep that is started again gives the record of an undisturbed one', { timeout: 60_000 }, async t => {
  const dir = folder(t)
  const images = 2000
  assert.equal((await save([join(dir, 'killed.sqlite'), images, 10, 0, images], 20)).signal, 'SIGKILL')
  using killed = openStore(join(dir, 'killed.sqlite'))
  using undisturbed = openStore(join(dir, 'undisturbed.sqlite'))
  assert.deepEqual(complete(killed, images), complete(undisturbed, images))
})

test('processes that open a new file at once share one unit', { timeout: 60_000 }, async t => {
  const path = join(folder(t), 'records.sqlite')
  const quarters = [0, 100, 200, 300].map(from => save([path, 400, 7, from, from + 100]))
  assert.deepEqual(
    (await Promise.all(quarters)).map(({ code }) => code),
    [0, 0, 0, 0],
  )
  using store = openStore(path)
  assert.equal(store.begin(header(400)).done.size, 400)
})

test('the store writes ahead', t => {
  const path = join(folder(t), 'records.sqlite')
  openStore(path).close()
  const client = new Sqlite(path)
  t.after(() => client.close())
  assert.equal(client.pragma('journal_mode', { simple: true }), 'wal')
})

test('a database of a later version is refused', t => {
  const path = join(folder(t), 'records.sqlite')
  openStore(path).close()
  const client = new Sqlite(path)
  client.exec(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('0123456789abcdef', 9e15)`)
  client.close()
  assert.throws(
    () => openStore(path),
    /migrations: expected .* found 0123456789ab of another version; update, or put back/,
  )
})

test('a database of something else is refused and left alone', t => {
  const path = join(folder(t), 'other.sqlite')
  const client = new Sqlite(path)
  client.exec('CREATE TABLE songs (title text)')
  client.close()
  const before = readFileSync(path)
  assert.throws(() => openStore(path), /tables: expected a database of records, found songs/)
  assert.deepEqual(readFileSync(path), before)
})

test('a file that is no database is refused', t => {
  const path = join(folder(t), 'text.sqlite')
  writeFileSync(path, 'not a database, but long enough to be read as one. '.repeat(100))
  assert.throws(() => openStore(path), { name: 'RecordError', file: path, expected: 'an SQLite database' })
})
