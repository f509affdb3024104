import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { everythingOf, newFolder, run } from '../sweep/testing-bench.ts'

const sweep =
  'bench --backends onnx:cpu --datasets icon-scenes --protocols paper --methods random,agcam --images 5 --batch 2 --rounds 1 --threads 2'.split(
    ' ',
  )

test('shards that are merged are the records of one run, to the last bit; a shard that lacks is named', async () => {
  const [folder, alone, all] = [newFolder(), newFolder(), newFolder()]
  const shard = (i: number) => join(folder, `${i}`)
  assert.equal((await run([...sweep, '--out', alone])).code, 0)
  assert.equal((await run([...sweep, '--shard', '2/2', '--out', shard(2)])).code, 0)
  const half = await run(['merge', shard(2), '--out', join(folder, 'half')])
  assert.equal(half.code, 1)
  assert.match(
    half.stderr,
    /agcam · icon-vit · icon-scenes · paper · onnx:cpu: expected 2 finished shards, found none of 1\/2/,
  )

  assert.equal((await run([...sweep, '--shard', '1/2', '--out', shard(1)])).code, 0)
  const merged = await run(['merge', shard(2), shard(1), '--out', all])
  assert.equal(merged.code, 0, merged.stderr)
  assert.deepEqual(everythingOf(all), everythingOf(alone))

  const again = await run([...sweep, '--out', all])
  assert.equal(again.code, 0)
  assert.doesNotMatch(again.stderr, /images\/s|timing/, 'nothing is left to measure or to time')
})
