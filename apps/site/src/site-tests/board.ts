import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { resultsOf } from '@vitrine/measure'
import { cellsOf, mostImages, names, openTool, site, visit } from '../testing/site.ts'

test('the board sorts by any column, the better end first, and shows what it is sorted by', () =>
  visit('index.html', async ({ page }) => {
    const first = await page.locator(names).allTextContents()
    const head = page.locator('th[data-key$=".precision"]')
    assert.equal(await head.isVisible(), false)
    await page.locator('select[name="sort"]').selectOption('precision')
    await page.locator('#board:not([aria-busy])').waitFor()
    assert.equal(await head.getAttribute('aria-sort'), 'descending')
    assert.ok(await head.isVisible())
    const values = await (await cellsOf(page, 'precision')).evaluateAll(cells =>
      cells.flatMap(cell => cell.getAttribute('data-v') || []).map(Number),
    )
    assert.ok(values.length > 3)
    assert.deepEqual(
      values,
      values.toSorted((a, b) => b - a),
    )
    assert.notDeepEqual(await page.locator(names).allTextContents(), first)
  }))

test('six columns come first, a group opens the rest, and its link keeps it open', () =>
  visit('index.html', async ({ page }) => {
    const shown = () => page.locator('th[data-key]:visible').count()
    assert.equal(await shown(), 6)
    await openTool(page, 'Columns')
    await page.locator('input[name="columns"][value="Follows texture"]').check()
    assert.equal(await shown(), 10)
    await page.reload()
    assert.equal(await shown(), 10)
  }))

test('a group opens and closes at its head, and its numbers are those of the record', () =>
  visit('index.html', async ({ page }) => {
    const opens = page.locator('.opens', { hasText: 'Changes the answer' })
    assert.equal(await opens.getAttribute('aria-expanded'), 'false')
    await opens.click()
    assert.match(page.url(), /show=Changes/)
    await page.locator('#board:not([aria-busy])').waitFor()
    const at = await page
      .locator('#board tbody tr:not([hidden])')
      .evaluateAll(rows => rows.findIndex(row => row.getAttribute('data-method') === 'agcam'))
    const shown = Number(await (await cellsOf(page, 'morf-area')).nth(at).getAttribute('data-v'))
    const recorded = Number(resultsOf(mostImages('icon-scenes')).summary['faithfulness.predicted.morf-area'])
    assert.ok(Math.abs(shown - recorded) < 1e-4, `${shown}, not ${recorded}`)
    await opens.click()
    assert.equal(await page.locator('th[data-key]:visible').count(), 6)
  }))

test('the sentence follows what is sorted by, the threshold and the filters', () =>
  visit('index.html', async ({ page }) => {
    const sentence = page.locator('#findings')
    const first = (await sentence.textContent()) ?? ''
    assert.match(first, /^By average precision, .* \d+ of 58 neighbours told apart; 64 images\./)
    const says = (words: RegExp) =>
      page.waitForFunction(
        pattern => new RegExp(pattern).test(document.querySelector('#findings')?.textContent ?? ''),
        words.source,
      )
    await page.locator('select[name="sort"]').selectOption('iou')
    await says(/^By IoU at threshold 0\.5, /)
    await page.locator('input[name="t"]').fill('2')
    await says(/^By IoU at threshold 0\.3, /)
    await openTool(page, 'Filter')
    for (const family of ['gradient', 'cam']) await page.locator(`input[name="family"][value="${family}"]`).uncheck()
    await says(/^By IoU at threshold 0\.3, .*of [1-3]\d neighbours told apart/)
    assert.ok(await page.locator('#as-first-shown').isVisible())
    await page.locator('select[name="sort"]').selectOption('fine-energy')
    await says(/no ranking of methods/)
    assert.equal(await page.locator('#board .begins-band').count(), 0)
    await page.locator('button[type="reset"]').click()
    await page.waitForFunction(text => document.querySelector('#findings')?.textContent === text, first)
    assert.ok((await page.locator('#board .begins-band').count()) > 0)
  }))

test('the threshold slider ranks the same numbers that the records hold', () =>
  visit('index.html?sort=iou', async ({ page }) => {
    await page.locator('input[name="t"]').fill('2')
    await page.locator('#board:not([aria-busy])').waitFor()
    const row = page.locator('#board tbody tr[data-method="agcam"]')
    const index = await page
      .locator('#board tbody tr:not([hidden])')
      .evaluateAll(rows => rows.findIndex(r => r.getAttribute('data-method') === 'agcam'))
    const shown = Number(await (await cellsOf(page, 'iou')).nth(index).getAttribute('data-v'))
    const href = (await row.locator('td.n a').first().getAttribute('href')) ?? ''
    const record = JSON.parse(readFileSync(join(site().folder, href.replace('.html', '.json')), 'utf8'))
    const recorded = resultsOf(record).summary['localization.predicted.iou'] as number[]
    assert.ok(Math.abs(shown - (recorded[2] ?? Number.NaN)) < 1e-5)
    assert.match(page.url(), /[?&]t=0\.3/)
  }))

