import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore, publish, published, RecordError, readRecord, recordText } from '../index.ts'
import { randomBelow, rounds } from '../testing/random.ts'
import { folder, record } from '../testing/samples.ts'

test('only a regular file is read as a record', t => {
  const dir = folder(t)
  assert.throws(() => readRecord(dir), { name: 'RecordError', file: dir, found: 'a folder' })
  assert.throws(() => readRecord('/dev/zero'), { name: 'RecordError', file: '/dev/zero', found: 'a device' })
})

test('a pipe is refused, not waited for', { skip: process.platform === 'win32' }, t => {
  const pipe = join(folder(t), 'pipe.json')
  execFileSync('mkfifo', [pipe])
  assert.throws(() => readRecord(pipe), { name: 'RecordError', file: pipe, found: 'a pipe' })
})

test('a file above 256 MiB is refused unread', t => {
  const file = join(folder(t), 'large.json')
  writeFileSync(file, '')
  truncateSync(file, 2 ** 28 + 1)
  assert.throws(() => readRecord(file), { expected: 'a record of at most 256 MiB', found: '257 MiB' })
})

test('a file that is not there is refused with its name', t => {
  const file = join(folder(t), 'missing.json')
  assert.throws(() => readRecord(file), { name: 'RecordError', file, found: 'nothing' })
})

test('a file nested 100,000 deep is refused with its name', t => {
  const file = join(folder(t), 'deep.json')
  writeFileSync(file, '['.repeat(100_000) + ']'.repeat(100_000))
  assert.throws(() => readRecord(file), { name: 'RecordError', file, expected: /at most 64 deep/ })
})

test('what is shown of a damaged file has no control characters', t => {
  const file = join(folder(t), 'acting.json')
  writeFileSync(file, '\u001b[2J')
  assert.throws(
    () => readRecord(file),
    (error: RecordError) => error.expected === 'JSON' && !/\p{Cc}/u.test(error.message),
  )
})

test('records cannot be published below a file', t => {
  const out = join(folder(t), 'results')
  writeFileSync(out, '')
  using store = openStore(':memory:')
  store.put([record()])
  assert.throws(() => publish(store, out), {
    name: 'RecordError',
    file: join(out, 'icon-vit/icon-scenes/paper/agcam.onnx-cpu.json'),
    expected: 'a folder',
  })
})

/** Values that have broken readers of JSON. */
const nasty: readonly unknown[] = [
  null,
  -1,
  0.5,
  1e308,
  '',
  'x',
  '\u0000',
  [],
  {},
  [[]],
  true,
  '__proto__',
  { constructor: 1 },
  2 ** 53,
]

/** Puts something else at a random place of a JSON value. */
function disturb(value: unknown, below: (limit: number) => number): unknown {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  if (entries.length === 0 || below(8) === 0) return nasty[below(nasty.length)]
  const [name, inner] = entries[below(entries.length)] ?? ['', null]
  const copy = structuredClone(value) as Record<string, unknown>
  if (below(10) === 0) {
    if (Array.isArray(copy)) copy.splice(Number(name), 1)
    else delete copy[name]
  } else copy[name] = disturb(inner, below)
  return copy
}

/** A changed file is refused with its name, or it is a record that publishes as it is. */
function expectRefusedOrWhole(file: string, seed: number): void {
  try {
    const once = published(readRecord(file))
    assert.deepEqual(published(once), once)
  } catch (error) {
    const named = error instanceof RecordError && error.file === file
    if (!named) throw new Error(`seed ${seed}`, { cause: error })
  }
}

test('fields changed at random are refused, or harmless', { timeout: 600_000 }, t => {
  const file = join(folder(t), 'changed.json')
  const whole: unknown = JSON.parse(recordText(record()))
  for (let seed = 0; seed < rounds(300); seed++) {
    writeFileSync(file, JSON.stringify(disturb(whole, randomBelow(seed))))
    expectRefusedOrWhole(file, seed)
  }
})

test('bytes of a file changed at random are refused, or harmless', { timeout: 600_000 }, t => {
  const file = join(folder(t), 'changed.json')
  const whole = Buffer.from(recordText(record()))
  for (let seed = 0; seed < rounds(300); seed++) {
    const below = randomBelow(seed)
    const copy = Buffer.from(whole)
    for (let changes = 1 + below(4); changes > 0; changes--) copy[below(copy.length)] = below(256)
    writeFileSync(file, below(8) === 0 ? copy.subarray(0, below(copy.length)) : copy)
    expectRefusedOrWhole(file, seed)
  }
})
