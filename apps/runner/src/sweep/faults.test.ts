import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore, readRecords } from '@vitrine/records'
import {
  badMethod,
  childrenOf,
  isAlive,
  newFolder,
  type Running,
  run,
  start,
  storedIn,
  until,
} from './testing-bench.ts'

// What happens to a sweep when its methods, its processes, its disk or its user misbehave. docs/robustness.md lists it.

const linux = process.platform === 'linux' ? false : 'needs /proc'
const small =
  'bench --backends onnx --datasets icon-scenes --protocols paper --images 4 --batch 2 --rounds 1 --threads 2'.split(
    ' ',
  )

const states = (out: string): Record<string, string> =>
  Object.fromEntries(
    [...readRecords(join(out, 'results'))].map(({ method, status, reason, images, timing }) => [
      method.id,
      status === 'ok' ? `ok ${images.id.length} ${timing ? 'timed' : 'untimed'}` : `${status}: ${reason}`,
    ]),
  )

/** What a method does, and what its record says then. */
const misbehaviours: Readonly<Record<string, readonly [body: string, reason: RegExp]>> = {
  throws: [`throw new Error('no idea')`, /no idea/],
  'throws-text': [`throw 'a text'`, /'a text' was thrown/],
  'throws-nothing': [`throw undefined`, /undefined was thrown/],
  'throws-function': [`throw () => {}`, /Function.* was thrown/],
  'returns-nothing': ['return undefined', /./],
  'returns-promise': ['return Promise.resolve(map)', /./],
  exits: ['process.exit(0)', /ended with exit code 0/],
  aborts: ['process.abort()', /SIGABRT/],
  'fills-heap': [
    `for (const kept = []; ; ) kept.push(Array(1e5).fill('x').map(c => c + kept.length))`,
    /SIGABRT|ended/,
  ],
  'breaks-globals': [`Array.prototype.map = () => { throw new Error('no map') }; Map.prototype.get = () => 0`, /./],
}

/** Those that are tried while they are measured too. */
const serious = ['throws', 'exits', 'aborts', 'fills-heap', 'breaks-globals']

for (const measuring of [false, true])
  test(`methods that misbehave while they are ${measuring ? 'measured' : 'opened'} cost their own rows only`, async () => {
    const [out, folder] = [newFolder(), newFolder()]
    // While it is opened, a method is asked for one image; a batch has two.
    const tried = Object.entries(misbehaviours).filter(([id]) => !measuring || serious.includes(id))
    const files = tried.map(([id, [body]]) => badMethod(folder, id, measuring ? `if (measuring) { ${body} }` : body))
    const methods = ['random', ...tried.map(([id]) => id), 'center-gaussian'].join()
    const { code, stderr } = await run(
      [...small, '--images', '2', ...files.flatMap(file => ['--explainer', file]), '--methods', methods, '--out', out],
      { NODE_OPTIONS: '--max-old-space-size=300' },
    )
    assert.equal(code, 1, stderr)
    const found = states(out)
    for (const [id, [, reason]] of tried) {
      assert.match(found[id] ?? '', /^failed: /, `${id}: ${found[id]}`)
      assert.match(found[id] ?? '', reason, id)
    }
    for (const id of ['random', 'center-gaussian']) assert.equal(found[id], 'ok 2 timed')
  })

test('a method that rejects later costs no other method', async () => {
  const [out, folder] = [newFolder(), newFolder()]
  const file = badMethod(folder, 'late', `setTimeout(() => Promise.reject(new Error('late')), 300)`)
  const { code } = await run([...small, '--explainer', file, '--methods', 'late,random', '--out', out])
  const { random, late } = states(out)
  assert.equal(random?.slice(0, 4), 'ok 4')
  // Whether it is measured in time is a race.
  assert.match(late ?? '', /^(ok 4|failed: .*exit code 1)/)
  if (late?.startsWith('failed')) assert.equal(code, 1)
})

