import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { metrics } from '@vitrine/metrics'
import { readRecord } from '@vitrine/records'
import { pages, results, textOf, visit } from '../testing/site.ts'

// What pages say a metric is worth is computed here once more, from the raw columns of the records and by other code.

const dir = join(results, 'icon-vit/icon-scenes/standard')
const records = readdirSync(dir)
  .filter(file => file.includes('.onnx-cpu.images') && !file.includes('.verdict.') && !file.includes('.agreement.'))
  .map(file => readRecord(join(dir, file)))
  .filter(({ variant }) => !variant?.includes('passes='))
const numbersOf = (record: (typeof records)[number], metric: string) =>
  (record.columns[`pointing.predicted.${metric}`] as (number | null)[]).filter(value => value !== null)
const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length
const methods = records.filter(({ method, status }) => status === 'ok' && !method.control)
const truth = records.filter(({ method }) => method.details?.readsTruth === true)
const controls = records.filter(({ method }) => method.control && method.details?.readsTruth !== true)

/** Share of all pairs, one by one, in which the first is greater; equal ones count half. */
function share(first: readonly number[], second: readonly number[]): number {
  let won = 0
  for (const a of first) for (const b of second) won += a > b ? 1 : a === b ? 0.5 : 0
  return won / (first.length * second.length)
}

/** Kendall's tau-b from its definition by counts of concordant, discordant and tied pairs. */
function tauB(x: readonly number[], y: readonly number[]): number {
  let [concordant, discordant, onlyX, onlyY] = [0, 0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    for (let j = i + 1; j < x.length; j++) {
      const [a, b] = [(x[i] ?? 0) - (x[j] ?? 0), (y[i] ?? 0) - (y[j] ?? 0)]
      if (a * b > 0) concordant++
      else if (a * b < 0) discordant++
      else if (a !== 0) onlyX++
      else if (b !== 0) onlyY++
    }
  }
  const ordered = concordant + discordant
  return (concordant - discordant) / Math.sqrt((ordered + onlyX) * (ordered + onlyY))
}

const METRIC = 'average-precision'

test('every metric of the registry has a page with its definition, and the list links to it', () =>
  visit('metrics.html', async ({ page }) => {
    for (const metric of Object.values(metrics)) {
      assert.ok(pages().includes(`metrics/${metric.id}.html`), metric.id)
      assert.equal(await page.locator(`.worths a[href$="metrics/${metric.id}.html"]`).count(), 1, metric.id)
    }
    await page.goto(page.url().replace('metrics.html', 'metrics/fine-energy.html'))
    const text = (await page.locator('.label').textContent()) ?? ''
    for (const words of [metrics['fine-energy'].formula, metrics['fine-energy'].pitfall])
      assert.ok(text.includes(words))
    assert.equal(await page.locator('#worth').count(), 0, 'a description has no worth')
  }))

test('a metric is worth the share of pairs in which the truth, and a method, is better than a control', () =>
  visit(`metrics/${METRIC}.html`, async ({ page }) => {
    const values = (of: typeof records) => of.flatMap(record => numbersOf(record, METRIC))
    const rows = await page.locator('#worth tr').allTextContents()
    const shown = (words: string) =>
      /(\d\.\d\d) \(95 %: (\d\.\d\d) to (\d\.\d\d)\)/.exec(rows.find(row => row.includes(words)) ?? '')
    const told = shown('told the truth') ?? assert.fail(rows.join())
    assert.equal(told[1], share(values(truth), values(controls)).toFixed(2))
    const found = shown('methods against') ?? assert.fail(rows.join())
    assert.equal(found[1], share(values(methods), values(controls)).toFixed(2))
    assert.ok(Number(found[2]) <= Number(found[1]) && Number(found[1]) <= Number(found[3]))
  }))

