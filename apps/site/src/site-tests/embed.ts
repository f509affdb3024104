import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { newPage } from '../testing/browser.ts'
import { ADDRESS, site, visit } from '../testing/site.ts'

/** The SVG that a button saves. */
async function saved(page: Page, button: string): Promise<string> {
  const waiting = page.waitForEvent('download')
  await page.locator(button).click()
  return readFileSync(await (await waiting).path(), 'utf8')
}

/** An SVG shown by itself as an image, which may load nothing: its size. */
async function shownAlone(svg: string): Promise<{ width: number; height: number }> {
  const { page } = await newPage(site().browser, site().url)
  await page.setContent(`<img src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}">`)
  const size = await page.locator('img').evaluate(async (image: HTMLImageElement) => {
    await image.decode()
    return { width: image.naturalWidth, height: image.naturalHeight }
  })
  await page.close()
  return size
}

test('rows and cells can be saved as pictures that carry their numbers, their address and their credits', () =>
  visit('index.html?pick=agcam,legrad', async ({ page }) => {
    const value = await page.locator('#board tr[data-method="agcam"] td.sorted span').textContent()
    const rows = await saved(page, '#save-rows')
    assert.ok(
      rows.includes('Attention-Guided CAM') && rows.includes('LeGrad') && rows.includes(`>${value} `),
      rows.slice(0, 500),
    )
    assert.equal(rows.match(/<image /g)?.length, 2)
    assert.ok(rows.includes(ADDRESS) && rows.includes('Twitter Emoji'))
    assert.doesNotMatch(rows, /href="(?!data:)/)
    assert.ok((await shownAlone(rows)).width > 500)
    const cells = await saved(page, '#save-cells')
    assert.ok(cells.includes(`>${value} `) && !cells.includes('<image '))
    assert.ok(cells.length < rows.length)
  }))

test('an image can be saved as a picture with its map, its outlines and its scores', () =>
  visit('images/icon-vit/icon-scenes-pairs/onnx-cpu/0.html?method=agcam&t=0.3', async ({ page }) => {
    const svg = await saved(page, '#save-stage')
    assert.match(svg, /threshold 0\.30; .*IoU 0\.\d+/)
    assert.ok((svg.match(/<image /g)?.length ?? 0) >= 2 && /<path [^>]*stroke=/.test(svg))
    assert.doesNotMatch(svg, /href="(?!data:)/)
    assert.deepEqual((await shownAlone(svg)).width, 448)
  }))
