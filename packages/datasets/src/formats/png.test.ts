import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { encodePng } from './png.ts'

test('a PNG holds the pixels of its image', async () => {
  const data = Uint8Array.from({ length: 3 * 2 * 3 }, (_, i) => i * 14)
  const decoded = await sharp(await encodePng({ width: 3, height: 2, data }))
    .raw()
    .toBuffer({ resolveWithObject: true })
  assert.deepEqual([decoded.info.width, decoded.info.height, decoded.info.channels], [3, 2, 3])
  assert.deepEqual(new Uint8Array(decoded.data), data)
})
