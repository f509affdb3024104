import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { costOf, intervalsOfRecord, resultsOf } from '@vitrine/measure'
import { colourAt, cssGradient, legends, painted } from '@vitrine/paint'
import { type BenchRecord, decodeMap, type EncodedMap, readRecord, recordFiles } from '@vitrine/records'
import type { Browser, Page, Request } from 'playwright-core'
import sharp from 'sharp'
import { newPage, openBrowser, type Visit } from './testing/browser.ts'
import { type Built, buildSite } from './testing/build.ts'
import { serve } from './testing/serve.ts'

const results = fileURLToPath(new URL('../../../results', import.meta.url))
const temporary = mkdtempSync(join(tmpdir(), 'vitrine-site-'))
const folder = join(temporary, 'dist')
let built: Built
let browser: Browser
let server: Awaited<ReturnType<typeof serve>>

before(async () => {
  built = await buildSite(results, folder)
  assert.equal(built.code, 0, built.output)
  server = await serve(folder)
  browser = await openBrowser()
})

after(async () => {
  await browser?.close()
  server?.close()
  rmSync(temporary, { recursive: true, force: true })
})

async function visit(path: string, act: (visit: Visit) => Promise<void>, width?: number, options?: object) {
  const opened = await newPage(browser, server.url, width, options)
  try {
    await opened.page.goto(server.url + path)
    await act(opened)
    assert.deepEqual(opened.complaints, [])
  } finally {
    await opened.page.close()
  }
}

const pages = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.html'))

const names = '#board tbody tr:not([hidden]) .who > a'

test('the published records build, each into its page', t => {
  t.diagnostic(
    `${built.seconds.toFixed(1)} s (${built.cpuSeconds.toFixed(1)} s of processor), ${(built.memory / 2 ** 20).toFixed(0)} MiB`,
  )
  const records = recordFiles(results)
  assert.equal(pages().filter(path => path.startsWith('records')).length, records.length)
})

test('every internal link, picture and script resolves, and to an element where it names one', () => {
  const files = new Set(
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(path => path.replaceAll('\\', '/')),
  )
  const idsOf = new Map<string, Set<string>>()
  const ids = (path: string) => {
    const known = idsOf.get(path)
    if (known) return known
    const found = new Set(readFileSync(join(folder, path), 'utf8').match(/(?<=\sid=")[^"]+/g))
    idsOf.set(path, found)
    return found
  }
  const broken: string[] = []
  for (const page of pages()) {
    const html = readFileSync(join(folder, page), 'utf8')
    for (const [, link = ''] of html.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      if (/^(https?|data|mailto):/.test(link)) continue
      const [path = '', hash] = link.replaceAll('&amp;', '&').split('#')
      const target =
        path === '' ? page : posix.normalize(posix.join(dirname(page), decodeURI(path.split('?')[0] ?? '')))
      if (link.startsWith('/') || !files.has(target)) broken.push(`${page}: ${link}`)
      else if (hash && !ids(target).has(decodeURIComponent(hash))) broken.push(`${page}: ${link}`)
    }
  }
  assert.deepEqual(broken.slice(0, 10), [])
})

/** The cells of a column, in the order of the rows. */
const cellsOf = async (page: Page, metric: string) => {
  const heads = await page
    .locator('th[data-key]')
    .evaluateAll(all => all.map(head => head.getAttribute('data-key') ?? ''))
  const at = heads.findIndex(key => key.split('.').at(-1) === metric)
  assert.ok(at >= 0, metric)
  return page.locator(`#board tbody tr:not([hidden]) td.n:nth-of-type(${at + 3})`)
}

test('the board sorts by any column, the better end first, and shows what it is sorted by', () =>
  visit('index.html', async ({ page }) => {
    const first = await page.locator(names).allTextContents()
    const head = page.locator('th[data-key$=".precision"]')
    assert.equal(await head.isVisible(), false)
    await page.locator('select[name="sort"]').selectOption('precision')
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
    await page.locator('input[name="columns"][value="Follows texture"]').check()
    assert.equal(await shown(), 10)
    await page.reload()
    assert.equal(await shown(), 10)
  }))

