import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { choose, drawn, finished, onePass, SCENE, visit, WAIT } from '../testing/playground.ts'

async function expectNoWorker(page: Page): Promise<void> {
  // The browser tells of an ended worker a little later.
  for (let i = 0; i < 50 && page.workers().length > 0; i++) await page.waitForTimeout(100)
  assert.equal(page.workers().length, 0)
}

test('stopping is immediate, and what was made stays', async () => {
  await visit(async page => {
    await page.click(`[data-scene="${SCENE}"]`)
    await page.waitForSelector('#wall li', { timeout: WAIT })
    await page.click('#stop')
    assert.match((await page.textContent('#status')) ?? '', /^Stopped: \d+ maps? made\.$/)
    await page.waitForFunction(() => document.querySelector<HTMLButtonElement>('#stop')?.disabled)
    await expectNoWorker(page)
    await drawn(page)
    const made = await page.locator('#wall li').count()
    assert.ok(made > 0)
    await page.click('#classes li:nth-child(2) button')
    await finished(page)
    assert.ok((await page.locator('#wall li').count()) > made)
  })
})

test('a class, a second one beside it, a threshold and a region of the visitor change the wall', async () => {
  await visit(async page => {
    await choose(page)
    await page.click('#classes li:nth-child(2) button')
    await finished(page)
    const [first, second] = await page.locator('#classes button span').allTextContents()
    assert.equal(await page.getAttribute('#classes li:nth-child(2) button', 'aria-pressed'), 'true')
    await page.selectOption('#beside', { label: first ?? '' })
    await finished(page)
    assert.equal(await page.locator('#wall li:first-child canvas').count(), 2)
    const label = await page.getAttribute('#wall li:first-child canvas', 'aria-label')
    assert.match(label ?? '', new RegExp(`for (?:${second}): most evidence in the (?:upper|lower|left|right|centre)`))

    const stage = await page.locator('#stage').boundingBox()
    assert.ok(stage)
    await page.mouse.move(stage.x + 2, stage.y + stage.height / 2)
    await page.mouse.down()
    await page.mouse.move(stage.x + stage.width / 2, stage.y + stage.height - 2)
    await page.mouse.up()
    await drawn(page)
    assert.match((await page.textContent('#wall li p')) ?? '', /^IoU \S+, points/)
    assert.equal(await page.inputValue('#sort'), 'iou')
    const scores = (await page.locator('#wall li p').allTextContents()).map(text =>
      Number(/IoU (\S+),/.exec(text)?.[1]),
    )
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    )
    assert.match((await page.getAttribute('#wall li canvas', 'aria-label')) ?? '', /% of it inside your region/)

    await page.locator('#threshold').fill('0.9')
    assert.match(page.url(), /scene=icon-scenes-pairs.*t=0\.9/)
  })
})

test('a link opens scene, class, method and threshold, and is what the page writes into its address', async () => {
  const query = `?scene=${SCENE}&class=sailboat&method=agcam&t=0.3`
  await visit(async page => {
    await finished(page)
    assert.equal(await page.locator('#class option:checked').textContent(), 'sailboat')
    assert.equal(await page.getAttribute('#wall li.chosen', 'data-method'), 'agcam')
    assert.equal(await page.inputValue('#threshold'), '0.3')
    assert.match((await page.textContent('#status')) ?? '', /explained sailboat/)
    assert.equal(decodeURIComponent(new URL(page.url()).search), query)
  }, query)
})

test('the pointer over a map shows the value there, and every map says in a sentence where it points', async () => {
  await visit(async page => {
    await choose(page)
    await page.hover('[data-method="center-gaussian"] canvas')
    // The middle of 14 x 14 patches is in the eighth, where this control has its greatest value.
    assert.match(
      (await page.textContent('#value')) ?? '',
      /^Centre Gaussian, row 8, column 8 of 14 x 14: \S+, (?:9\d|100) % of its greatest$/,
    )
    await page.hover('h1')
    assert.equal(await page.textContent('#value'), '')
    const labels = await page
      .locator('#wall canvas')
      .evaluateAll(all => all.map(one => one.getAttribute('aria-label') ?? ''))
    assert.equal(labels.length, onePass.length)
    const silent = labels.filter(label => !/ for penguin: (?:most evidence in the|flat: it ranks no place)/.test(label))
    assert.deepEqual(silent, [])
  })
})

test('the page answers while methods run and while a slider moves', async t => {
  await visit(async page => {
    await page.evaluate(() => {
      const delays: number[] = []
      Object.assign(globalThis, { delays })
      new PerformanceObserver(list => {
        for (const entry of list.getEntries()) {
          const { processingStart, startTime } = entry as PerformanceEventTiming
          if (entry.name === 'keydown' || entry.name === 'input') delays.push(processingStart - startTime)
        }
        // Entries are of 16 ms and more, which is what a frame is late by anyway.
      }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
    })
    await page.click(`[data-scene="${SCENE}"]`)
    await page.waitForSelector('#wall li', { timeout: WAIT })
    await page.focus('#threshold')
    let pressed = 0
    while (!/explained/.test((await page.textContent('#status')) ?? '')) {
      await page.keyboard.press(pressed++ % 40 < 20 ? 'ArrowRight' : 'ArrowLeft')
      await page.waitForTimeout(20)
    }
    const delays = await page.evaluate(() => (globalThis as unknown as { delays: number[] }).delays)
    delays.sort((a, b) => a - b)
    const at = (share: number) => delays[Math.floor(share * (delays.length - 1))] ?? 0
    t.diagnostic(
      `${pressed} keys: delay of an input ${Math.round(at(0.5))} ms in the middle, ${Math.round(at(0.95))} ms for the slowest twentieth, ${Math.round(at(1))} ms at most`,
    )
    assert.ok(pressed >= 10 && delays.length > 0, `${pressed} keys, ${delays.length} timed`)
    // The middle one: other programs of a busy machine delay some.
    assert.ok(at(0.5) < 50, delays.map(Math.round).join())
  })
})

test('the film takes patches away in the order of a method, beside a random order', async () => {
  await visit(
    async page => {
      await choose(page)
      await page.click('#wall [data-film="agcam"]')
      await page.waitForFunction(
        () => /ABPC/.test(document.querySelector('#film-note')?.textContent ?? ''),
        undefined,
        {
          timeout: WAIT,
        },
      )
      assert.equal(await page.locator('#film-curves polyline').count(), 4)
      await page.locator('#film-step').fill('3')
      assert.match(
        (await page.getAttribute('#film canvas', 'aria-label')) ?? '',
        /^50 % taken away: the probability is \d+ %$/,
      )
    },
    '',
    1280,
    { reducedMotion: 'reduce' },
  )
})
