import assert from 'node:assert/strict'
import { test } from 'node:test'
import { intervalsOfRecord, resultsOf } from '@vitrine/measure'
import { mostImages, visit } from '../testing/site.ts'

test("a method's page has the numbers of all images together, with the record's intervals", () =>
  visit('methods/agcam.html', async ({ page }) => {
    const gap = page.locator('tr', { hasText: 'Lost by a fixed threshold' }).locator('td')
    const record = mostImages('icon-scenes')
    const [{ summary }, intervals] = [resultsOf(record), intervalsOfRecord(record)]
    const key = 'localization.predicted.threshold-gap'
    const shown = [await gap.nth(0).textContent(), ...((await gap.nth(1).textContent()) ?? '').split(' to ')]
    for (const [i, value] of [summary[key], ...(intervals[key] as number[])].map(Number).entries()) {
      assert.ok(Math.abs(Number(shown[i]) - value) <= 0.005 * Math.abs(value), `${shown[i]}, recorded ${value}`)
    }
  }))

test("a method's page shows where it fails: image, map, the worst number of all datasets, and what to see", () =>
  visit('methods/agcam.html', async ({ page }) => {
    const values = ['icon-scenes', 'icon-scenes-pairs', 'icon-scenes-shifted'].flatMap(
      dataset => mostImages(dataset).columns['texture.predicted.background-edges'] as number[],
    )
    const texture = page.locator('#fails-texture li')
    assert.equal(await texture.count(), 3)
    const ids = await texture
      .locator('.pair > :first-child img')
      .evaluateAll(shown => shown.map(img => img.getAttribute('alt')))
    assert.equal(new Set(ids).size, 3)
    const shown = Number(await texture.first().locator('b').textContent())
    assert.ok(Math.abs(shown - Math.max(...values)) < 0.001, `${shown}, recorded ${Math.max(...values)}`)
    for (const id of ['texture', 'diffusion', 'frozen', 'discrimination', 'threshold']) {
      const first = page.locator(`#fails-${id} li`).first()
      assert.equal(await first.locator('.tile').count(), 2, id)
      assert.match((await first.locator('small').textContent()) ?? '', /\w.*\.$/, id)
    }
  }))

test("a method's first screen has its result, three tiles, the command for one's own model and the way to its code", () =>
  visit('methods/rise.html', async ({ page }) => {
    const value = Number(resultsOf(mostImages('icon-scenes', 'rise')).summary['pointing.predicted.average-precision'])
    const answers = (await page.locator('.label .answers').textContent()) ?? ''
    assert.match(answers, new RegExp(`Average precision.*${value.toFixed(2)} .*rank \\d+–\\d+ of 63`))
    assert.equal(await page.locator('.first-tiles .tile').count(), 3)
    assert.ok(((await page.locator('.first-tiles').boundingBox())?.y ?? 900) < 900)
    assert.match((await page.locator('.label pre').textContent()) ?? '', /explain photo\.jpg .*--method rise/)
    assert.match((await page.locator('.label').textContent()) ?? '', /Measured with 64 masks\. The paper: 4,000 masks/)
  }))