test('the sentence follows what is sorted by, the threshold and the filters', () =>
  visit('index.html', async ({ page }) => {
    const sentence = page.locator('#findings')
    const first = (await sentence.textContent()) ?? ''
    assert.match(first, /^By average precision, .* \d+ of 57 neighbours told apart; 64 images\./)
    const says = (words: RegExp) =>
      page.waitForFunction(
        pattern => new RegExp(pattern).test(document.querySelector('#findings')?.textContent ?? ''),
        words.source,
      )
    await page.locator('select[name="sort"]').selectOption('iou')
    await says(/^By IoU at threshold 0\.5, /)
    await page.locator('input[name="t"]').fill('2')
    await says(/^By IoU at threshold 0\.3, /)
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
    const record = JSON.parse(readFileSync(join(folder, href.replace('.html', '.json')), 'utf8'))
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

test('the first screen answers what a stranger asks, with the best method of the records and its interval', () =>
  visit('index.html', async ({ page }) => {
    const dir = join(results, 'icon-vit/icon-scenes/standard')
    const records = readdirSync(dir)
      .filter(file => file.includes('.onnx-cpu.images'))
      .map(file => readRecord(join(dir, file)))
      .filter(record => !record.method.control)
    const best = (key: string, among = records) =>
      among.toSorted((a, b) => Number(resultsOf(b).summary[key]) - Number(resultsOf(a).summary[key]))[0]?.method.name
    const cheap = records.filter(record => costOf(record).relativeFlops <= 1.1)
    const shown = await page.locator('.answers li a').allTextContents()
    const names = [
      best('pointing.predicted.average-precision'),
      best('faithfulness.predicted.abpc'),
      best('pointing.predicted.average-precision', cheap),
    ]
    assert.equal(shown.length, names.length)
    for (const [i, name] of names.entries()) assert.ok(name && shown[i]?.startsWith(name), `${shown[i]}, not ${name}`)
    for (const text of await page.locator('.answers li').allTextContents()) assert.match(text, /0\.\d\d ±\.\d\d/)
    assert.match((await page.locator('.what-it-is').textContent()) ?? '', /One small model on synthetic scenes/)
  }))

test('an image begins with the best method, and the next one keeps what is chosen', () =>
  visit('images/icon-vit/icon-scenes-pairs/onnx-cpu/0.html', async ({ page }) => {
    const current = page.locator('#methods a[aria-current="true"]')
    assert.equal(await current.getAttribute('data-control'), null)
    await page.goto(`${server.url}${image()}?method=lime&class=other&t=0.3`)
    await page.locator('.crumbs a', { hasText: 'next image' }).click()
    await page.waitForURL(/1\.html\?.*method=lime/)
    assert.match(page.url(), /t=0\.3/)
    assert.equal(await current.getAttribute('data-row'), 'lime')
  }))

test('no page claims what was not tested, and none has the old words', () => {
  const banned = /fails sanity check|>verified<|the ceiling|9007199254740991|et al\.\.|explains nothing|npx pnpm@12/
  const found = pages().flatMap(path => {
    // The code of a method is shown as it is.
    const html = readFileSync(join(folder, path), 'utf8').replaceAll(
      /<pre tabindex="0"><code>\s*import[\s\S]*?<\/code>/g,
      '',
    )
    return banned.exec(html)?.[0] ?? []
  })
  assert.deepEqual([...new Set(found)], [])
})

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

test('without JavaScript the table is complete', () =>
  visit(
    'index.html',
    async ({ page }) => {
      assert.ok((await page.locator(names).count()) >= 6)
      assert.equal(await page.locator('#board tbody td.n:not(.none) > a > span:empty').count(), 0)
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

const image = () => {
  const found = pages().find(path => /^images\/.*icon-scenes-pairs\/.*\/0\.html$/.test(path.replaceAll('\\', '/')))
  if (!found) throw new Error('expected a page of an image of pairs, found none')
  return found
}

test('the threshold slider scores the published map as the record does', () =>
  visit(`${image()}?method=agcam&protocol=standard`, async ({ page }) => {
    const iou = page.locator('#scores tr', { hasText: 'IoU' }).locator('td')
    await page.locator('#panel input[name="t"]').fill('0.3')
    const low = Number(await iou.textContent())
    await page.locator('#panel input[name="t"]').fill('0.8')
    const high = Number(await iou.textContent())
    assert.match(page.url(), /t=0\.8/)
    const record = await page.locator('#method-name a').getAttribute('href')
    const file = join(folder, posix.normalize(posix.join(dirname(image()), record ?? ''))).replace('.html', '.json')
    const { thresholds, columns } = JSON.parse(readFileSync(file, 'utf8'))
    const recorded = (t: number) => {
      const [tp, fp, fn] = ['tp', 'fp', 'fn'].map(
        name => columns[`localization.predicted.${name}`][0][thresholds.indexOf(t)],
      )
      return tp / (tp + fp + fn)
    }
    // The map is published with 256 levels, so pixels near the threshold may fall on its other side.
    assert.ok(Math.abs(low - recorded(0.3)) < 0.02, `${low}, recorded ${recorded(0.3)}`)
    assert.ok(Math.abs(high - recorded(0.8)) < 0.02, `${high}, recorded ${recorded(0.8)}`)
    assert.notEqual(low, high)
  }))

test('under the paper protocol the image shows boxes', () =>
  visit(`${image()}?method=agcam&protocol=paper`, async ({ page }) => {
    assert.ok((await page.locator('#boxes rect').count()) > 0)
    await page.locator('#panel input[name="protocol"][value="standard"]').check()
    assert.equal(await page.locator('#boxes rect').count(), 0)
  }))

for (const protocol of ['paper', 'standard']) {
  test(`the film has a frame per step of the ${protocol} protocol, and a frame marks its step on the curves`, () =>
    visit(`${image()}?method=agcam&protocol=${protocol}`, async ({ page }) => {
      const record = await page.locator('#method-name a').getAttribute('href')
      const file = join(folder, posix.normalize(posix.join(dirname(image()), record ?? ''))).replace('.html', '.json')
      const { steps } = JSON.parse(readFileSync(file, 'utf8')).protocol.choices.faithfulness
      await page
        .locator('#lerf canvas')
        .nth(steps.length - 1)
        .waitFor()
      assert.equal(await page.locator('#morf canvas').count(), steps.length)
      await page.locator('#morf canvas').nth(3).hover()
      const share = Math.round(100 * steps[3])
      assert.match((await page.locator('#marker text').textContent()) ?? '', new RegExp(`^${share} % taken away`))
    }))
}

test("a two-object image shows each class-specific method's maps of both classes, and the drill-down explains either", () =>
  visit('images/icon-vit/icon-scenes-pairs/onnx-cpu/0.html?method=agcam&class=other', async ({ page }) => {
    const { columns } = JSON.parse(
      readFileSync(join(results, 'icon-vit/icon-scenes-pairs/standard/agcam.onnx-cpu.json'), 'utf8'),
    )
    assert.ok(columns['map.other'][0])
    const tiles = page.locator('#classes li', { hasText: 'Attention-Guided CAM' }).first().locator('.tile > i')
    assert.match((await tiles.first().getAttribute('style')) ?? '', /0\.predicted\.webp/)
    assert.match((await tiles.last().getAttribute('style')) ?? '', /0\.other\.webp/)
    assert.match((await page.locator('#classes p').textContent()) ?? '', /Attention Rollout.*no class/s)
    const other = await page.locator('#overlay').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())
    await page.locator('input[name="class"][value="predicted"]').check()
    const predicted = await page.locator('#overlay').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())
    assert.notEqual(other, predicted)
  }))

/** Where a method's map of the first image of the front page's strip lies in the strip's picture, and the map's values. */
async function strongest(method: string) {
  const html = readFileSync(join(folder, 'index.html'), 'utf8')
  const strip = /maps\/[^)]*\/strip\.webp/.exec(html)?.[0] ?? ''
  const row = Number(new RegExp(`data-method="${method}".*?--row:(\\d+)`, 's').exec(html)?.[1])
  const { images, columns } = mostImages('icon-scenes', method)
  const image = images.label.findIndex((label: number, i: number) => images.predicted[i] === label)
  const { values, columns: across } = decodeMap(columns['map.predicted']?.[image] as EncodedMap)
  return { maps: { strip: join(folder, strip), values, left: 0, top: 16 * row }, columns: across }
}

/** A method's record of a dataset that was measured with the most images: what its page shows. */
function mostImages(dataset: string, method = 'agcam'): BenchRecord {
  const folder = join(results, `icon-vit/${dataset}/standard`)
  const files = readdirSync(folder).filter(file => file.startsWith(`${method}.onnx-cpu.`))
  const records = files.map(file => readRecord(join(folder, file)))
  return records.sort((a, b) => b.dataset.images - a.dataset.images)[0] ?? assert.fail()
}

test("a method's page has the numbers of all images together, with the record's intervals", () =>
  visit('methods/agcam.html', async ({ page }) => {
    const gap = page.locator('tr', { hasText: 'Lost by a fixed threshold' }).locator('td')
    const record = mostImages('icon-scenes')
    const [{ summary }, intervals] = [resultsOf(record), intervalsOfRecord(record)]
    const key = 'localization.predicted.threshold-gap'
    const shown = [await gap.nth(0).textContent(), ...((await gap.nth(1).textContent()) ?? '').split(' to ')]
    for (const [i, value] of [summary[key], ...(intervals[key] as number[])].map(Number).entries()) {
      assert.ok(Math.abs(Number(shown[i]) - value) <= 0.005 * Math.abs(value), `${shown[i]}, recorded ${value}`)
    }
  }))

test("a method's page shows where it fails: image, map, the worst number of all datasets, and what to see", () =>
  visit('methods/agcam.html', async ({ page }) => {
    const values = ['icon-scenes', 'icon-scenes-pairs', 'icon-scenes-shifted'].flatMap(
      dataset => mostImages(dataset).columns['texture.predicted.background-edges'] as number[],
    )
    const texture = page.locator('#fails-texture li')
    assert.equal(await texture.count(), 3)
    const ids = await texture
      .locator('.pair > :first-child img')
      .evaluateAll(shown => shown.map(img => img.getAttribute('alt')))
    assert.equal(new Set(ids).size, 3)
    const shown = Number(await texture.first().locator('b').textContent())
    assert.ok(Math.abs(shown - Math.max(...values)) < 0.001, `${shown}, recorded ${Math.max(...values)}`)
    for (const id of ['texture', 'diffusion', 'frozen', 'discrimination', 'threshold']) {
      const first = page.locator(`#fails-${id} li`).first()
      assert.equal(await first.locator('.tile').count(), 2, id)
      assert.match((await first.locator('small').textContent()) ?? '', /\w.*\.$/, id)
    }
  }))

test('comparing says what is decided and shows where methods differ', () =>
  visit('index.html?pick=agcam,random', async ({ page }) => {
    await page.locator('#compare a').click()
    await page.locator('.versus td strong').first().waitFor()
    const words = await page.locator('.versus td strong').allTextContents()
    assert.ok(words.length > 5 && words.every(word => ['better', 'worse', 'differs', 'undecided'].includes(word)))
    assert.match((await page.locator('#title').textContent()) ?? '', /against/)
    assert.ok((await page.locator('.apart .tile').count()) >= 4)
  }))

test('the board is light and does not move while it loads', async () => {
  const { page } = await newPage(browser, server.url)
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
  await page.goto(`${server.url}index.html`, { waitUntil: 'networkidle' })
  const moved = await page.evaluate(() => (window as unknown as { moved: { total: number } }).moved.total)
  page.off('requestfinished', finished)
  const bytes = (await Promise.all(sizes)).reduce((sum, s) => sum + s.responseBodySize + s.responseHeadersSize, 0)
  await page.close()
  assert.ok(bytes < 150_000, `${bytes} bytes`)
  assert.ok(moved < 0.01, `moved by ${moved}`)
})

test('the board paints a signed map as packages/paint says: the most evidence for in orange, against in purple', async () => {
  const { maps, columns } = await strongest('lime')
  const { at, ramp } = painted(maps.values, { signed: true, scale: 'relative' })
  assert.equal(ramp, 'diverging')
  const { data, info } = await sharp(maps.strip).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  for (const extreme of [Math.max(...maps.values), Math.min(...maps.values)]) {
    const patch = maps.values.indexOf(extreme)
    // Each tile has a margin of one patch.
    const [x, y] = [maps.left + 1 + (patch % columns), maps.top + 1 + Math.floor(patch / columns)]
    const pixel = [...data.subarray(4 * (y * info.width + x), 4 * (y * info.width + x) + 4)]
    assert.deepEqual(pixel, [...colourAt(at[patch] ?? 0, ramp)])
  }
})

test('every page that shows maps has the legend that packages/paint makes', () => {
  const shown = pages().filter(path => / class="(?:strip|tile)"/.test(readFileSync(join(folder, path), 'utf8')))
  const wanted = [
    ...Object.values(legends).flatMap(({ lowWord, highWord }) => [lowWord, highWord]),
    cssGradient('diverging'),
  ]
  const without = shown.filter(path => {
    const html = readFileSync(join(folder, path), 'utf8')
    return !wanted.every(words => html.includes(words))
  })
  assert.ok(shown.length > 100)
  assert.deepEqual(without, [])
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
        await page.goto(server.url + path)
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        assert.ok(wide <= 0, `${path}: ${wide} pixels`)
      }
    },
    390,
  ))
