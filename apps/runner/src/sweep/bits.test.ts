import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { childrenOf, contentsOf, newFolder, run, start, storedIn, until } from './testing-bench.ts'

// Numbers depend neither on who shares the work nor on what interrupted it: stores are compared to the last bit.

const linux = process.platform === 'linux' ? false : 'needs /proc'
const asked = 'bench --backends onnx:cpu --datasets icon-scenes-pairs --protocols standard --rounds 1'.split(' ')
// The default batch; the last one is not full. Maps of Attention Rollout depend on an image's place in its batch.
const sweep = [...asked, '--images', '8', '--methods', 'attention-rollout,random']
const alone = ['--processes', '1', '--threads', '1']
const shared = ['--processes', '4', '--threads', '4']

let undisturbed: ReturnType<typeof contentsOf>

before(async () => {
  const out = newFolder()
  const { code, stderr } = await run([...sweep, ...alone, '--out', out])
  assert.equal(code, 0, stderr)
  undisturbed = contentsOf(out)
  assert.equal(undisturbed.length, 2)
  assert.equal(undisturbed[0]?.maps[0]?.length, 8)
})

test('several processes and threads make the same numbers, also where a worker is lost', { skip: linux }, async () => {
  const out = newFolder()
  const bench = start([...sweep, ...shared, '--out', out])
  await until('a stored image', () => storedIn(out) > 0)
  const workers = childrenOf(bench.pid)
  process.kill(workers.at(-1) ?? 0, 'SIGKILL')
  const { code, stderr } = await bench.finished
  assert.equal(code, 0, stderr)
  assert.match(stderr, /was ended by SIGKILL.*; the batch is tried again/)
  assert.deepEqual(contentsOf(out), undisturbed)
})

test('what was stored before a kill is kept, image by image, and what is measured afterwards fits to it', async () => {
  const out = newFolder()
  const bench = start([...sweep, ...alone, '--out', out])
  await until('a stored image', () => storedIn(out) > 0)
  bench.kill('SIGKILL')
  await bench.finished
  const kept = storedIn(out)
  assert.ok(kept > 0 && kept < 6, `${kept} images of the first batch were kept`)
  const { code, stderr } = await run([...sweep, ...alone, '--out', out])
  assert.equal(code, 0, stderr)
  assert.match(stderr, new RegExp(`${kept} images are there already`))
  assert.deepEqual(contentsOf(out), undisturbed)
})
