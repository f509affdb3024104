import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { explainers, isSampled } from '@vitrine/explainers'
import { writeExport } from '@vitrine/models/testing'
import type { Browser, Page } from 'playwright-core'
import { newPage, openBrowser } from './testing/browser.ts'
import { buildSite } from './testing/build.ts'
import { serve } from './testing/serve.ts'

// The playground in a real browser: what it computes is held against the command line on the same files.

const path = (url: string): string => fileURLToPath(new URL(url, import.meta.url))
const temporary = mkdtempSync(join(tmpdir(), 'vitrine-try-'))
const folder = join(temporary, 'dist')
const results = join(temporary, 'results')
let browser: Browser
let server: Awaited<ReturnType<typeof serve>>

before(async () => {
  // One board is enough: the playground takes its ranks from the front one.
  const board = 'icon-vit/icon-scenes/standard'
  mkdirSync(join(results, board), { recursive: true })
  for (const file of readdirSync(path(`../../../results/${board}`)))
    if (file.endsWith('.onnx-cpu.json')) cpSync(path(`../../../results/${board}/${file}`), join(results, board, file))
  const built = await buildSite(results, folder)
  assert.equal(built.code, 0, built.output)
  server = await serve(folder)
  browser = await openBrowser()
})

after(async () => {
  await browser?.close()
  server?.close()
  rmSync(temporary, { recursive: true, force: true })
})

const SCENE = 'icon-scenes-pairs/0/00003'
const WAIT = 300_000

async function visit(
  act: (page: Page, complaints: string[]) => Promise<void>,
  query = '',
  width?: number,
  options = {},
) {
  const { page, complaints } = await newPage(browser, server.url, width, options)
  try {
    await page.goto(`${server.url}try.html${query}`)
    await act(page, complaints)
    assert.deepEqual(complaints, [])
  } finally {
    await page.close()
  }
}

const finished = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => /explained/.test(document.querySelector('#status')?.textContent ?? ''), undefined, {
    timeout: WAIT,
  })

const choose = async (page: Page, scene = SCENE): Promise<void> => {
  await page.click(`[data-scene="${scene}"]`)
  await finished(page)
}

interface RawMap {
  readonly method: string
  readonly class: { readonly name: string }
  readonly map: readonly (readonly number[])[]
}

async function savedMaps(page: Page): Promise<RawMap[]> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save-maps')])
  return JSON.parse(readFileSync(await download.path(), 'utf8'))
}

const onePass = explainers.filter(explainer => !isSampled(explainer) && !explainer.readsTruth).map(({ id }) => id)

/** What `explain --json` prints for the same picture, model and class. */
function fromTheCommandLine(picture: string, checkpoint: string, className: string): Map<string, readonly number[]> {
  const args = [
    'explain',
    picture,
    '--checkpoint',
    checkpoint,
    '--class',
    className,
    '--method',
    onePass.join(),
    '--json',
    '--quiet',
  ]
  const { stdout } = spawnSync(process.execPath, [path('../../runner/src/main.ts'), ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    cwd: temporary,
  })
  const lines: RawMap[] = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  return new Map(lines.map(({ method, map }) => [method, map.flat()]))
}

/** The largest difference of two maps, as a share of the second one's largest value. */
function apart(found: readonly number[], expected: readonly number[]): number {
  assert.equal(found.length, expected.length)
  const peak = Math.max(...expected.map(Math.abs))
  return Math.max(...found.map((value, i) => Math.abs(value - (expected[i] ?? 0)))) / (peak || 1)
}

const bundledModel = (): string =>
  join(folder, 'try', readdirSync(join(folder, 'try')).find(name => name.startsWith('icon-vit-')) ?? '')

const conditionings = new Map(explainers.map(({ id, conditioning }) => [id, conditioning]))

async function equalTheCommandLine(
  page: Page,
  picture: string,
  checkpoint: string,
  least: number,
  most = 1e-4,
): Promise<void> {
  const maps = await savedMaps(page)
  const [first] = maps
  assert.ok(first && maps.length >= least, `${maps.length} maps`)
  const expected = fromTheCommandLine(picture, checkpoint, first.class.name)
  for (const { method, map } of maps) {
    const of = expected.get(method)
    assert.ok(of, `the command line made no map of ${method}`)
    const difference = apart(map.flat(), of)
    // The float32 maps of the methods that divide by numbers near zero are up to 12 % from float64 in their authors' code too.
    const tolerance = conditionings.get(method) === 'poor' ? 0.12 : most
    assert.ok(difference < tolerance, `${method}: ${difference}`)
  }
}