test('methods that never end, from the start or while they are measured, fail after --patience', async () => {
  const [out, folder] = [newFolder(), newFolder()]
  const files = [
    badMethod(folder, 'endless', 'for (;;);'),
    badMethod(folder, 'endless-later', 'if (measuring) for (;;);'),
  ].flatMap(file => ['--explainer', file])
  // On a busy machine a sound method may be silent for as long as a whole sweep takes otherwise.
  const began = performance.now()
  await run([...small, '--methods', 'random', '--out', newFolder()])
  const patience = Math.max(6, Math.ceil((performance.now() - began) / 1000))
  const args = ['--methods', 'endless,endless-later,random', '--patience', `${patience}`, '--out', out]
  const { code } = await run([...small, ...files, ...args])
  assert.equal(code, 1)
  const { random, ...endless } = states(out)
  assert.equal(random, 'ok 4 timed')
  for (const id of ['endless', 'endless-later'])
    assert.match(endless[id] ?? '', new RegExp(`^failed: .*no answer for ${patience} s \\(--patience\\)`))
})

/** A bench whose worker is in an endless loop, and the process id of that worker. */
async function looping(): Promise<{ bench: Running; worker: number }> {
  const folder = newFolder()
  const sign = join(folder, 'looping')
  const body = `if (measuring) { writeFileSync('${sign}', String(process.pid)); for (;;); }`
  const file = badMethod(folder, 'endless', body)
  const bench = start([...small, '--explainer', file, '--methods', 'endless,random', '--out', newFolder()])
  await until('a worker in a loop', () => existsSync(sign) && readFileSync(sign, 'utf8') !== '')
  return { bench, worker: Number(readFileSync(sign, 'utf8')) }
}

test('workers in a loop end with a killed parent', async () => {
  const { bench, worker } = await looping()
  bench.kill('SIGKILL')
  await bench.finished
  await until('the end of the worker', () => !isAlive(worker), 3)
})

test('the first interrupt answers at once, the second ends the whole tree at once', async () => {
  const { bench, worker } = await looping()
  bench.kill('SIGINT')
  await until('an answer', () => /Stopping after .* being measured.*; once more to stop at once/.test(bench.stderr), 3)
  assert.ok(isAlive(worker))
  bench.kill('SIGINT')
  const { signal } = await bench.finished
  assert.equal(signal, 'SIGINT')
  await until('the end of the worker', () => !isAlive(worker), 1)
})

for (const signal of ['SIGTERM', 'SIGHUP'] as const)
  test(`${signal} is as good as Ctrl-C: what is measured is kept, exit code 130`, async () => {
    const out = newFolder()
    const bench = start([...small, '--images', '40', '--methods', 'random', '--out', out])
    await until('a stored image', () => storedIn(out) > 0)
    bench.kill(signal)
    const { code, stderr } = await bench.finished
    assert.equal(code, 130, stderr)
    assert.match(stderr, /the same command goes on from here/)
  })

test('what a method prints does not get into the JSON of the command', async () => {
  const [out, folder] = [newFolder(), newFolder()]
  const file = badMethod(folder, 'chatty', `console.log('in explain')`, `console.log('while it is loaded')`)
  const args = ['--explainer', file, '--methods', 'chatty', '--format', 'json', '--out', out]
  const { stdout, stderr, code } = await run([...small, ...args])
  assert.equal(code, 0, stderr)
  assert.equal(JSON.parse(stdout).records[0].method.id, 'chatty')
  assert.match(stderr, /while it is loaded/)
  assert.match(stderr, /in explain/)
})

test('a method whose file ends the command while it is loaded is no success', async () => {
  const file = badMethod(newFolder(), 'quitter', '', 'process.exit(0)')
  const { code, stderr } = await run([...small, '--explainer', file, '--methods', 'quitter', '--out', newFolder()])
  assert.equal(code, 2)
  assert.match(stderr, /quitter\.ts ended the process while it was loaded/)
})

