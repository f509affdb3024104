import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { colourAt, cssGradient, legends, painted } from '@vitrine/paint'
import { decodeMap, type EncodedMap } from '@vitrine/records'
import sharp from 'sharp'
import { mostImages, pages, site } from '../testing/site.ts'

/** Where a method's map of the first image of the front page's strip lies in the strip's picture, and the map's values. */
async function strongest(method: string) {
  const html = readFileSync(join(site().folder, 'index.html'), 'utf8')
  const strip = /maps\/[^)]*\/strip\.webp/.exec(html)?.[0] ?? ''
  const row = Number(new RegExp(`data-method="${method}".*?--row:(\\d+)`, 's').exec(html)?.[1])
  const { images, columns } = mostImages('icon-scenes', method)
  const image = images.label.findIndex((label: number, i: number) => images.predicted[i] === label)
  const { values, columns: across } = decodeMap(columns['map.predicted']?.[image] as EncodedMap)
  return { maps: { strip: join(site().folder, strip), values, left: 0, top: 16 * row }, columns: across }
}

/** A method's record of a dataset that was measured with the most images: what its page shows. */
test('the board paints a signed map as packages/paint says: the most evidence for in orange, against in purple', async () => {
  const { maps, columns } = await strongest('lime')
  const { at, ramp } = painted(maps.values, { signed: true, scale: 'relative' })
  assert.equal(ramp, 'diverging')
  const { data, info } = await sharp(maps.strip).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  for (const extreme of [Math.max(...maps.values), Math.min(...maps.values)]) {
    const patch = maps.values.indexOf(extreme)
    // Each tile has a margin of one patch.
    const [x, y] = [maps.left + 1 + (patch % columns), maps.top + 1 + Math.floor(patch / columns)]
    const pixel = [...data.subarray(4 * (y * info.width + x), 4 * (y * info.width + x) + 4)]
    assert.deepEqual(pixel, [...colourAt(at[patch] ?? 0, ramp)])
  }
})

test('every page that shows maps has the legend that packages/paint makes', () => {
  const shown = pages().filter(path => / class="(?:strip|tile)"/.test(readFileSync(join(site().folder, path), 'utf8')))
  const wanted = [
    ...Object.values(legends).flatMap(({ lowWord, highWord }) => [lowWord, highWord]),
    cssGradient('diverging'),
  ]
  const without = shown.filter(path => {
    const html = readFileSync(join(site().folder, path), 'utf8')
    return !wanted.every(words => html.includes(words))
  })
  assert.ok(shown.length > 100)
  assert.deepEqual(without, [])
})
