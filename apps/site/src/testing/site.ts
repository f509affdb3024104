import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BenchRecord, readRecord } from '@vitrine/records'
import type { Browser, Page } from 'playwright-core'
import { newPage, openBrowser, type Visit } from './browser.ts'
import { type Built, buildSite } from './build.ts'
import { write } from './generate.ts'
import { serve } from './serve.ts'

/** The site of the published records, built once for the tests of `src/site-tests`. */
export interface Site {
  readonly built: Built
  readonly folder: string
  readonly url: string
  readonly browser: Browser
  close(): Promise<void>
}

export const results = fileURLToPath(new URL('../../../../results', import.meta.url))

/** Where the built site is said to be. */
export const ADDRESS = 'https://vitrine.example/board/'

/** Methods of a board that was replaced on a day: records of other versions. */
export const RETIRED = ['agcam', 'attention-rollout', 'random']
export const RETIRED_ON = '2026-01-02'

let opened: Site | undefined

/** The built site; `openSite` comes first. */
export function site(): Site {
  if (!opened) throw new Error('expected a site, got none: src/site.test.ts builds it')
  return opened
}

export async function openSite(): Promise<void> {
  const temporary = mkdtempSync(join(tmpdir(), 'vitrine-site-'))
  const folder = join(temporary, 'dist')
  const retired = join(temporary, 'retired')
  for (const method of RETIRED) {
    const record = mostImages('icon-scenes-pairs', method)
    write(join(retired, RETIRED_ON), { ...record, versions: { ...record.versions, texture: 1000 } })
  }
  const built = await buildSite(results, folder, { VITRINE_ADDRESS: ADDRESS, VITRINE_RETIRED: retired })
  assert.equal(built.code, 0, built.output)
  const server = await serve(folder)
  const browser = await openBrowser()
  opened = {
    built,
    folder,
    url: server.url,
    browser,
    async close() {
      await browser.close()
      server.close()
      rmSync(temporary, { recursive: true, force: true })
    },
  }
}

/** Opens a page, which must not complain about anything. */
export async function visit(path: string, act: (visit: Visit) => Promise<void>, width?: number, options?: object) {
  const { browser, url } = site()
  const opened = await newPage(browser, url, width, options)
  try {
    await opened.page.goto(url + path)
    await act(opened)
    assert.deepEqual(opened.complaints, [])
  } finally {
    await opened.page.close()
  }
}

/** Every page, by its path. */
export const pages = (): string[] =>
  readdirSync(site().folder, { recursive: true, encoding: 'utf8' })
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => path.endsWith('.html'))

/** What a file of the site holds. */
export const textOf = (path: string): string => readFileSync(join(site().folder, path), 'utf8')

/** The names of the rows that the board shows. */
export const names = '#board tbody tr:not([hidden]) .who > a'

/** The cells of a column, in the order of the rows. */
export async function cellsOf(page: Page, metric: string) {
  const heads = await page
    .locator('th[data-key]')
    .evaluateAll(all => all.map(head => head.getAttribute('data-key') ?? ''))
  const at = heads.findIndex(key => key.split('.').at(-1) === metric)
  assert.ok(at >= 0, metric)
  return page.locator(`#board tbody tr:not([hidden]) td.n:nth-child(${at + 5})`)
}

/** The page of an image of two objects. */
export function image(): string {
  const found = pages().find(path => /^images\/.*icon-scenes-pairs\/.*\/0\.html$/.test(path))
  return found ?? assert.fail('expected a page of an image of pairs, found none')
}

/** A method's record of a dataset that was measured with the most images: what its page shows. */
export function mostImages(dataset: string, method = 'agcam'): BenchRecord {
  const folder = join(results, `icon-vit/${dataset}/standard`)
  const files = readdirSync(folder).filter(
    file => file.startsWith(`${method}.onnx-cpu.`) && !file.includes('.verdict.'),
  )
  const records = files.map(file => readRecord(join(folder, file)))
  return records.sort((a, b) => b.dataset.images - a.dataset.images)[0] ?? assert.fail()
}

/** Opens a group of the board's controls. */
export const openTool = (page: Page, name: string) => page.locator('.tool > summary', { hasText: name }).click()
