import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { newPage, openBrowser } from './browser.ts'
import { buildSite } from './build.ts'
import { serve } from './serve.ts'

// Pictures of the board for docs/, all or those that are named: `npx -y pnpm@12 --filter @vitrine/site screenshots try-1280`.

const docs = fileURLToPath(new URL('../../../../docs/', import.meta.url))
const results = fileURLToPath(new URL('../../../../results', import.meta.url))

const shots = [
  { name: 'board-1280', path: 'index.html', width: 1280, colorScheme: 'light' },
  { name: 'board-1920', path: 'index.html', width: 1920, colorScheme: 'dark' },
  { name: 'board-390', path: 'index.html', width: 390, colorScheme: 'light' },
  { name: 'image-1280', path: 'images/icon-vit/icon-scenes-pairs/onnx-cpu/2.html', width: 1280, colorScheme: 'light' },
  {
    name: 'try-1280',
    path: 'try.html?scene=icon-scenes-pairs/0/00003',
    width: 1280,
    colorScheme: 'light',
    top: '#status',
  },
] as const

const named = process.argv.slice(2)

/** Waits for what a page computes by itself. */
const settled = (page: Page): Promise<unknown> =>
  page.waitForFunction(
    () =>
      /explained|^$/.test(document.querySelector('#status')?.textContent?.trim() ?? '') &&
      !document.querySelector('#wall[aria-busy="true"]'),
    undefined,
    {
      timeout: 300_000,
    },
  )

const temporary = mkdtempSync(join(tmpdir(), 'vitrine-screenshots-'))
try {
  const folder = join(temporary, 'dist')
  const { code, output } = await buildSite(results, folder)
  if (code !== 0) throw new Error(output)
  const server = await serve(folder)
  const browser = await openBrowser()
  for (const { name, path, width, colorScheme, ...shot } of shots) {
    if (named.length > 0 && !named.includes(name)) continue
    const { page } = await newPage(browser, server.url, width, { colorScheme })
    await page.goto(server.url + path, { waitUntil: 'networkidle' })
    await settled(page)
    // What the picture begins with; the start of the page if nothing is named.
    if ('top' in shot) await page.locator(shot.top).evaluate(one => one.scrollIntoView())
    const png = await page.screenshot()
    await sharp(png)
      .webp({ quality: 82 })
      .toFile(join(docs, `site-${name}.webp`))
    await page.close()
  }
  await browser.close()
  server.close()
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
