import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visit } from '../testing/site.ts'

test('a gallery comes in the order of the board, sorts and filters, and its link keeps that', () =>
  visit('gallery.html', async ({ page }) => {
    const names = () => page.locator('.gallery tbody tr:not([hidden]) th > a:not(.badge)').allTextContents()
    const [first, second] = await names()
    assert.equal(first, 'Object mask')
    await page.goto(page.url().replace('gallery.html', 'index.html'))
    assert.equal(await page.locator('#board tbody tr:nth-child(2) .who > a').textContent(), second)
    await page.goBack()
    await page.locator('#sift [name="sort"]').selectOption('name')
    await page.locator('#sift [name="controls"]').uncheck()
    const sorted = await names()
    assert.deepEqual(
      sorted,
      sorted.toSorted((a, b) => a.localeCompare(b, 'en')),
    )
    assert.ok(!sorted.includes('Object mask'))
    await page.locator('#sift [name="wrong"]').check()
    const heads = page.locator('.gallery thead th[scope="col"]:visible')
    assert.equal(await heads.count(), await page.locator('.gallery thead em').count())
    const address = page.url()
    await page.goto(address)
    assert.deepEqual(await names(), sorted)
  }))

test('a tile has the score of its image', () =>
  visit('gallery.html', async ({ page }) => {
    const scores = await page
      .locator('#agcam td i')
      .evaluateAll(all => all.map(tile => (tile as HTMLElement).dataset.s))
    assert.ok(scores.length >= 6 && scores.every(score => /^(\.\d\d|1\.00)$/.test(score ?? '')), scores.join())
  }))

test('maps are found by what is said about them, and the link keeps the words', () =>
  visit('gallery.html?words=peak+outside', async ({ page }) => {
    const asked = (label: string | null) => (label ?? '').toLowerCase().includes('peak outside')
    const labels = await page
      .locator('.gallery tbody tr td a')
      .evaluateAll(all => all.map(a => a.getAttribute('aria-label')))
    const fitting = labels.filter(asked).length
    assert.ok(fitting > 0 && fitting < labels.length)
    assert.equal(await page.locator('#found').textContent(), `${fitting} maps`)
    const clear = page.locator('.gallery tbody tr:not([hidden]) td:not(.dim) a')
    for (const label of await clear.evaluateAll(all => all.map(a => a.getAttribute('aria-label'))))
      assert.ok(asked(label))
    await page.locator('#sift [name="words"]').fill('no such words')
    assert.equal(await page.locator('.gallery tbody tr:visible').count(), 0)
    assert.match(page.url(), /words=no/)
  }))
