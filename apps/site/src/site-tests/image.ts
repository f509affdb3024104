import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { test } from 'node:test'
import { image, results, site, visit } from '../testing/site.ts'

test('an image begins with the best method, and the next one keeps what is chosen', () =>
  visit('images/icon-vit/icon-scenes-pairs/onnx-cpu/0.html', async ({ page }) => {
    const current = page.locator('#methods a[aria-current="true"]')
    assert.equal(await current.getAttribute('data-control'), null)
    await page.goto(`${site().url}${image()}?method=lime&class=other&t=0.3`)
    await page.locator('.crumbs a', { hasText: 'next image' }).click()
    await page.waitForURL(/1\.html\?.*method=lime/)
    assert.match(page.url(), /t=0\.3/)
    assert.equal(await current.getAttribute('data-row'), 'lime')
  }))

test('the threshold slider scores the published map as the record does', () =>
  visit(`${image()}?method=agcam&protocol=standard`, async ({ page }) => {
    const iou = page.locator('#scores tr', { hasText: 'IoU' }).locator('td')
    await page.locator('#panel input[name="t"]').fill('0.3')
    const low = Number(await iou.textContent())
    await page.locator('#panel input[name="t"]').fill('0.8')
    const high = Number(await iou.textContent())
    assert.match(page.url(), /t=0\.8/)
    const record = await page.locator('#method-name a').getAttribute('href')
    const file = join(site().folder, posix.normalize(posix.join(dirname(image()), record ?? ''))).replace(
      '.html',
      '.json',
    )
    const { thresholds, columns } = JSON.parse(readFileSync(file, 'utf8'))
    const recorded = (t: number) => {
      const [tp, fp, fn] = ['tp', 'fp', 'fn'].map(
        name => columns[`localization.predicted.${name}`][0][thresholds.indexOf(t)],
      )
      return tp / (tp + fp + fn)
    }
    // The map is published with 256 levels, so pixels near the threshold may fall on its other side.
    assert.ok(Math.abs(low - recorded(0.3)) < 0.02, `${low}, recorded ${recorded(0.3)}`)
    assert.ok(Math.abs(high - recorded(0.8)) < 0.02, `${high}, recorded ${recorded(0.8)}`)
    assert.notEqual(low, high)
  }))

test('under the paper protocol the image shows boxes', () =>
  visit(`${image()}?method=agcam&protocol=paper`, async ({ page }) => {
    assert.ok((await page.locator('#boxes rect').count()) > 0)
    await page.locator('#panel input[name="protocol"][value="standard"]').check()
    assert.equal(await page.locator('#boxes rect').count(), 0)
  }))

for (const protocol of ['paper', 'standard']) {
  test(`the film has a frame per step of the ${protocol} protocol, and a frame marks its step on the curves`, () =>
    visit(`${image()}?method=agcam&protocol=${protocol}`, async ({ page }) => {
      const record = await page.locator('#method-name a').getAttribute('href')
      const file = join(site().folder, posix.normalize(posix.join(dirname(image()), record ?? ''))).replace(
        '.html',
        '.json',
      )
      const { steps } = JSON.parse(readFileSync(file, 'utf8')).protocol.choices.faithfulness
      await page
        .locator('#lerf canvas')
        .nth(steps.length - 1)
        .waitFor()
      assert.equal(await page.locator('#morf canvas').count(), steps.length)
      await page.locator('#morf canvas').nth(3).hover()
      const share = Math.round(100 * steps[3])
      assert.match((await page.locator('#marker text').textContent()) ?? '', new RegExp(`^${share} % taken away`))
    }))
}

test("a two-object image shows each class-specific method's maps of both classes, and the drill-down explains either", () =>
  visit('images/icon-vit/icon-scenes-pairs/onnx-cpu/0.html?method=agcam&class=other', async ({ page }) => {
    const { columns } = JSON.parse(
      readFileSync(join(results, 'icon-vit/icon-scenes-pairs/standard/agcam.onnx-cpu.json'), 'utf8'),
    )
    assert.ok(columns['map.other'][0])
    const tiles = page.locator('#classes li', { hasText: 'Attention-Guided CAM' }).first().locator('.tile > i')
    assert.match((await tiles.first().getAttribute('style')) ?? '', /0\.predicted\.webp/)
    assert.match((await tiles.last().getAttribute('style')) ?? '', /0\.other\.webp/)
    assert.match((await page.locator('#classes p').textContent()) ?? '', /Attention Rollout.*no class/s)
    const other = await page.locator('#overlay').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())
    await page.locator('input[name="class"][value="predicted"]').check()
    const predicted = await page.locator('#overlay').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())
    assert.notEqual(other, predicted)
  }))

test('with the explained class the outline moves to its object', () =>
  visit('images/icon-vit/icon-scenes-pairs/onnx-cpu/0.html?method=agcam', async ({ page }) => {
    const solid = () => page.locator('#truth path[data-label]:not(.other)').getAttribute('data-label')
    const label = await solid()
    await page.locator('input[name="class"][value="other"]').check()
    assert.notEqual(await solid(), label)
    assert.ok(await page.locator('.panel-head .tile.colour').isVisible())
  }))

test('a method that is unstable in float32 says so on its image', () =>
  visit('images/icon-vit/icon-scenes-pairs/tfjs-wasm/0.html?method=transformer-attribution', async ({ page }) => {
    assert.ok(await page.locator('#unstable').isVisible())
    await page.locator('#methods a[data-row="agcam"]').click()
    assert.equal(await page.locator('#unstable').isVisible(), false)
  }))

test('the map of the image has a sentence, made from its record', () =>
  visit('images/icon-vit/icon-scenes-pairs/onnx-cpu/0.html?method=agcam', async ({ page }) => {
    const { columns } = JSON.parse(
      readFileSync(join(results, 'icon-vit/icon-scenes-pairs/standard/agcam.onnx-cpu.json'), 'utf8'),
    )
    const mass = Math.round(100 * columns['pointing.predicted.mass-accuracy'][0])
    const words = await page.locator('#map-words').textContent()
    assert.match(words ?? '', new RegExp(`Attention-Guided CAM .*peak .*${mass} % of its mass in the object`))
  }))