test('an empty cell says the reason of the record, and a mean that leaves images out says of how many it is', () =>
  visit('index.html', async ({ page }) => {
    const title = await page
      .locator('#board tr[data-method="score-cam"] td.n', { hasText: 'too dear' })
      .first()
      .getAttribute('title')
    assert.match(title ?? '', /64 images too dear to follow: 33 passes an explanation/)
    const { counts } = resultsOf(mostImages('icon-scenes', 'attention-gradcam'))
    const flat = counts['faithfulness.predicted.flat'] ?? 0
    assert.ok(flat > 0)
    const missing = await page.locator('#board tr[data-method="attention-gradcam"] .missing').allTextContents()
    assert.ok(missing.includes(`${64 - flat} of 64`), missing.join())
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
    await openTool(page, 'Filter')
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

test('without JavaScript the first columns are complete, and every other metric is a page away', () =>
  visit(
    'index.html',
    async ({ page }) => {
      assert.ok((await page.locator(names).count()) >= 6)
      assert.equal(await page.locator('#board tbody td.n:not(.none) > a > span:empty').count(), 0)
      assert.ok((await page.locator('th[data-key]:visible').count()) >= 6)
      assert.equal(await page.locator('#board td.n:visible:empty').count(), 0)
      assert.ok(await page.locator('noscript a', { hasText: 'page of each metric' }).isVisible())
      assert.ok(await page.locator('.strip').first().isVisible())
      assert.equal(await page.locator('.controls').isVisible(), false)
    },
    1280,
    { javaScriptEnabled: false },
  ))

test('a strip leads to the gallery, a picture to its page', () =>
  visit('index.html', async ({ page }) => {
    await page.locator('#board tbody tr[data-method="agcam"] .maps a').click()
    await page.waitForURL(/gallery\/.*#agcam/)
    await page.locator('tr#agcam td a').nth(2).click()
    await page.waitForURL(/images\/.*\/2\.html\?method=agcam|images\/.*\/2\.html$/)
    await page.locator('#methods a[aria-current="true"][data-row="agcam"]').waitFor()
  }))

test('ten rows are on the first screen, and nothing of the table is cut off', () =>
  visit('index.html', async ({ page }) => {
    const bottoms = await page
      .locator('#board tbody tr')
      .evaluateAll(rows => rows.map(row => row.getBoundingClientRect().bottom))
    const whole = bottoms.filter(bottom => bottom <= 900).length
    assert.ok(whole >= 10, `${whole} rows above 900 pixels`)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.ok(wide <= 0, `${wide} pixels`)
    assert.equal(await page.locator('.board-case.wide').count(), 0)
    await page.goto(`${site().url}boards/icon-vit/icon-scenes-pairs/standard/onnx-cpu.html`)
    await page.locator('#board tbody a[tabindex="0"]').waitFor()
    assert.equal(await page.locator('.board-case.wide').count(), 0)
  }))

test("the tiles of a row have the record's scores, of the column that is sorted by", () =>
  visit('index.html', async ({ page }) => {
    const { images, columns } = mostImages('icon-scenes')
    const right = images.label.flatMap((label, i) => (images.predicted[i] === label ? [i] : [])).slice(0, 4)
    const tiles = page.locator('#board tr[data-method="agcam"] .strip > i')
    const shown = () => tiles.evaluateAll(all => all.map(tile => Number((tile as HTMLElement).dataset.s)))
    const recorded = (name: string) => right.map(i => Number(Number(columns[name]?.[i]).toFixed(2)))
    assert.deepEqual(await shown(), recorded('pointing.predicted.average-precision'))
    await page.locator('select[name="sort"]').selectOption('roc-auc')
    await page.waitForFunction(
      first => document.querySelector<HTMLElement>('tr[data-method="agcam"] .strip > i')?.dataset.s === first,
      recorded('pointing.predicted.roc-auc')[0]?.toFixed(2).replace(/^0/, ''),
    )
    assert.deepEqual(await shown(), recorded('pointing.predicted.roc-auc'))
  }))

test("a mean of the reader's own weights is in the link, ranks the rows, and goes from the best control to the truth", () =>
  visit('index.html?weights=average-precision:2', async ({ page }) => {
    await page.locator('#board:not([aria-busy])').waitFor()
    await page.waitForFunction(() => /your mean/.test(document.querySelector('#findings')?.textContent ?? ''))
    const key = 'pointing.predicted.average-precision'
    const mean = (method: string) => Number(resultsOf(mostImages('icon-scenes', method)).summary[key])
    const zero = Math.max(...['random', 'center-gaussian', 'sobel-edges', 'whole-image'].map(mean))
    const wanted = (mean('agcam') - zero) / (mean('object-mask') - zero)
    const at = await page
      .locator('#board tbody tr:not([hidden])')
      .evaluateAll(rows => rows.findIndex(row => row.getAttribute('data-method') === 'agcam'))
    const shown = Number(await (await cellsOf(page, 'profile')).nth(at).getAttribute('data-v'))
    assert.ok(Math.abs(shown - wanted) < 1e-3, `${shown}, not ${wanted}`)
    const order = await page
      .locator('#board tbody tr:not([hidden])')
      .evaluateAll(rows => rows.map(row => row.getAttribute('data-method')))
    await openTool(page, 'Weigh')
    await page.locator('input[data-measure="average-precision"]').fill('0')
    await page.waitForFunction(() => !location.search.includes('weights'))
    assert.deepEqual(
      await page
        .locator('#board tbody tr:not([hidden])')
        .evaluateAll(rows => rows.map(row => row.getAttribute('data-method'))),
      order,
    )
  }))

test('a threshold is ranked beside the page and not in it', () =>
  visit('index.html?sort=iou', async ({ page }) => {
    await page.locator('#board:not([aria-busy])').waitFor()
    await page.locator('input[name="t"]').fill('3')
    await page.waitForFunction(() => /threshold 0\.4/.test(document.querySelector('#findings')?.textContent ?? ''))
    assert.equal(page.workers().length, 1)
  }))

test('a threshold and a class change the table in few layouts, however many columns are open', t =>
  visit('index.html?sort=iou', async ({ page }) => {
    const session = await page.context().newCDPSession(page)
    await session.send('Performance.enable', { timeDomain: 'threadTicks' })
    const cost = async (change: () => Promise<unknown>, says: RegExp) => {
      const metrics = async () => {
        const found = (await session.send('Performance.getMetrics')).metrics
        return new Map(found.map(({ name, value }) => [name, value]))
      }
      const before = await metrics()
      await change()
      await page.waitForFunction(
        pattern => new RegExp(pattern).test(document.querySelector('#findings')?.textContent ?? ''),
        says.source,
      )
      await page.locator('#board:not([aria-busy])').waitFor()
      const after = await metrics()
      const spent = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
      return { layouts: spent('LayoutCount'), milliseconds: Math.round(1000 * spent('TaskDuration')) }
    }
    await page.locator('#board:not([aria-busy])').waitFor()
    const step = await cost(() => page.locator('input[name="t"]').fill('3'), /threshold 0\.4/)
    t.diagnostic(`a threshold: ${step.milliseconds} ms of the page's thread, ${step.layouts} layouts`)
    assert.ok(step.layouts <= 8, `${step.layouts} layouts`)
    for (const group of ['Changes the answer', 'Points at the object'])
      await page.locator('.opens', { hasText: group }).click()
    await page.locator('#board:not([aria-busy])').waitFor()
    const columns = await page.locator('th[data-key]:visible').count()
    const first = await page.locator('#findings').textContent()
    const toggle = await cost(async () => {
      await page
        .locator('input[name="class"]')
        .nth(1)
        .evaluate((input: HTMLInputElement) => input.click())
      await page.waitForFunction(text => document.querySelector('#findings')?.textContent !== text, first)
    }, /IoU/)
    t.diagnostic(
      `a class: ${toggle.milliseconds} ms of the page's thread, ${toggle.layouts} layouts of ${columns} columns`,
    )
    assert.ok(columns > 12)
    assert.ok(toggle.layouts < columns, `${toggle.layouts} layouts of ${columns} columns`)
  }))

test('from the top of the page a cell is few keys away', () =>
  visit('index.html', async ({ page }) => {
    let keys = 0
    const press = async (key: string) => {
      await page.keyboard.press(key)
      keys++
    }
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '')
    while ((await focused()) !== 'Skip to the table' && keys < 15) await press('Tab')
    await press('Enter')
    while (!(await page.evaluate(() => document.activeElement?.closest('#board tbody') !== null)) && keys < 15)
      await press('Tab')
    await press('ArrowDown')
    assert.ok(keys < 15, `${keys} keys`)
    assert.ok(await page.evaluate(() => document.activeElement?.matches('#board tbody a')))
  }))
