import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readMat5 } from './mat5.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))

function written(t: TestContext, bytes: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-mat-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'some.mat')
  writeFileSync(file, bytes)
  return file
}

for (const name of ['ilsvrc-meta.mat', 'ilsvrc-meta-plain.mat'])
  test(`structures of text and numbers are what scipy wrote (${name})`, () => {
    const synsets = readMat5(fixture(name)).get('synsets')
    assert.ok(Array.isArray(synsets))
    assert.equal(synsets.length, 3)
    assert.deepEqual(synsets[0], {
      ILSVRC2012_ID: [1],
      WNID: 'n02119789',
      words: 'kit fox, Vulpes macrotis',
      gloss: 'small grey fox of southwestern United States; may be a subspecies of Vulpes velox',
      num_children: [0],
      children: [],
      wordnet_height: [0],
      num_train_images: [1300],
    })
    assert.deepEqual(synsets[2]?.children, [1, 2])
  })

test('a file that is cut short anywhere is an error of ours, and so is another format', t => {
  const whole = readFileSync(fixture('ilsvrc-meta-plain.mat'))
  for (let length = 129; length < whole.length; length += 37) {
    const file = written(t, whole.subarray(0, length))
    assert.throws(() => readMat5(file), { name: 'DatasetError', message: /expected a whole MAT file/ })
  }
  assert.throws(
    () => readMat5(written(t, Buffer.from('MATLAB 5.0 MAT-file'))),
    /expected a little-endian MAT file of version 5/,
  )
})
