import assert from 'node:assert/strict'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { choose, fixture, temporary, visit, WAIT } from '../testing/playground.ts'

const path = (url: string): string => fileURLToPath(new URL(url, import.meta.url))

test('files that are no pictures, or too large, get a sentence, and the page goes on', async () => {
  const png = readFileSync(path('../../../../docs/site-board-390.webp'))
  const huge = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  const size = Buffer.alloc(17)
  size.writeUInt32BE(20_000, 0)
  size.writeUInt32BE(20_000, 4)
  const files: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
    'words.png': [Buffer.from('not a picture'), /words\.png is not a picture; expected/],
    'cut.webp': [png.subarray(0, 300), /cut\.webp cannot be decoded/],
    'huge.png': [Buffer.concat([huge, size]), /huge\.png is 20000 x 20000 pixels; expected at most 50 million/],
  }
  await visit(async page => {
    for (const [name, [buffer, message]] of Object.entries(files)) {
      await page.setInputFiles('#file', { name, mimeType: 'image/png', buffer })
      await page.waitForSelector('#problem:not([hidden])')
      await page.waitForFunction(start => document.querySelector('#problem')?.textContent?.startsWith(start), name)
      assert.match((await page.textContent('#problem')) ?? '', message)
    }
    await choose(page)
    assert.equal(await page.isVisible('#problem'), false)
  })
})

test('files that are no models, or too large for a browser, get a sentence, and the page goes on', async () => {
  // As long as it says, but for the bytes: the disk holds a hole.
  const large = join(temporary, 'large.safetensors')
  const header = Buffer.from(
    JSON.stringify({ 'head.weight': { dtype: 'F32', shape: [100_000, 1_500], data_offsets: [0, 6e8] } }),
  )
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  writeFileSync(large, Buffer.concat([length, header]))
  truncateSync(large, 8 + header.length + 6e8)
  const files: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
    'cut.safetensors': [
      readFileSync(fixture('hf/vit/model.safetensors')).subarray(0, 5000),
      /cut\.safetensors: .*download it again/,
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
