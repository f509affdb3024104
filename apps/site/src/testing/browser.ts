import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** @param more arguments of Chromium */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `expected Chromium at ${CHROMIUM}, found nothing: install it (apt-get install chromium) or set CHROMIUM to where it is`,
    )
  }
  const quiet = ['quic', 'background-networking', 'component-update', 'sync', 'gpu'].map(part => `--disable-${part}`)
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--no-first-run', ...quiet, ...more] })
}

export interface Visit {
  readonly page: Page
  /** What the page complained about: errors, warnings, failed requests, requests to other places. */
  readonly complaints: string[]
}

/** A fresh page at a width, whose complaints are kept. */
export async function newPage(browser: Browser, own: string, width = 1280, options: object = {}): Promise<Visit> {
  const page = await browser.newPage({ viewport: { width, height: width < 500 ? 844 : 900 }, ...options })
  page.setDefaultTimeout(30_000)
  const complaints: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('requestfailed', request => {
    // Whoever goes to the next page cuts off what the last one still loads.
    const reason = request.failure()?.errorText
    if (reason !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()} (${reason})`)
  })
  page.on('response', response => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`)
  })
  page.on('request', request => {
    const url = request.url()
    if (!url.startsWith(new URL(own).origin) && !/^(data|blob):/.test(url)) complaints.push(`external: ${url}`)
  })
  return { page, complaints }
}
