import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readDrawings } from './icon-sets.ts'

const { icons, aliases, width, height } = JSON.parse(
  readFileSync(fileURLToPath(import.meta.resolve('@iconify-json/noto/icons.json')), 'utf8'),
)
const [alias = ''] = Object.keys(aliases).filter(name => Object.keys(aliases[name]).join() === 'parent')
const names = ['penguin', 'sailboat', alias]
const expected = [icons.penguin, icons.sailboat, icons[aliases[alias].parent]]

const drawings = async () => {
  const set = await readDrawings('noto', names)
  assert.deepEqual([set.width, set.height], [width, height])
  return names.map(name => set.icons[name])
}

let kept = ''
beforeEach(() => {
  process.env.XDG_CACHE_HOME = mkdtempSync(join(tmpdir(), 'vitrine-icons-'))
  kept = join(process.env.XDG_CACHE_HOME, 'vitrine', 'icons')
})

test('drawings are those of the package, through aliases, when they are read and when they come from the cache', async () => {
  assert.deepEqual(await drawings(), expected)
  const [file = '', ...more] = readdirSync(kept)
  assert.deepEqual(more, [])
  // The file is what is read: a mark in it is found again.
  const text = readFileSync(join(kept, file), 'utf8')
  writeFileSync(join(kept, file), text.replace(JSON.stringify(icons.penguin.body), '"from the cache"'))
  const [penguin, ...others] = await drawings()
  assert.equal(penguin?.body, 'from the cache')
  assert.deepEqual(others, expected.slice(1))
})

test('a damaged file of the cache is written again', async () => {
  await drawings()
  const [file = ''] = readdirSync(kept)
  const whole = readFileSync(join(kept, file), 'utf8')
  for (const damaged of [whole.slice(0, -20), '', '{"icons":{"penguin":{}}}', 'null']) {
    writeFileSync(join(kept, file), damaged)
    assert.deepEqual(await drawings(), expected)
    assert.equal(readFileSync(join(kept, file), 'utf8'), whole)
  }
})

test('without a cache that can be written drawings are read all the same', async () => {
  process.env.XDG_CACHE_HOME = '/dev/null'
  assert.deepEqual(await drawings(), expected)
})

test('an icon that the family lacks is named', () =>
  assert.rejects(readDrawings('noto', ['no such icon']), {
    name: 'DatasetError',
    message: /expected an icon "no such icon"/,
  }))
