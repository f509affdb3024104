import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Page, Request } from 'playwright-core'
import { newPage } from '../testing/browser.ts'
import { cellsOf, image, pages, site, visit } from '../testing/site.ts'

/** Adds up layout shifts, in the page. */
function watchShifts(): void {
  const moved = { total: 0 }
  Object.assign(window, { moved })
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) moved.total += (entry as PerformanceEntry & { value: number }).value
  }).observe({ type: 'layout-shift', buffered: true })
}

test('the board is light', async t => {
  const { page } = await newPage(site().browser, site().url)
  const sizes: ReturnType<Request['sizes']>[] = []
  const finished = (request: Request) => sizes.push(request.sizes())
  page.on('requestfinished', finished)
  await page.goto(`${site().url}index.html`, { waitUntil: 'networkidle' })
  page.off('requestfinished', finished)
  const bytes = (await Promise.all(sizes)).reduce((sum, s) => sum + s.responseBodySize + s.responseHeadersSize, 0)
  await page.close()
  t.diagnostic(`${bytes} bytes`)
  assert.ok(bytes < 150_000, `${bytes} bytes`)
})

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A page of every kind. */
function kinds(): string[] {
  const first = (pattern: RegExp) => pages().find(path => pattern.test(path)) ?? assert.fail(`no page ${pattern}`)
  const single = ['index', 'compare', 'try', 'about', 'gallery', 'methods', 'engines', 'metrics', 'parity'].map(
    name => `${name}.html`,
  )
  const each = [
    /^methods\//,
    /^metrics\/average/,
    /^records\//,
    /^models\//,
    /^datasets\//,
    /^boards\/.*pairs.*standard/,
  ]
  return [...single, ...each.map(first), image()]
}

/** Serious and critical findings of axe on a page. */
async function findings(page: Page): Promise<string[]> {
  await page.waitForLoadState('networkidle')
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: {
        run(options: object): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>
      }
    }
    const { violations } = await axe.run({ resultTypes: ['violations'], preload: false })
    return violations
      .filter(v => v.impact === 'serious' || v.impact === 'critical')
      .map(v => `${v.id}: ${v.nodes[0]?.html.slice(0, 160)}`)
  })
}

for (const [width, colorScheme] of [
  [1280, 'light'],
  [390, 'light'],
  [1280, 'dark'],
] as const) {
  test(`axe finds nothing serious on any kind of page, ${width} pixels wide, in the ${colorScheme}`, async () => {
    for (const path of colorScheme === 'dark' ? ['index.html', 'compare.html', image()] : kinds()) {
      const act = async ({ page }: { page: Page }) => assert.deepEqual(await findings(page), [], path)
      await visit(path, act, width, { colorScheme })
    }
  })
}

test('no kind of page moves while it loads', async () => {
  const moved: string[] = []
  for (const path of kinds()) {
    const { page } = await newPage(site().browser, site().url)
    await page.addInitScript(watchShifts)
    await page.goto(site().url + path, { waitUntil: 'networkidle' })
    const total = await page.evaluate(() => (window as unknown as { moved: { total: number } }).moved.total)
    if (total >= 0.02) moved.push(`${path}: ${total}`)
    await page.close()
  }
  assert.deepEqual(moved, [])
})

test('on a phone the board is a list that sorts and unfolds', () =>
  visit(
    'index.html',
    async ({ page }) => {
      const rows = page.locator('#board tbody tr:not([hidden])')
      assert.equal(await rows.first().locator('td.n:visible').count(), 1)
      const height = await page.locator('#board').evaluate(table => table.getBoundingClientRect().height)
      // Six screens of 844 pixels for all 63 rows.
      assert.ok(height < 6 * 844, `${height} pixels for ${await rows.count()} rows`)
      await page.locator('select[name="sort"]').selectOption('abpc')
      const shown = await rows.nth(1).locator('td.n:visible').getAttribute('data-v')
      assert.equal(shown, await (await cellsOf(page, 'abpc')).nth(1).getAttribute('data-v'))
      await rows.nth(1).locator('.unfold').click()
      assert.equal(await rows.nth(1).locator('td.n:visible a[data-l]').count(), 6)
      assert.ok(await rows.nth(1).locator('.what').isVisible())
    },
    390,
  ))

test('paper has every row, in dark ink', () =>
  visit('index.html', async ({ page }) => {
    const rows = await page.locator('#board tbody tr').count()
    await page.emulateMedia({ media: 'print' })
    // A4 across, less its margins.
    await page.setViewportSize({ width: 1032, height: 700 })
    const across = await page.locator('#board').evaluate(table => table.getBoundingClientRect().width)
    assert.ok(across <= 1032, `${across} pixels`)
    const box = page.locator('.board-case')
    const cut = await box.evaluate(element => element.scrollHeight - element.clientHeight)
    assert.ok(cut <= 1, `${cut} pixels are cut off`)
    assert.equal(await page.locator('#board tbody tr:visible').count(), rows)
    await page.evaluate(() => {
      document.documentElement.dataset.theme = 'dark'
    })
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), 'light')
  }))

test('nothing is wider than a phone', () =>
  visit(
    'index.html',
    async ({ page }) => {
      for (const path of kinds()) {
        await page.goto(site().url + path)
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        assert.ok(wide <= 0, `${path}: ${wide} pixels`)
      }
    },
    390,
  ))
