import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { choose, finished, SCENE, visit, WAIT } from '../testing/playground.ts'

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
    // The wall is drawn before the next frame.
    await page.waitForFunction(() => document.querySelectorAll('#wall li:first-child canvas').length === 2)
    const label = await page.getAttribute('#wall li:first-child canvas', 'aria-label')
    assert.match(label ?? '', new RegExp(`for (?:${second}): most evidence in the (?:upper|lower|left|right|centre)`))

    const stage = await page.locator('#stage').boundingBox()
    assert.ok(stage)
    await page.mouse.move(stage.x + 2, stage.y + stage.height / 2)
    await page.mouse.down()
    await page.mouse.move(stage.x + stage.width / 2, stage.y + stage.height - 2)
    await page.mouse.up()
    await page.waitForFunction(() => /IoU/.test(document.querySelector('#wall li p')?.textContent ?? ''))
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

test('a link opens scene, class and threshold', async () => {
  await visit(async page => {
    await finished(page)
    assert.equal(await page.locator('#class option:checked').textContent(), 'sailboat')
    assert.equal(await page.inputValue('#threshold'), '0.3')
    assert.match((await page.textContent('#status')) ?? '', /explained sailboat/)
  }, `?scene=${SCENE}&class=sailboat&t=0.3`)
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
