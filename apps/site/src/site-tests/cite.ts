import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { resultsOf } from '@vitrine/measure'
import Ajv2020 from 'ajv/dist/2020.js'
import { parquetReadObjects } from 'hyparquet'
import { ADDRESS, mostImages, pages, RETIRED, RETIRED_ON, site, textOf, visit } from '../testing/site.ts'

const front = (): { csv: string; parquet: string; numbers: string; records: string[]; page: string } =>
  JSON.parse(textOf('api/boards.json')).find((board: { page: string }) => board.page === 'index.html')

test('every page says of what date, commit and licence it is, and how it is cited', () => {
  const wanted = [
    /<time datetime="\d{4}-\d\d-\d\d">/,
    /commit /,
    /MIT licence/,
    /@misc\{vitrine\d{4}/,
    /rel="canonical"/,
    /og:image/,
  ]
  const without = pages().flatMap(path =>
    wanted.filter(words => !words.test(textOf(path))).map(words => `${path}: ${words}`),
  )
  assert.deepEqual(without, [])
})

test('a citation has the address of the view, with the hash of its numbers', () =>
  visit('index.html?sort=abpc', async ({ page }) => {
    await page.locator('#cite summary').click()
    const link = `${ADDRESS}?sort=abpc&v=${front().numbers}`
    await page.locator('#permalink', { hasText: link }).waitFor()
    assert.match(
      (await page.locator('#bibtex').textContent()) ?? '',
      new RegExp(`url = .*\\?sort=abpc&v=${front().numbers}\\}`),
    )
  }))

test('a permalink of other numbers says that they have changed, one of the same does not', () =>
  visit('index.html?v=0123456789ab', async ({ page }) => {
    assert.match((await page.locator('.changed').textContent()) ?? '', /made of other numbers \(0123456789ab\)/)
    await page.goto(`${site().url}index.html?v=${front().numbers}`)
    await page.locator('#cite').waitFor()
    assert.equal(await page.locator('.changed').count(), 0)
  }))

test('the CSV and the Parquet of a board hold the same numbers, which are those of the records', async () => {
  const { csv, parquet, records } = front()
  const [head = '', ...lines] = textOf(csv).trim().split('\r\n')
  const names = head.split(',')
  const bytes = readFileSync(join(site().folder, parquet))
  const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer })
  assert.equal(rows.length, lines.length)
  assert.equal(new Set(rows.map(row => row.record)).size, records.length)
  const at = lines.findIndex(line => /,agcam,/.test(line) && /,average-precision,predicted,/.test(line))
  const cells = lines[at]?.split(',') ?? []
  assert.equal(cells[names.indexOf('name')], 'Attention-Guided CAM')
  const { summary } = resultsOf(mostImages('icon-scenes'))
  const value = Number(summary['pointing.predicted.average-precision'])
  assert.ok(Math.abs(Number(cells[names.indexOf('value')]) - value) < 1e-5)
  for (const name of ['value', 'low', 'high', 'images', 'rank'])
    assert.equal(rows[at]?.[name], Number(cells[names.indexOf(name)]), name)
})

test('the records that the site offers fit the schema that it offers', () => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(textOf('api/record.schema.json')))
  const records: { json: string; page: string; csv: string }[] = JSON.parse(textOf('api/records.json'))
  assert.equal(records.length, pages().filter(path => path.startsWith('records/')).length)
  for (const { json } of records.filter((_, i) => i % 20 === 0)) {
    const record = JSON.parse(textOf(json))
    const broken = { ...record, seed: 'none' }
    assert.ok(validate(record), `${json}: ${JSON.stringify(validate.errors?.[0])}`)
    assert.equal(validate(broken), false)
  }
})

test('the index leads to files that are there', () => {
  const { boards, records, schemas, source } = JSON.parse(textOf('api/index.json'))
  assert.equal(source.address, ADDRESS)
  for (const path of [boards, records, ...Object.values<string>(schemas)]) assert.ok(textOf(path).length > 100, path)
})

test('the map of the site names its boards and methods, and the page of what is missing links to where the site is', () => {
  const map = textOf('sitemap.xml')
  for (const path of ['methods/agcam.html', 'about.html']) assert.ok(map.includes(`<loc>${ADDRESS}${path}</loc>`), path)
  assert.match(textOf('404.html'), /href="\/board\/index\.html"/)
})

test('a board that was replaced is kept at an address, grey, and a permalink of its numbers leads there', () =>
  visit(`boards/icon-vit/icon-scenes-pairs/standard/onnx-cpu.${RETIRED_ON}.html`, async ({ page }) => {
    assert.match(
      (await page.locator('.changed').first().textContent()) ?? '',
      /replaced on 2026-01-02.*what changed.*current numbers/s,
    )
    assert.equal(await page.locator('#board tbody tr').count(), RETIRED.length)
    assert.match(await page.locator('.board-case').evaluate(box => getComputedStyle(box).filter), /grayscale/)
    const numbers = await page.locator('html').getAttribute('data-numbers')
    await page.locator('.changed a', { hasText: 'current numbers' }).click()
    await page.waitForURL(/standard\/onnx-cpu\.html/)
    await page.goto(`${page.url().split('?')[0]}?v=${numbers}`)
    await page.locator('.changed a', { hasText: 'as it was' }).click()
    await page.waitForURL(new RegExp(RETIRED_ON))
  }))
