import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { readRecords } from '@vitrine/records'
import { newFolder, start } from '../sweep/testing-bench.ts'

const passesIn = (stdout: string): number =>
  Number(/^forward passes ([\d,]+)/m.exec(stdout)?.[1]?.replaceAll(',', '') ?? Number.NaN)

test('a swept grid has a record for each removal, a table of ranks, and runs what is shared once', async () => {
  const out = newFolder()
  const small =
    '--methods center-gaussian,random --backends onnx --datasets icon-scenes --images 1 --batch 2 --rounds 1'
  const bench = (...more: readonly string[]) => start(['bench', ...small.split(' '), '--out', out, ...more]).finished
  const grid = ['--protocols', 'paper', '--sweep', 'removal=zero,token-drop', 'target=label']
  const first = await bench(...grid)
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stdout, /^ABPC +paper label +paper-token-drop label +ranks +mean 1\/rank$/m)
  const records = [...readRecords(join(out, 'results'))]
  assert.deepEqual(
    records.map(r => `${r.method.id} ${r.protocol.id} ${r.status}`).sort(),
    ['center-gaussian', 'random'].flatMap(id => [`${id} paper ok`, `${id} paper-token-drop ok`]),
  )
  const dropped = records.find(r => r.protocol.id === 'paper-token-drop') ?? assert.fail()
  assert.deepEqual(Object.keys(dropped.versions).sort(), ['faithfulness', 'pipeline'])
  // The image and one without any pixel, and of each method the nine steps between on both curves, for each of two removals.
  assert.equal(passesIn(first.stdout), 2 + 2 * 2 * 18)
  const again = await bench(...grid)
  assert.equal(passesIn(again.stdout), 0)
  const more = await bench('--protocols', 'paper', '--sweep', 'removal=zero,token-drop,black', 'target=label')
  assert.equal(passesIn(more.stdout), 2 + 2 * 18)
})