const fixture = (name: string): string => path(`../../../packages/models/fixtures/${name}`)
const pictureIn = (scene: string): string => {
  const start = scene.replaceAll('/', '-')
  return join(folder, 'try', readdirSync(join(folder, 'try')).find(name => name.startsWith(start)) ?? '')
}

test('a picture is explained by every one-pass method, as the command line does on the same files', async t => {
  await visit(async page => {
    const began = performance.now()
    await page.click(`[data-scene="${SCENE}"]`)
    await page.waitForSelector('#wall li', { timeout: WAIT })
    const first = performance.now() - began
    await finished(page)
    t.diagnostic(`first map ${Math.round(first)} ms, all ${Math.round(performance.now() - began)} ms`)
    await equalTheCommandLine(page, SCENE, bundledModel(), 37)
  })
})

test('a checkpoint of the visitor says what it was taken for, and explains as the command line does', async () => {
  await visit(async page => {
    await page.click('#own summary')
    const files = ['model.safetensors', 'config.json', 'preprocessor_config.json']
    await page.setInputFiles(
      '#model',
      files.map(name => fixture(`hf/dinov2-registers/${name}`)),
    )
    await page.waitForFunction(() => document.querySelectorAll('#taken li').length > 3)
    assert.match((await page.textContent('#taken')) ?? '', /DINOv2.*registers/s)
    await page.setInputFiles('#file', pictureIn(SCENE))
    await finished(page)
    await equalTheCommandLine(page, pictureIn(SCENE), fixture('hf/dinov2-registers'), 28)
  })
})

test('an exported graph asks for what no such file says, and explains as the command line does', async () => {
  const graph = writeExport(temporary, 'timm-vit', 'ts17-dynamic-eager')
  await visit(async page => {
    await page.click('#own summary')
    const said = (words: string) =>
      page.waitForFunction(part => document.querySelector('#problem')?.textContent?.includes(part), words, {
        timeout: WAIT,
      })
    await page.setInputFiles('#model', graph)
    await said('its tensors are in weights.bin; choose that file too.')
    await page.setInputFiles('#model', [graph, join(dirname(graph), 'weights.bin')])
    await said('mean=')
    await page.fill('#options', 'mean=half')
    await page.press('#options', 'Enter')
    await page.waitForFunction(() => document.querySelectorAll('#taken li').length > 3, undefined, { timeout: WAIT })
    await page.setInputFiles('#file', pictureIn(SCENE))
    await finished(page)
    // XGrad-CAM divides by sums of activations, which are near zero in this random model.
    await equalTheCommandLine(page, pictureIn(SCENE), `${graph}[mean=half]`, 28, 1e-3)
  })
})

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

test('files that are no pictures, or too large, get a sentence, and the page goes on', async () => {
  const png = readFileSync(path('../../../docs/site-board-390.webp'))
  const huge = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  const size = Buffer.alloc(17)
  size.writeUInt32BE(20_000, 0)
  size.writeUInt32BE(20_000, 4)
  const files: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
    'words.png': [Buffer.from('not a picture'), /words\.png is not a picture; expected/],
    'cut.webp': [png.subarray(0, 300), /cut\.webp cannot be decoded/],
    'huge.png': [Buffer.concat([huge, size]), /huge\.png is 20000 x 20000 pixels; expected at most 50 million/],
  }
  await visit(async page => {
    for (const [name, [buffer, message]] of Object.entries(files)) {
      await page.setInputFiles('#file', { name, mimeType: 'image/png', buffer })
      await page.waitForSelector('#problem:not([hidden])')
      await page.waitForFunction(start => document.querySelector('#problem')?.textContent?.startsWith(start), name)
      assert.match((await page.textContent('#problem')) ?? '', message)
    }
    await choose(page)
    assert.equal(await page.isVisible('#problem'), false)
  })
})

