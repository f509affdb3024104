import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { newPage } from '../testing/browser.ts'
import { choose, finished, folder, playground, visit, WAIT } from '../testing/playground.ts'

test('after the first visit the page works without a network', async () => {
  const context = await playground().browser.newContext()
  const page = await context.newPage()
  await page.goto(`${playground().url}try.html`)
  await choose(page)
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await page.waitForFunction(async () =>
    (await (await caches.open('vitrine-try')).keys()).some(({ url }) => url.endsWith('try.html')),
  )
  await page.reload()
  await context.setOffline(true)
  await page.reload()
  await page.click('#try .scenes li:last-child button')
  await finished(page)
  await context.close()
})

test('axe finds nothing serious, on a phone and on a desk; a phone has the wall before the controls', async () => {
  await visit(
    async page => {
      await choose(page)
      assert.equal(await page.isVisible('#threshold'), false)
      await page.click('#controls summary')
      assert.equal(await page.isVisible('#threshold'), true)
      const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
      await page.evaluate(source)
      for (const width of [390, 1280]) {
        await page.setViewportSize({ width, height: 900 })
        assert.equal(await page.isVisible('#threshold'), true)
        const found = await page.evaluate(async () => {
          const { violations } = await (
            globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string }[] }> } }
          ).axe.run()
          return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id)
        })
        assert.deepEqual(found, [])
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        assert.ok(wide <= 0, `${wide} px wider than the window`)
      }
    },
    '',
    390,
    { bypassCSP: true },
  )
})

test('the page is light before a picture is chosen, and asks no other host', async () => {
  const { page, complaints } = await newPage(playground().browser, playground().url)
  await page.goto(`${playground().url}try.html`, { waitUntil: 'networkidle' })
  const scenes = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .reduce(
        (sum, entry) =>
          sum +
          ((entry as PerformanceResourceTiming).name.endsWith('.webp')
            ? (entry as PerformanceResourceTiming).encodedBodySize
            : 0),
        0,
      ),
  )
  const total = await page.evaluate(() =>
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce(
      (sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize,
      0,
    ),
  )
  assert.ok(total - scenes < 200_000, `${total - scenes} bytes`)
  assert.deepEqual(complaints, [])
  await page.close()
})

test('a published map is computed again on its image page, and its difference is told', async () => {
  const [image] = readdirSync(join(folder, 'images'), { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('0.html'),
  )
  const { page, complaints } = await newPage(playground().browser, playground().url)
  await page.goto(`${playground().url}images/${image}?method=agcam`)
  await page.click('#run-here')
  await page.waitForFunction(
    () => /from the published map/.test(document.querySelector('#ran-here')?.textContent ?? ''),
    undefined,
    {
      timeout: WAIT,
    },
  )
  const words = (await page.textContent('#ran-here')) ?? ''
  const share = Number(/at most (\S+) % of/.exec(words)?.[1])
  assert.ok(share < 3, words)
  assert.deepEqual(complaints, [])
  await page.close()
})

test('memory does not grow with the pictures', { skip: process.platform !== 'linux' && 'reads /proc' }, async t => {
  const { page } = await newPage(playground().browser, playground().url)
  await page.goto(`${playground().url}try.html`)
  const scenes = await page
    .locator('[data-scene]')
    .evaluateAll(all => all.map(one => one.getAttribute('data-scene') ?? ''))
  const memory: number[] = []
  for (let i = 0; i < 20; i++) {
    await choose(page, scenes[i % scenes.length])
    memory.push(largestRenderer())
  }
  const [, second = 0] = memory
  const last = memory.at(-1) ?? 0
  t.diagnostic(`${Math.round(second)} MB after 2 pictures, ${Math.round(last)} MB after 20`)
  assert.ok(last <= 1.5 * second, memory.map(Math.round).join())
  await page.close()
})

/** Resident memory of the largest process that the browser renders pages in, in MB. */
function largestRenderer(): number {
  const sizes = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        if (!command.includes('--type=renderer')) return 0
        return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000
      } catch {
        return 0 // It has ended meanwhile.
      }
    })
  return Math.max(...sizes)
}
