import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../testing/browser.ts'
import {
  choose,
  finished,
  fixture,
  folder,
  onePass,
  pictureIn,
  playground,
  SCENE,
  visit,
  visitAt,
  WAIT,
} from '../testing/playground.ts'
import { serve } from '../testing/serve.ts'

// What runs the programs: WebGPU and threads are had where a browser and a server give them, and the page says what it took and why.

/** A WebGPU that is computed on the processor, which headless browsers without a graphics card have. */
const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']

const runsOn = async (page: Page): Promise<string> => {
  await page.waitForFunction(() => document.querySelector('#runs-on')?.textContent, undefined, { timeout: WAIT })
  return (await page.textContent('#runs-on')) ?? ''
}

test('a browser without a graphics card is told so, and a server that does not isolate the page has one thread', async () => {
  await visit(async page => {
    await page.click(`[data-scene="${SCENE}"]`)
    assert.equal(
      await runsOn(page),
      'WebAssembly; not WebGPU: this browser gives no adapter for it. 1 thread, as the server does not isolate this page from other origins.',
    )
  })
})

test('WebGPU is held against WebAssembly on a check image before it is used, and makes the same maps', async t => {
  const browser = await openBrowser(SOFTWARE_GPU)
  try {
    await visitAt({ browser, url: playground().url }, async page => {
      // A small model: what runs on a processor as shaders takes a hundred times as long.
      const files = ['model.safetensors', 'config.json', 'preprocessor_config.json']
      await page.click('#own summary')
      await page.setInputFiles(
        '#model',
        files.map(name => fixture(`hf/dinov2-registers/${name}`)),
      )
      assert.match(await runsOn(page), /^WebAssembly; not WebGPU: this browser computes it on the processor\. /)
      await page.setInputFiles('#file', pictureIn(SCENE))
      const wasm = await maps(page)
      await page.selectOption('#engine', 'webgpu')
      await page.waitForFunction(
        () => document.querySelector('#runs-on')?.textContent?.startsWith('WebGPU'),
        undefined,
        { timeout: WAIT },
      )
      const words = await runsOn(page)
      t.diagnostic(words)
      assert.ok(Number(/at most (\S+) of/.exec(words)?.[1]?.replace('−', '-')) < 1e-4, words)
      const webgpu = await maps(page)
      assert.deepEqual([...webgpu.keys()].toSorted(), [...wasm.keys()].toSorted())
      let worst = 0
      for (const [method, { map, backend, precision }] of webgpu) {
        assert.equal(backend, precision === 'double' ? 'onnx:wasm' : 'onnx:webgpu')
        const expected = wasm.get(method)?.map.flat() ?? []
        const peak = Math.max(...expected.map(Math.abs))
        const apart = Math.max(...map.flat().map((value, i) => Math.abs(value - (expected[i] ?? 0)))) / (peak || 1)
        assert.ok(apart <= 1e-4, `${method}: ${apart}`)
        worst = Math.max(worst, apart)
      }
      t.diagnostic(`${webgpu.size} maps, at most ${worst.toExponential(1)} of their largest value apart`)
    })
  } finally {
    await browser.close()
  }
})

interface SavedMap {
  readonly method: string
  readonly backend: string
  readonly precision: string
  readonly map: readonly (readonly number[])[]
}

async function maps(page: Page): Promise<ReadonlyMap<string, SavedMap>> {
  await finished(page)
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save-maps')])
  const saved: readonly SavedMap[] = JSON.parse(readFileSync(await download.path(), 'utf8'))
  return new Map(saved.map(map => [map.method, map]))
}

test('a page that its server isolates from other origins runs on several threads', async () => {
  const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
  const server = await serve(folder, { headers: isolated })
  try {
    await visitAt({ browser: playground().browser, url: server.url }, async page => {
      await choose(page)
      const threads = Math.min(availableParallelism(), 4)
      assert.match(await runsOn(page), new RegExp(` ${threads} threads?\\.$`))
      assert.equal(await page.locator('#wall li').count(), onePass.length)
      // Those of the engine are workers of the page's worker; they run its file and not the worker's.
      const files = await page
        .workers()[0]
        ?.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name.split('/').at(-1)))
      assert.ok(files?.some(name => /^ort-wasm-simd-threaded-.*\.js$/.test(name ?? '')) === threads > 1, files?.join())
    })
  } finally {
    server.close()
  }
})
