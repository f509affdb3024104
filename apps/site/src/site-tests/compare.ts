import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newPage } from '../testing/browser.ts'
import { site, visit } from '../testing/site.ts'

test('comparing says what is decided and shows where methods differ', () =>
  visit('index.html?pick=agcam,random', async ({ page }) => {
    await page.locator('#compare a').click()
    await page.locator('.versus td strong').first().waitFor()
    const words = await page.locator('.versus td strong').allTextContents()
    assert.ok(words.length > 5 && words.every(word => ['better', 'worse', 'differs', 'undecided'].includes(word)))
    assert.match((await page.locator('#title').textContent()) ?? '', /against/)
    assert.ok((await page.locator('.apart .tile').count()) >= 4)
  }))

test('a page of two methods is light, and credits what its pictures show', async () => {
  const { page } = await newPage(site().browser, site().url)
  let bytes = 0
  page.on('requestfinished', async request => {
    const { responseBodySize, responseHeadersSize } = await request.sizes()
    bytes += responseBodySize + responseHeadersSize
  })
  await page.goto(`${site().url}compare.html?methods=agcam,legrad`)
  await page.locator('.versus td strong').first().waitFor()
  assert.ok(bytes > 50_000 && bytes < 400_000, `${bytes} bytes`)
  assert.match((await page.locator('#credit').textContent()) ?? '', /Twitter Emoji by Twitter \(CC BY 4\.0\)/)
  await page.close()
})

test('each measure is compared once, of one class, and a correction decides no more than each for itself', () =>
  visit('compare.html?methods=agcam,legrad', async ({ page }) => {
    const decided = async () => {
      await page.locator('#result > p', { hasText: 'decided' }).waitFor()
      return Number(/^\d+/.exec((await page.locator('#result > p').first().textContent()) ?? '')?.[0])
    }
    const alone = await decided()
    const titles = await page.locator('.versus tbody tr:not(.group) th').allTextContents()
    assert.equal(new Set(titles).size, titles.length)
    await page.locator('#holm').check()
    await page.locator('#result > p', { hasText: 'corrected' }).waitFor()
    assert.ok((await decided()) <= alone)
    assert.match(page.url(), /holm/)
    assert.ok((await page.locator('.versus small', { hasText: /about [\d,]+ images would tell/ }).count()) > 0)
  }))

test('the reference can be chosen, and differences turn round', () =>
  visit('compare.html?methods=agcam,legrad', async ({ page }) => {
    await page.locator('.versus td strong').first().waitFor()
    const first = () => page.locator('.versus tbody td:last-child').first().textContent()
    const before = await first()
    await page.locator('#against').selectOption('legrad')
    await page.locator('#title', { hasText: 'against LeGrad' }).waitFor()
    await page.waitForFunction(
      text => document.querySelector('.versus tbody td:last-child')?.textContent !== text,
      before,
    )
    assert.match(page.url(), /against=legrad/)
    const sign = (text: string | null) => /[+−](?=\d)/.exec(text?.replace(/^[\d.]+ /, '') ?? '')?.[0]
    assert.notEqual(sign(await first()), sign(before))
  }))

test('on a phone every difference is in sight', () =>
  visit(
    'compare.html?methods=agcam,legrad',
    async ({ page }) => {
      await page.locator('.versus td strong').first().waitFor()
      const box = await page.locator('.versus td strong').first().boundingBox()
      assert.ok(box && box.x >= 0 && box.x + box.width <= 390)
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      assert.ok(wide <= 0, `${wide} pixels`)
    },
    390,
  ))
