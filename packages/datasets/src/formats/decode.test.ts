import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { pattern, tree } from '../testing/tree.ts'
import { decodeImage } from './decode.ts'

const fixtures = new URL('../../fixtures/pillow/', import.meta.url)

test('JPEG, PNG, GIF, WebP and TIFF of every colour space have the pixels that Pillow gives them', async () => {
  const expected: Record<string, string> = JSON.parse(readFileSync(new URL('pixels.json', fixtures), 'utf8'))
  for (const [name, rgb] of Object.entries(expected)) {
    const { width, height, data } = await decodeImage(new URL(name, fixtures).pathname)
    assert.deepEqual([width, height], [6, 4], name)
    assert.equal(Buffer.from(data).toString('hex'), rgb, name)
  }
})

test('the orientation in EXIF is left alone', async () => {
  const turned = await pattern(6, 4).jpeg().withMetadata({ orientation: 6 }).toBuffer()
  const root = tree({ 'turned.jpg': turned, 'plain.jpg': await pattern(6, 4).jpeg().toBuffer() })
  const image = await decodeImage(join(root, 'turned.jpg'))
  assert.deepEqual([image.width, image.height], [6, 4])
  assert.deepEqual(image.data, (await decodeImage(join(root, 'plain.jpg'))).data)
})

test('a file that ends too early and one that is no image are refused', async () => {
  const whole = await pattern(64, 64).jpeg().toBuffer()
  const root = tree({ 'short.jpg': whole.subarray(0, whole.length / 2), 'text.jpg': 'no image', 'empty.jpg': '' })
  for (const name of ['short.jpg', 'text.jpg', 'empty.jpg']) await assert.rejects(decodeImage(join(root, name)), name)
})

test('the type of a file is told by its contents and not by its name', async () => {
  const root = tree({ 'really.jpg': await pattern(3, 2).png().toBuffer() })
  const { data } = await decodeImage(join(root, 'really.jpg'))
  assert.deepEqual(
    data,
    await sharp(await pattern(3, 2).png().toBuffer())
      .raw()
      .toBuffer(),
  )
})
