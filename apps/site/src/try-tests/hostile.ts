import assert from 'node:assert/strict'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { choose, fixture, temporary, visit, WAIT } from '../testing/playground.ts'

const path = (url: string): string => fileURLToPath(new URL(url, import.meta.url))

/** The start of a PNG that says to have so many pixels, without them. */
function claimingPng(width: number, height: number): Buffer {
  const size = Buffer.alloc(17)
  size.writeUInt32BE(width, 0)
  size.writeUInt32BE(height, 4)
  // 8 bits, red, green and blue.
  size.set([8, 2], 8)
  return Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), size])
}

/** A file of safetensors whose header says so. */
function claimingTensors(tensors: object, headerBytes?: bigint): Buffer {
  const header = Buffer.from(JSON.stringify(tensors))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(headerBytes ?? BigInt(header.length))
  return Buffer.concat([length, header])
}

test('files that are no pictures, or too large, get a sentence, and the page goes on', async () => {
  const whole = readFileSync(path('../../../../docs/site-board-390.webp'))
  // A disk holds its bytes as a hole.
  const gigabyte = join(temporary, 'gigabyte.png')
  writeFileSync(gigabyte, claimingPng(100, 100))
  truncateSync(gigabyte, 1e9)
  const files: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
    'words.png': [Buffer.from('not a picture'), /words\.png is not a picture; expected/],
    'cut.webp': [whole.subarray(0, 300), /cut\.webp cannot be decoded/],
    // It says that it has pixels, and has none.
    'lying.png': [claimingPng(300, 200), /lying\.png cannot be decoded/],
    'huge.png': [claimingPng(20_000, 20_000), /huge\.png is 20000 x 20000 pixels; expected at most 50 million/],
    'none.png': [claimingPng(0, 0), /none\.png (?:is not a picture|cannot be decoded)/],
    'empty.jpg': [Buffer.alloc(0), /empty\.jpg is not a picture; expected/],
  }
  await visit(async page => {
    for (const [name, [buffer, message]] of Object.entries(files)) {
      await page.setInputFiles('#file', { name, mimeType: 'image/png', buffer })
      await page.waitForSelector('#problem:not([hidden])')
      await page.waitForFunction(start => document.querySelector('#problem')?.textContent?.startsWith(start), name)
      assert.match((await page.textContent('#problem')) ?? '', message)
    }
    await page.setInputFiles('#file', gigabyte)
    await page.waitForFunction(() => document.querySelector('#problem')?.textContent?.startsWith('gigabyte'))
    assert.match((await page.textContent('#problem')) ?? '', /has 1000\.0 MB; expected a picture of at most 64\.0 MB/)
    await choose(page)
    assert.equal(await page.isVisible('#problem'), false)
  })
})

test('of an animated picture the first frame is explained', async () => {
  const [red, blue] = ['#f00', '#00f'].map(background =>
    sharp({ create: { width: 64, height: 48, channels: 3, background } })
      .raw()
      .toBuffer(),
  )
  const frames = Buffer.concat(await Promise.all([red ?? Buffer.alloc(0), blue ?? Buffer.alloc(0)]))
  const buffer = await sharp(frames, { raw: { width: 64, height: 96, channels: 3, pageHeight: 48 } })
    .gif({ delay: [100, 100] })
    .toBuffer()
  assert.equal((await sharp(buffer, { animated: true }).metadata()).pages, 2)
  await visit(async page => {
    await page.setInputFiles('#file', { name: 'moving.gif', mimeType: 'image/gif', buffer })
    await page.waitForSelector('#desk:not([hidden])', { timeout: WAIT })
    const middle = await page.locator('#seen').evaluate(one => {
      const canvas = one as HTMLCanvasElement
      return [...(canvas.getContext('2d')?.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data ?? [])]
    })
    assert.deepEqual(middle, [255, 0, 0, 255])
    await page.click('#stop')
  })
})

test('files that are no models, or too large for a browser, get a sentence, and the page goes on', async () => {
  // As long as it says, but for the bytes: the disk holds a hole.
  const large = join(temporary, 'large.safetensors')
  const header = claimingTensors({ 'head.weight': { dtype: 'F32', shape: [100_000, 1_500], data_offsets: [0, 6e8] } })
  writeFileSync(large, header)
  truncateSync(large, header.length + 6e8)
  const files: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
    'cut.safetensors': [
      readFileSync(fixture('hf/vit/model.safetensors')).subarray(0, 5000),
      /cut\.safetensors: .*download it again/,
    ],
    'header.safetensors': [
      claimingTensors({}, 2n ** 40n),
      /header\.safetensors: header length 1099511627776 does not fit a file of 10 bytes/,
    ],
    'claims.safetensors': [
      claimingTensors({ 'head.weight': { dtype: 'F32', shape: [250, 1_000_000], data_offsets: [0, 1e9] } }),
      /claims\.safetensors: head\.weight: bytes 0 to 1000000000 do not hold .* in 0 bytes of data/,
    ],
    'cut.onnx': [
      readFileSync(fixture('hf/vit/model.safetensors')).subarray(0, 5000),
      /cut\.onnx: .*expected a field of Protocol Buffers/,
    ],
    'page.pth': [Buffer.from('<html><body>404</body></html>'), /page\.pth: expected safetensors/],
  }
  await visit(async page => {
    for (const [name, [buffer, message]] of Object.entries(files)) {
      await page.setInputFiles('#model', { name, mimeType: 'application/octet-stream', buffer })
      await page.waitForFunction(start => document.querySelector('#problem')?.textContent?.startsWith(start), name, {
        timeout: WAIT,
      })
      assert.match((await page.textContent('#problem')) ?? '', message)
    }
    await page.setInputFiles('#model', large)
    await page.waitForFunction(() => /^large/.test(document.querySelector('#problem')?.textContent ?? ''))
    assert.match((await page.textContent('#problem')) ?? '', /expected at most 450 MB of weights .* got 600 MB/)
    await page.evaluate(() => document.querySelector<HTMLElement>('#bundled')?.click())
    await choose(page)
  })
})
