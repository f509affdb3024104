import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { upright } from './orientation.ts'

test('a picture is turned as libvips turns it, for each of the eight orientations', async () => {
  const [width, height] = [3, 2]
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => 10 * i)
  for (let orientation = 1; orientation <= 8; orientation++) {
    const raw = { width, height, channels: 3 } as const
    const file = await sharp(data, { raw }).withMetadata({ orientation }).png().toBuffer()
    const expected = await sharp(file).autoOrient().removeAlpha().raw().toBuffer({ resolveWithObject: true })
    const found = upright({ width, height, data }, orientation)
    assert.deepEqual([found.width, found.height], [expected.info.width, expected.info.height], `${orientation}`)
    assert.deepEqual([...found.data], [...expected.data], `${orientation}`)
  }
})