const measured = [...small, '--images', '12', '--methods', 'random', '--rounds', '3']

test('a killed worker costs neither rows nor timing, while images are measured', { skip: linux }, async () => {
  const out = newFolder()
  const bench = start([...measured, '--out', out])
  await until('a stored image', () => storedIn(out) > 0)
  // The first is the one that times; it waits while the others measure.
  const workers = childrenOf(bench.pid)
  for (const pid of workers.slice(0, 2)) process.kill(pid, 'SIGKILL')
  const { code, stderr } = await bench.finished
  assert.ok(workers.length > 1)
  assert.equal(code, 0, stderr)
  assert.equal(states(out).random, 'ok 12 timed')
})

test('a worker that is killed while it times repeats the round', { skip: linux }, async () => {
  const out = newFolder()
  const bench = start([...small, '--methods', 'random,agcam', '--rounds', '60', '--out', out])
  const finished = () => {
    using store = openStore(join(out, 'vitrine.sqlite'))
    const units = store.units()
    return units.length === 2 && units.every(({ status }) => status === 'ok')
  }
  await until('the timing', () => storedIn(out) === 4 && finished())
  const [main] = childrenOf(bench.pid)
  process.kill(main ?? 0, 'SIGKILL')
  const { code, stderr } = await bench.finished
  assert.equal(code, 0, stderr)
  assert.match(stderr, /timing on onnx:cpu: .* was ended by SIGKILL.*; the round is repeated/)
  assert.deepEqual(states(out), { agcam: 'ok 4 timed', random: 'ok 4 timed' })
})

/** Whether this machine lets a test mount a disk of its own. */
const canMount = (() => {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', newFolder()], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

test('a disk that is full ends the command with a message', { skip: !canMount && 'cannot mount a small disk' }, () => {
  const out = newFolder()
  const command = [process.execPath, join(import.meta.dirname, '../main.ts'), ...measured, '--out', out]
  // The last word of a shell's arguments is `$0`.
  const script = `mount -t tmpfs -o size=120k tmpfs ${out} && shift 0 && exec "$@"`
  try {
    execFileSync('unshare', ['-rm', 'sh', '-c', script, 'sh', ...command], { stdio: 'pipe', timeout: 120_000 })
    assert.fail('expected an error')
  } catch (error) {
    const { status, stderr } = error as { status: number | null; stderr: Buffer }
    assert.equal(status, 1, String(stderr))
    assert.match(String(stderr), /vitrine\.sqlite.*room on the disk.*the same command then goes on/)
    assert.doesNotMatch(String(stderr), /\n {4}at /, 'no stack')
  }
})

/** Every file and folder below, with sizes. */
const listing = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map(path => `${path} ${statSync(join(folder, path)).size}`)

test('a sweep sends nothing and leaves nothing but drawings of icons in the folders of the user and of temporary files', async () => {
  const places = Object.fromEntries(
    ['TMPDIR', 'XDG_CACHE_HOME', 'HOME'].map(name => {
      const folder = join(newFolder(), name)
      mkdirSync(folder)
      return [name, folder]
    }),
  )
  // ONNX Runtime's telemetry is off where CI is set, so tests must not have it.
  const env = { ...places, CI: undefined, ORT_DISABLE_TELEMETRY: undefined }
  const { code, stderr } = await run([...small, '--images', '1', '--methods', 'agcam', '--out', newFolder()], env)
  assert.equal(code, 0, stderr)
  // Scenes that are rendered without one object read their icons from a cache.
  const drawings = /^vitrine( |\/icons( |\/[a-z-]+-[\d.]+-[0-9a-f]{12}\.json ))/
  for (const [name, folder] of Object.entries(places)) {
    const left = listing(folder).filter(line => name !== 'XDG_CACHE_HOME' || !drawings.test(line))
    assert.deepEqual(left, [], name)
  }
})
