import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { writeExport } from '@vitrine/models/testing'
import type { Page } from 'playwright-core'
import {
  bundledModel,
  finished,
  fixture,
  onePass,
  pictureIn,
  SCENE,
  temporary,
  visit,
  WAIT,
} from '../testing/playground.ts'

// What the page computes is held against the command line on the same files.

const RUNNER = fileURLToPath(new URL('../../../runner/src/main.ts', import.meta.url))

interface RawMap {
  readonly method: string
  readonly class: { readonly name: string }
  readonly map: readonly (readonly number[])[]
}

async function savedMaps(page: Page): Promise<RawMap[]> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save-maps')])
  return JSON.parse(readFileSync(await download.path(), 'utf8'))
}

/** What `explain --precision double --json` prints for the same picture, model and class. */
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
    '--precision',
    'double',
    '--json',
    '--quiet',
  ]
  const { stdout } = spawnSync(process.execPath, [RUNNER, ...args], {
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

/** @returns the largest difference of all maps, as a share of the map's largest value */
async function equalTheCommandLine(
  page: Page,
  picture: string,
  checkpoint: string,
  least: number,
  most = 1e-4,
): Promise<number> {
  let worst = 0
  const maps = await savedMaps(page)
  const [first] = maps
  assert.ok(first && maps.length >= least, `${maps.length} maps`)
  const expected = fromTheCommandLine(picture, checkpoint, first.class.name)
  for (const { method, map } of maps) {
    const of = expected.get(method)
    assert.ok(of, `the command line made no map of ${method}`)
    const difference = apart(map.flat(), of)
    assert.ok(difference < most, `${method}: ${difference}`)
    worst = Math.max(worst, difference)
  }
  return worst
}

test('a picture is explained by every one-pass method, as the command line does on the same files', async t => {
  await visit(async page => {
    const began = performance.now()
    await page.click(`[data-scene="${SCENE}"]`)
    const since = () => Math.round(performance.now() - began)
    await page.waitForSelector('#classes button', { timeout: WAIT })
    const answered = since()
    await page.waitForSelector('#wall li', { timeout: WAIT })
    const first = since()
    await finished(page)
    t.diagnostic(`engine and model loaded, and its answer: ${answered} ms; first map ${first} ms, all ${since()} ms`)
    const worst = await equalTheCommandLine(page, SCENE, bundledModel(), onePass.length)
    t.diagnostic(`largest difference from the command line: ${worst.toExponential(1)} of a map's largest value`)
    const [words = ''] = await page.locator('[data-method="transformer-attribution"] small').allTextContents()
    assert.match(words, /in double precision/)
  })
})

test('a checkpoint of the visitor says what it was taken for, and explains as the command line does', async t => {
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
    const worst = await equalTheCommandLine(page, pictureIn(SCENE), fixture('hf/dinov2-registers'), 28)
    t.diagnostic(`largest difference from the command line: ${worst.toExponential(1)} of a map's largest value`)
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
    const command = (await page.textContent('#command')) ?? ''
    assert.match(command, / --checkpoint '\S+\.onnx\[mean=half\]' --class /)
    // XGrad-CAM divides by sums of activations, which are near zero in this random model.
    await equalTheCommandLine(page, pictureIn(SCENE), `${graph}[mean=half]`, 28, 1e-3)
  })
})