test('files that are no models, or too large for a browser, get a sentence, and the page goes on', async () => {
  // As long as it says, but for the bytes: the disk holds a hole.
  const large = join(temporary, 'large.safetensors')
  const header = Buffer.from(
    JSON.stringify({ 'head.weight': { dtype: 'F32', shape: [100_000, 1_500], data_offsets: [0, 6e8] } }),
  )
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  writeFileSync(large, Buffer.concat([length, header]))
  truncateSync(large, 8 + header.length + 6e8)
  const files: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
    'cut.safetensors': [
      readFileSync(fixture('hf/vit/model.safetensors')).subarray(0, 5000),
      /cut\.safetensors: .*download it again/,
    ],
    'page.pth': [Buffer.from('<html><body>404</body></html>'), /page\.pth: expected safetensors/],
  }
  await visit(async page => {
    for (const [name, [buffer, message]] of Object.entries(files)) {
      await page.setInputFiles('#model', { name, mimeType: 'application/octet-stream', buffer })
      await page.waitForFunction(start => document.querySelector('#problem')?.textContent?.startsWith(start), name, {
        timeout: WAIT,
      })
      assert.match((await page.textContent('#problem')) ?? '', message)
    }
    await page.setInputFiles('#model', large)
    await page.waitForFunction(() => /^large/.test(document.querySelector('#problem')?.textContent ?? ''))
    assert.match((await page.textContent('#problem')) ?? '', /expected at most 450 MB of weights .* got 600 MB/)
    await page.evaluate(() => document.querySelector<HTMLElement>('#bundled')?.click())
    await choose(page)
  })
})

test('after the first visit the page works without a network', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${server.url}try.html`)
  await choose(page)
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await page.waitForFunction(async () =>
    (await (await caches.open('vitrine-try')).keys()).some(({ url }) => url.endsWith('try.html')),
  )
  await page.reload()
  await context.setOffline(true)
  await page.reload()
  await page.click('#try .scenes li:last-child button')
  await finished(page)
  await context.close()
})

test('axe finds nothing serious, on a phone and on a desk', async () => {
  for (const width of [390, 1280])
    await visit(
      async page => {
        await choose(page)
        const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
        await page.evaluate(source)
        const found = await page.evaluate(async () => {
          const { violations } = await (
            globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string }[] }> } }
          ).axe.run()
          return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id)
        })
        assert.deepEqual(found, [])
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        assert.ok(wide <= 0, `${wide} px wider than the window`)
      },
      '',
      width,
      { bypassCSP: true },
    )
})

test('the page is light before a picture is chosen, and asks no other host', async () => {
  const { page, complaints } = await newPage(browser, server.url)
  await page.goto(`${server.url}try.html`, { waitUntil: 'networkidle' })
  const scenes = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .reduce(
        (sum, entry) =>
          sum +
          ((entry as PerformanceResourceTiming).name.endsWith('.webp')
            ? (entry as PerformanceResourceTiming).encodedBodySize
            : 0),
        0,
      ),
  )
  const total = await page.evaluate(() =>
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce(
      (sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize,
      0,
    ),
  )
  assert.ok(total - scenes < 200_000, `${total - scenes} bytes`)
  assert.deepEqual(complaints, [])
  await page.close()
})

test('a published map is computed again on its image page, and its difference is told', async () => {
  const [image] = readdirSync(join(folder, 'images'), { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('0.html'),
  )
  const { page, complaints } = await newPage(browser, server.url)
  await page.goto(`${server.url}images/${image}?method=agcam`)
  await page.click('#run-here')
  await page.waitForFunction(
    () => /from the published map/.test(document.querySelector('#ran-here')?.textContent ?? ''),
    undefined,
    {
      timeout: WAIT,
    },
  )
  const words = (await page.textContent('#ran-here')) ?? ''
  const share = Number(/at most (\S+) % of/.exec(words)?.[1])
  assert.ok(share < 3, words)
  assert.deepEqual(complaints, [])
  await page.close()
})

test('memory does not grow with the pictures', { skip: process.platform !== 'linux' && 'reads /proc' }, async t => {
  const { page } = await newPage(browser, server.url)
  await page.goto(`${server.url}try.html`)
  const scenes = await page
    .locator('[data-scene]')
    .evaluateAll(all => all.map(one => one.getAttribute('data-scene') ?? ''))
  const memory: number[] = []
  for (let i = 0; i < 20; i++) {
    await choose(page, scenes[i % scenes.length])
    memory.push(largestRenderer())
  }
  const [, second = 0] = memory
  const last = memory.at(-1) ?? 0
  t.diagnostic(`${Math.round(second)} MB after 2 pictures, ${Math.round(last)} MB after 20`)
  assert.ok(last <= 1.5 * second, memory.map(Math.round).join())
  await page.close()
})

/** Resident memory of the largest process that the browser renders pages in, in MB. */
function largestRenderer(): number {
  const sizes = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        if (!command.includes('--type=renderer')) return 0
        return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000
      } catch {
        return 0 // It has ended meanwhile.
      }
    })
  return Math.max(...sizes)
}
