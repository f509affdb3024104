import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { DatasetError } from '../errors.ts'
import { iconStride } from './icon.ts'
import { familyLicence, loadIcon } from './icons.ts'
import { classNames, distractorNames, hasIcon, type IconFamily, trainedFamilies, unseenFamilies } from './vocabulary.ts'

const families: readonly IconFamily[] = [...trainedFamilies, ...unseenFamilies]
const alphas = (icon: Uint8Array) => Array.from({ length: icon.length / 4 }, (_, i) => icon[i * 4 + 3]!)

test('every family has every icon that it is said to have, and no other', async () => {
  for (const family of families) {
    const text = await readFile(new URL(import.meta.resolve(`@iconify-json/${family}/icons.json`)), 'utf8')
    const set: { icons: object; aliases: object } = JSON.parse(text)
    for (const name of [...classNames, ...distractorNames]) {
      assert.equal(name in set.icons || name in set.aliases, hasIcon(family, name), `${family}/${name}`)
    }
  }
})

test('an icon is drawn with a transparent edge around it', async () => {
  const seen = alphas(await loadIcon('noto', 'cat'))
  assert.equal(seen.length, iconStride * iconStride)
  const isEdge = (i: number) => [0, iconStride - 1].some(e => i % iconStride === e || Math.floor(i / iconStride) === e)
  assert.ok(seen.every((alpha, i) => alpha === 0 || !isEdge(i)))
  assert.ok(seen.filter(alpha => alpha === 255).length > 2000)
})

test('an alias is drawn as its parent', async () => {
  assert.ok(alphas(await loadIcon('emojione', 'panda')).some(alpha => alpha === 255))
})

test('an icon keeps its proportions: a flat one leaves rows free above and below', async () => {
  // twemoji's watermelon is 36 x 25.22: 89.7 of 128 rows
  const seen = alphas(await loadIcon('twemoji', 'watermelon'))
  const rows = Array.from({ length: iconStride }, (_, y) => seen.slice(y * iconStride, (y + 1) * iconStride))
  const drawn = rows.flatMap((row, y) => (row.some(alpha => alpha > 0) ? [y] : []))
  assert.ok(drawn[0]! >= 19 && drawn.at(-1)! <= iconStride - 20)
  assert.ok(Math.abs(drawn[0]! + drawn.at(-1)! - (iconStride - 1)) <= 2)
})

test('an icon is drawn once', () => {
  assert.equal(loadIcon('twemoji', 'cat'), loadIcon('twemoji', 'cat'))
})

test('the missing icon is an error', async () => {
  await assert.rejects(loadIcon('emojione-v1', 'umbrella'), DatasetError)
})

test('licences are those that the sets were published under', () => {
  assert.deepEqual(
    families.map(family => familyLicence(family).spdx),
    ['Apache-2.0', 'Apache-2.0', 'CC-BY-4.0', 'MIT', 'MIT', 'CC-BY-4.0', 'CC-BY-SA-4.0', 'CC-BY-SA-4.0'],
  )
})
