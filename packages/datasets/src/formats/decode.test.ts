import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { painted, pattern, tree } from '../testing/tree.ts'
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

test('damage that Pillow refuses is refused: a second scan behind the picture, a wrong checksum before the pixels', async () => {
  const whole = await pattern(64, 48).jpeg().toBuffer()
  const scan = whole.indexOf(Buffer.from([0xff, 0xda]))
  const png = await pattern(64, 48).png().toBuffer()
  const changed = Buffer.from(png)
  // The last byte of the header's checksum.
  changed.writeUInt8(changed.readUInt8(32) ^ 1, 32)
  const root = tree({
    'twice.jpg': Buffer.concat([whole.subarray(0, -2), whole.subarray(scan)]),
    'checksum.png': changed,
    'two.jpg': Buffer.concat([whole, whole]),
  })
  await assert.rejects(
    decodeImage(join(root, 'twice.jpg')),
    /twice\.jpg: expected one picture, got a JPEG that goes on/,
  )
  await assert.rejects(
    decodeImage(join(root, 'checksum.png')),
    /expected a whole PNG, got a wrong checksum of its chunk "IHDR"/,
  )
  // What stands behind the end of the picture is another file, as in the MPO of some cameras.
  assert.equal((await decodeImage(join(root, 'two.jpg'))).width, 64)
})

test('a file that changes has its new pixels, and none of the old ones', async () => {
  const root = tree({ 'a.png': await painted([[0xff0000]]) })
  assert.deepEqual([...(await decodeImage(join(root, 'a.png'))).data], [255, 0, 0])
  writeFileSync(join(root, 'a.png'), await painted([[0x00ff00]]))
  assert.deepEqual([...(await decodeImage(join(root, 'a.png'))).data], [0, 255, 0])
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
