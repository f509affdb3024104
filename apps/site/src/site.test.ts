import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { newPage, openBrowser, type Visit } from './testing/browser.ts'
import { type Built, buildSite } from './testing/build.ts'
import { serve } from './testing/serve.ts'

const results = fileURLToPath(new URL('../../../results', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'vitrine-site-'))
let built: Built
let browser: Browser
let server: Awaited<ReturnType<typeof serve>>

before(async () => {
  built = await buildSite(results, folder)
  assert.equal(built.code, 0, built.output)
  server = await serve(folder)
  browser = await openBrowser()
})

after(async () => {
  await browser?.close()
  server?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function visit(path: string, act: (visit: Visit) => Promise<void>, width?: number, options?: object) {
  const opened = await newPage(browser, server.url, width, options)
  try {
    await opened.page.goto(server.url + path)
    await act(opened)
    assert.deepEqual(opened.complaints, [])
  } finally {
    await opened.page.close()
  }
}

const pages = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.html'))

const names = '#board tbody tr:not([hidden]) .who > a'

test('the published records build in under 30 seconds', () => {
  assert.ok(built.seconds < 30, `${built.seconds.toFixed(1)} s`)
})

test('every internal link, picture and script resolves, and to an element where it names one', () => {
  const files = new Set(
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(path => path.replaceAll('\\', '/')),
  )
  const idsOf = new Map<string, Set<string>>()
  const ids = (path: string) => {
    const known = idsOf.get(path)
    if (known) return known
    const found = new Set(readFileSync(join(folder, path), 'utf8').match(/(?<=\sid=")[^"]+/g))
    idsOf.set(path, found)
    return found
  }
  const broken: string[] = []
  for (const page of pages()) {
    const html = readFileSync(join(folder, page), 'utf8')
    for (const [, link = ''] of html.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      if (/^(https?|data|mailto):/.test(link)) continue
      const [path = '', hash] = link.replaceAll('&amp;', '&').split('#')
      const target =
        path === '' ? page : posix.normalize(posix.join(dirname(page), decodeURI(path.split('?')[0] ?? '')))
      if (link.startsWith('/') || !files.has(target)) broken.push(`${page}: ${link}`)
      else if (hash && !ids(target).has(decodeURIComponent(hash))) broken.push(`${page}: ${link}`)
    }
  }
  assert.deepEqual(broken.slice(0, 10), [])
})

test('the board sorts by any column, the better end first', () =>
  visit('index.html', async ({ page }) => {
    const values = () =>
      page.locator('#board tbody tr:not([hidden]) td.n[data-v]:nth-of-type(6)').evaluateAll(cells =>
        cells
          .map(cell => cell.getAttribute('data-v'))
          .filter(Boolean)
          .map(Number),
      )
    const first = await page.locator(names).allTextContents()
    await page.locator('th[data-key$="precision"] button').click()
    assert.equal(await page.locator('th[data-key$="precision"]').getAttribute('aria-sort'), 'descending')
    const sorted = await values()
    assert.ok(sorted.length > 3)
    assert.deepEqual(
      sorted,
      sorted.toSorted((a, b) => b - a),
    )
    assert.notDeepEqual(await page.locator(names).allTextContents(), first)
  }))

test('the threshold slider ranks the same numbers that the records hold', () =>
  visit('index.html', async ({ page }) => {
    const row = page.locator('#board tbody tr[data-method="agcam"]')
    await page.locator('input[name="t"]').fill('2')
    await page.locator('#board:not([aria-busy])').waitFor()
    const shown = Number(await row.locator('td.n').nth(1).getAttribute('data-v'))
    const href = (await row.locator('td.n a').first().getAttribute('href')) ?? ''
    const record = JSON.parse(readFileSync(join(folder, href.replace('.html', '.json')), 'utf8'))
    assert.ok(Math.abs(shown - record.summary['localization.predicted.iou'][2]) < 1e-5)
    assert.match(page.url(), /[?&]t=0\.3/)
  }))

test('a permalink restores threshold, class, filters, order and choice', () =>
  visit(
    'index.html?t=0.2&class=label&without=gradient&sort=abpc&order=up&pick=random,attention-rollout',
    async ({ page }) => {
      await page.locator('#board:not([aria-busy])').waitFor()
      assert.equal(await page.locator('#threshold').textContent(), '0.2')
      assert.ok(await page.locator('input[name="class"][value="label"]').isChecked())
      assert.equal(await page.locator('tr[data-family="gradient"]:not([hidden])').count(), 0)
      assert.equal(await page.locator('th[data-key="faithfulness.label.abpc"]').getAttribute('aria-sort'), 'ascending')
      assert.equal(await page.locator('.pick:checked').count(), 2)
      assert.match((await page.locator('#compare a').getAttribute('href')) ?? '', /methods=random,attention-rollout/)
    },
  ))

test('controls stay in sight whatever is filtered', () =>
  visit('index.html', async ({ page }) => {
    for (const box of await page.locator('input[name="family"]').all()) await box.uncheck()
    assert.equal(await page.locator('#board tbody tr:not([hidden]):not(.control)').count(), 0)
    assert.ok((await page.locator('#board tbody tr.control:not([hidden])').count()) >= 3)
  }))

test('the keyboard moves through the table, chooses rows and opens records', () =>
  visit('index.html', async ({ page }) => {
    await page.locator('#board tbody a[tabindex="0"]').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('c')
    const second = page.locator('#board tbody tr').nth(1)
    assert.ok(await second.locator('.pick').isChecked())
    await page.keyboard.press('Enter')
    await page.waitForURL(/records\/[0-9a-f]+\.html/)
  }))

test('without JavaScript the table is complete', () =>
  visit(
    'index.html',
    async ({ page }) => {
      assert.ok((await page.locator(names).count()) >= 6)
      assert.equal(await page.locator('#board tbody td.n:not(.none) > a > span:empty').count(), 0)
      assert.ok(await page.locator('.strip').first().isVisible())
      assert.equal(await page.locator('.controls').isVisible(), false)
    },
    1280,
    { javaScriptEnabled: false },
  ))
