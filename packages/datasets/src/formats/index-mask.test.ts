import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { painted, tree } from '../testing/tree.ts'
import { readIndexMask, vocColour } from './index-mask.ts'

const indices = [0, 1, 2, 20, 255, 7]

async function read(png: Buffer, highest = 20): Promise<number[]> {
  const { data } = await readIndexMask(join(tree({ 'mask.png': png }), 'mask.png'), highest)
  return [...data]
}

test("colours are VOC's palette", () => {
  assert.deepEqual([0, 1, 7, 15, 255].map(vocColour), [0x000000, 0x800000, 0x808080, 0xc08080, 0xe0e0c0])
})

test('grey values are numbers', async () => {
  const grey = sharp(Uint8Array.from(indices), { raw: { width: 3, height: 2, channels: 1 } })
  assert.deepEqual(await read(await grey.toColourspace('b-w').png().toBuffer()), indices)
})

test('grey values in three channels are numbers', async () => {
  const colours = indices.map(index => index * 0x010101)
  assert.deepEqual(await read(await painted([colours])), indices)
})

test("VOC's colours are numbers, its grey among them", async () => {
  assert.deepEqual(await read(await painted([indices.map(vocColour)])), indices)
  assert.deepEqual(await read(await painted([[vocColour(7), 0]])), [7, 0])
})

test('a palette holds the numbers, whatever its colours', async () => {
  // Written by Pillow 13: mode P, the palette red, green, blue, white; pixels 0, 1, 2, 3, 1, 0.
  assert.deepEqual(
    await read(
      Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACAgMAAADgGo6JAAAADFBMVEX/AAAA/wAAAP/////7AGD2AAAADElEQVR4nGOQYLgAAAEcAOn8lUkKAAAAAElFTkSuQmCC',
        'base64',
      ),
    ),
    [0, 1, 2, 3, 1, 0],
  )
})

test('a grey image of one bit holds 0 and 1', async () => {
  // Written by Pillow 13: mode 1, pixels 1, 0, 1.
  assert.deepEqual(
    await read(
      Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAMAAAABAQAAAAAzmykZAAAACklEQVR4nGNYAAAAogCh3I2xzAAAAABJRU5ErkJggg==',
        'base64',
      ),
    ),
    [1, 0, 1],
  )
})
