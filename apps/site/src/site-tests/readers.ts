import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Request } from 'playwright-core'
import { newPage } from '../testing/browser.ts'
import { cellsOf, image, pages, site, visit } from '../testing/site.ts'

test('the board is light and does not move while it loads', async () => {
  const { page } = await newPage(site().browser, site().url)
  const sizes: ReturnType<Request['sizes']>[] = []
  const finished = (request: Request) => sizes.push(request.sizes())
  page.on('requestfinished', finished)
  await page.addInitScript(() => {
    const moved = { total: 0 }
    Object.assign(window, { moved })
    new PerformanceObserver(list => {
      for (const entry of list.getEntries()) moved.total += (entry as PerformanceEntry & { value: number }).value
    }).observe({ type: 'layout-shift', buffered: true })
  })
  await page.goto(`${site().url}index.html`, { waitUntil: 'networkidle' })
  const moved = await page.evaluate(() => (window as unknown as { moved: { total: number } }).moved.total)
  page.off('requestfinished', finished)
  const bytes = (await Promise.all(sizes)).reduce((sum, s) => sum + s.responseBodySize + s.responseHeadersSize, 0)
  await page.close()
  assert.ok(bytes < 150_000, `${bytes} bytes`)
  assert.ok(moved < 0.01, `moved by ${moved}`)
})

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds no serious violation in the ${colorScheme}`, async () => {
    const one = (pattern: RegExp) => pages().find(path => pattern.test(path.replaceAll('\\', '/'))) ?? 'none'
    const coloured = ['index.html', 'compare.html']
    const plain = [image(), 'about.html', 'gallery.html', one(/^methods\//), one(/^records\//)]
    for (const path of colorScheme === 'dark' ? coloured : [...coloured, ...plain]) {
      await visit(
        path,
        async ({ page }) => {
          await page.waitForLoadState('networkidle')
          await page.evaluate(axe)
          const found = await page.evaluate(async () => {
            const { axe } = window as unknown as {
              axe: {
                run(
                  options: object,
                ): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>
              }
            }
            const { violations } = await axe.run({ resultTypes: ['violations'], preload: false })
            return violations
              .filter(v => v.impact === 'serious' || v.impact === 'critical')
              .map(v => `${v.id}: ${v.nodes[0]?.html.slice(0, 160)}`)
          })
          assert.deepEqual(found, [], path)
        },
        1280,
        { colorScheme },
      )
    }
  })
}

test('on a phone the board is a list that sorts and unfolds', () =>
  visit(
    'index.html',
    async ({ page }) => {
      const rows = page.locator('#board tbody tr:not([hidden])')
      assert.equal(await rows.first().locator('td.n:visible').count(), 1)
      const height = await page.locator('#board').evaluate(table => table.getBoundingClientRect().height)
      assert.ok(height / (await rows.count()) < 150, `${height} pixels for ${await rows.count()} rows`)
      await page.locator('select[name="sort"]').selectOption('abpc')
      const shown = await rows.nth(1).locator('td.n:visible').getAttribute('data-v')
      assert.equal(shown, await (await cellsOf(page, 'abpc')).nth(1).getAttribute('data-v'))
      await rows.nth(1).locator('.unfold').click()
      assert.equal(await rows.nth(1).locator('td.n:visible a[data-l]').count(), 6)
      assert.ok(await rows.nth(1).locator('.what').isVisible())
    },
    390,
  ))

test('paper has every row', () =>
  visit('index.html', async ({ page }) => {
    const rows = await page.locator('#board tbody tr').count()
    await page.emulateMedia({ media: 'print' })
    const box = page.locator('.board-case')
    const cut = await box.evaluate(element => element.scrollHeight - element.clientHeight)
    assert.ok(cut <= 1, `${cut} pixels are cut off`)
    assert.equal(await page.locator('#board tbody tr:visible').count(), rows)
  }))

test('nothing is wider than a phone', () =>
  visit(
    'index.html',
    async ({ page }) => {
      for (const path of ['index.html', 'about.html', 'methods.html', image()]) {
        await page.goto(site().url + path)
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        assert.ok(wide <= 0, `${path}: ${wide} pixels`)
      }
    },
    390,
  ))