test("a metric's rank list is in the order of the means, and as many images are needed as a paired z test asks", () =>
  visit(`metrics/${METRIC}.html`, async ({ page }) => {
    const ranked = methods.toSorted((a, b) => mean(numbersOf(b, METRIC)) - mean(numbersOf(a, METRIC)))
    const names = await page.locator('.rank-list tbody tr:not(.control) th').allTextContents()
    for (const [i, name] of names.slice(0, 10).entries())
      assert.ok(name.startsWith(ranked[i]?.method.name ?? '?'), name)
    const [first, second] = ranked.map(record => numbersOf(record, METRIC))
    assert.ok(first && second && first.length === second.length)
    const differences = first.map((value, i) => value - (second[i] ?? 0))
    const spread = Math.sqrt(
      differences.reduce((sum, value) => sum + (value - mean(differences)) ** 2, 0) / (differences.length - 1),
    )
    // Quantiles of the normal distribution at 0.975 and 0.8.
    const needed = Math.ceil((((1.959964 + 0.841621) * spread) / mean(differences)) ** 2)
    const text = (await page.locator('#worth tr', { hasText: 'Images that would tell' }).textContent()) ?? ''
    const told = Number(/([\d,]+), at the measured/.exec(text)?.[1]?.replaceAll(',', ''))
    assert.ok(Math.abs(told / needed - 1) < 1e-3, `${told}, not ${needed}`)
  }))

test('the matrix has the rank correlation of every two metrics', () =>
  visit('metrics.html', async ({ page }) => {
    const table = page.locator('.chart', { hasText: 'How alike metrics rank methods' }).locator('table')
    const heads = await table.locator('thead th').allTextContents()
    const row = table.locator('tbody tr', { has: page.locator('th', { hasText: /^Average precision$/ }) })
    const shown = await row
      .locator('td')
      .nth(heads.indexOf('ROC AUC') - 1)
      .textContent()
    const [x, y] = [METRIC, 'roc-auc'].map(metric => methods.map(record => mean(numbersOf(record, metric))))
    assert.equal(shown, tauB(x ?? [], y ?? []).toFixed(2))
  }))

test('the images on which a metric disagrees most are shown with the methods that it raises and lowers', () =>
  visit(`metrics/abpc.html`, async ({ page }) => {
    const taus = (await page.locator('#disputes .three > a:first-child small').allTextContents()).map(text =>
      Number(text.replace('tau ', '').replace('−', '-')),
    )
    assert.equal(taus.length, 4)
    assert.deepEqual(
      taus,
      taus.toSorted((a, b) => a - b),
    )
    assert.equal(await page.locator('#disputes .three > a').count(), 12)
  }))

test('a column says what its metric is worth, and leads to its page', () =>
  visit('index.html', async ({ page }) => {
    const link = page.locator(`th[data-key="pointing.predicted.${METRIC}"] .worth`)
    assert.match((await link.textContent()) ?? '', /^AUC (\.\d\d|1\.00)$/)
    assert.match(
      (await link.getAttribute('title')) ?? '',
      /tells the map that is told the truth from the controls: AUC \d/,
    )
    await link.click()
    assert.equal(await page.locator('h1').textContent(), 'Average precision')
  }))

test('neighbours are told apart one by one or corrected for all of them, and the link says which', async () => {
  const told = /(\d+) of 58 neighbours told apart(, corrected for all of them)?;/
  const sentence = '#findings'
  let alone = 0
  await visit('index.html', async ({ page }) => {
    alone = Number(told.exec((await page.locator(sentence).textContent()) ?? '')?.[1])
    await page.locator('input[name="corrected"]').check()
    await page.waitForFunction(() => /corrected/.test(document.querySelector('#findings')?.textContent ?? ''))
    assert.match(page.url(), /\?corrected$/)
  })
  await visit('index.html?corrected&sort=abpc', async ({ page }) => {
    await page.waitForFunction(() => /ABPC.*corrected/.test(document.querySelector('#findings')?.textContent ?? ''))
    assert.ok(await page.locator('input[name="corrected"]').isChecked())
    await page.locator('select[name="sort"]').selectOption(METRIC)
    await page.waitForFunction(() =>
      /average precision, .*corrected/.test(document.querySelector('#findings')?.textContent ?? ''),
    )
    const corrected = Number(told.exec((await page.locator(sentence).textContent()) ?? '')?.[1])
    assert.ok(corrected <= alone, `${corrected} of ${alone}`)
    // The page of the metric counts them in the build.
    assert.match(textOf(`metrics/${METRIC}.html`), new RegExp(`${alone} of 58; ${corrected} corrected`))
  })
})
