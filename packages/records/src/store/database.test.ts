import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { openStore, RecordError, type Store, withoutMeasurements } from '../index.ts'
import { folder, header, row, rows } from '../testing/samples.ts'
import { guarded } from './faults.ts'

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

/** The error that opening `path` gives. */
function faultOf(path: string, existing = false): RecordError {
  try {
    openStore(path, { existing, patience: 50 }).close()
  } catch (error) {
    assert.ok(error instanceof RecordError, String(error))
    return error
  }
  return assert.fail('opened')
}

test('an empty file becomes a new store, as another process may be creating it', t => {
  const path = join(folder(t), 'records.sqlite')
  writeFileSync(path, '')
  using store = openStore(path)
  assert.deepEqual(store.units(), [])
})

for (const bytes of [0, 1]) {
  test(`a file of ${bytes} bytes is refused where a store must exist`, t => {
    const path = join(folder(t), 'records.sqlite')
    writeFileSync(path, 'x'.repeat(bytes))
    const { file, found, remedy } = faultOf(path, true)
    assert.deepEqual([file, found], [path, `a file of ${bytes} bytes`])
    assert.match(remedy ?? '', /vitrine rebuild/)
  })
}

test('a file of 1 byte is never a new store', t => {
  const path = join(folder(t), 'records.sqlite')
  writeFileSync(path, 'x')
  assert.equal(faultOf(path).found, 'a file of 1 bytes')
})

test('an empty file beside a log with work in it is refused, and the log is left alone', t => {
  const path = join(folder(t), 'records.sqlite')
  writeFileSync(path, '')
  writeFileSync(`${path}-wal`, 'work')
  assert.match(faultOf(path).message, /vitrine rebuild/)
  assert.equal(readFileSync(`${path}-wal`, 'utf8'), 'work')
})

test('a store that must exist is not created', t => {
  const path = join(folder(t), 'records.sqlite')
  assert.equal(faultOf(path, true).found, 'nothing')
  assert.ok(!existsSync(path))
})

test('a database without tables is refused where a store must exist', t => {
  const path = join(folder(t), 'records.sqlite')
  const client = new Sqlite(path)
  client.pragma('user_version = 1')
  client.close()
  assert.equal(faultOf(path, true).field, 'tables')
})

test('a store needs a name', () => {
  assert.throws(() => openStore(''), { name: 'RecordError', found: 'an empty text' })
})

test('a folder is no store', t => {
  const path = folder(t)
  const { file, expected, found } = faultOf(path)
  assert.deepEqual([file, expected, found], [path, 'a regular file', 'a folder'])
})

test('a device is no store', { skip: process.platform === 'win32' }, () => {
  assert.equal(faultOf('/dev/zero').found, 'a device')
})

test('a store cannot lie where its folder is a file', t => {
  const out = join(folder(t), 'out')
  writeFileSync(out, '')
  const { file, expected, remedy } = faultOf(join(out, 'records.sqlite'))
  assert.deepEqual([file, expected], [out, 'a folder'])
  assert.match(remedy ?? '', /choose another place/)
})

test('a store that another program has locked is refused, and why', t => {
  const path = join(folder(t), 'records.sqlite')
  openStore(path).close()
  const other = new Sqlite(path)
  t.after(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  const { file, found, remedy } = faultOf(path)
  assert.deepEqual([file, found], [path, 'that another program holds the lock'])
  assert.match(remedy ?? '', /end that program/)
})

test('a lock that another program takes later is an error of the call that wants it', t => {
  const path = join(folder(t), 'records.sqlite')
  using store = openStore(path, { patience: 50 })
  const { id } = store.begin(header(1))
  const other = new Sqlite(path)
  t.after(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  assert.throws(() => store.saveImages([row(id, 0)]), { name: 'RecordError', file: path, found: /another program/ })
  other.exec('ROLLBACK')
  store.saveImages([row(id, 0)])
  assert.equal(store.begin(header(1)).done.size, 1)
})

test('a store that may not be written is refused, and why', t => {
  const dir = join(folder(t), 'out')
  mkdirSync(dir)
  chmodSync(join(dir, '..'), 0o755)
  const path = join(dir, 'records.sqlite')
  openStore(path).close()
  chmodSync(path, 0o444)
  chmodSync(dir, 0o555)
  // Permissions do not bind the superuser.
  const superuser = process.geteuid?.() === 0
  if (superuser) process.seteuid?.(65534)
  try {
    const { file, expected, remedy } = faultOf(path)
    assert.deepEqual([file, expected], [path, 'a file and a folder that can be written'])
    assert.match(remedy ?? '', /permissions/)
  } finally {
    if (superuser) process.seteuid?.(0)
    chmodSync(dir, 0o755)
  }
})

test('a full disk is named, and what was stored is kept', () => {
  const client = new Sqlite(':memory:')
  client.exec('CREATE TABLE t (a)')
  client.pragma('max_page_count = 2')
  const fill = () => guarded('out/records.sqlite', () => client.exec('INSERT INTO t VALUES (zeroblob(100000))'))
  assert.throws(fill, { name: 'RecordError', file: 'out/records.sqlite', found: 'a full disk', remedy: /make room/ })
})

test('a fault of the program is not taken for one of the file', () => {
  const fault = new TypeError('x is not a function')
  const failing = () => {
    throw fault
  }
  assert.throws(() => guarded('out/records.sqlite', failing), fault)
})

test('a store that cannot be used is closed, so that it can be moved away', t => {
  const path = join(folder(t), 'records.sqlite')
  openStore(path).close()
  const client = new Sqlite(path)
  client.exec('DROP TABLE maps')
  client.close()
  assert.throws(() => openStore(path), RecordError)
  // An open connection would keep its log.
  assert.ok(!existsSync(`${path}-wal`))
})
