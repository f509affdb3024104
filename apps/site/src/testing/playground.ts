import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { explainers, isForTexts, isSampled } from '@vitrine/explainers'
import type { Browser, Page } from 'playwright-core'
import { newPage, openBrowser } from './browser.ts'
import { buildSite } from './build.ts'
import { serve } from './serve.ts'

const here = (url: string): string => fileURLToPath(new URL(url, import.meta.url))

/** A scene with a penguin and a sailboat. */
export const SCENE = 'icon-scenes-pairs/0/00003'
/** The methods of one pass, which are asked about every picture. */
export const onePass = explainers
  .filter(one => !isSampled(one) && !one.readsTruth && !isForTexts(one))
  .map(({ id }) => id)
/** Milliseconds that computing may take on a busy machine. */
export const WAIT = 300_000

export const temporary = mkdtempSync(join(tmpdir(), 'vitrine-try-'))
export const folder = join(temporary, 'dist')

interface Playground {
  readonly browser: Browser
  readonly url: string
  close(): Promise<void>
}

let opened: Playground | undefined

export function playground(): Playground {
  assert.ok(opened, 'openPlayground comes first')
  return opened
}

/** Builds a site of one board, from which the playground has its ranks, and opens a browser. */
export async function openPlayground(): Promise<void> {
  const board = 'icon-vit/icon-scenes/standard'
  const [from, results] = [here(`../../../../results/${board}`), join(temporary, 'results')]
  mkdirSync(join(results, board), { recursive: true })
  for (const file of readdirSync(from))
    if (file.endsWith('.onnx-cpu.json')) cpSync(join(from, file), join(results, board, file))
  const built = await buildSite(results, folder)
  assert.equal(built.code, 0, built.output)
  const server = await serve(folder)
  const browser = await openBrowser()
  opened = {
    browser,
    url: server.url,
    async close() {
      await browser.close()
      server.close()
      rmSync(temporary, { recursive: true, force: true })
    },
  }
}

/** Opens the page; it must complain of nothing. */
export async function visit(act: (page: Page) => Promise<void>, query = '', width?: number, options = {}) {
  await visitAt(playground(), act, query, width, options)
}

/** Opens the page in another browser, or from another server. */
export async function visitAt(
  { browser, url }: Pick<Playground, 'browser' | 'url'>,
  act: (page: Page) => Promise<void>,
  query = '',
  width?: number,
  options = {},
) {
  const { page, complaints } = await newPage(browser, url, width, options)
  try {
    await page.goto(`${url}try.html${query}`)
    await act(page)
    assert.deepEqual(complaints, [])
  } finally {
    await page.close()
  }
}

/** Waits until all maps are made and drawn. */
export const finished = (page: Page): Promise<unknown> =>
  page.waitForFunction(
    () =>
      /explained/.test(document.querySelector('#status')?.textContent ?? '') &&
      document.querySelector('#wall')?.getAttribute('aria-busy') === 'false',
    undefined,
    { timeout: WAIT },
  )

/** Waits until the wall shows what was asked of it. */
export const drawn = (page: Page): Promise<unknown> => page.waitForSelector('#wall[aria-busy="false"]')

export async function choose(page: Page, scene = SCENE): Promise<void> {
  await page.click(`[data-scene="${scene}"]`)
  await finished(page)
}

/** A file of the models that tests read. */
export const fixture = (name: string): string => here(`../../../../packages/models/fixtures/${name}`)

const inTry = (start: string): string =>
  join(folder, 'try', readdirSync(join(folder, 'try')).find(name => name.startsWith(start)) ?? '')

/** The file of a scene, without loss. */
export const pictureIn = (scene: string): string => inTry(scene.replaceAll('/', '-'))
/** The folder of the bundled model as the page loads it. */
export const bundledModel = (): string => inTry('icon-vit-')
