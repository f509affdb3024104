import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type BenchRecord, readRecord } from '@vitrine/records'
import type { Browser } from 'playwright-core'
import { newPage, openBrowser } from './testing/browser.ts'
import { buildSite } from './testing/build.ts'
import { write } from './testing/generate.ts'
import { serve } from './testing/serve.ts'

const published = fileURLToPath(new URL('../../../results/icon-vit/icon-scenes-pairs/standard/', import.meta.url))
const temporary = mkdtempSync(join(tmpdir(), 'vitrine-hostile-'))
const folder = join(temporary, 'site', 'dist')
/** A file of the builder's machine, whose name must be on no page. */
const secret = 'a-file-of-the-builder'

/** Breaks out of an attribute, an element, a script, a style and a shell word, and calls home. */
const attack = (name: string) =>
  `${name}"'></script></style><img src="https://evil.example/${name}" onerror="window.broken='${name}'"><script>window.broken='${name}'</script>;url(https://evil.example/css)'; touch x #`

/** Every text of a value as an attack, in names of fields too. */
function poisoned(value: unknown, name: string): unknown {
  if (typeof value === 'string') return attack(name)
  if (Array.isArray(value)) return value.map((inner, i) => poisoned(inner, `${name}-${i}`))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, poisoned(inner, `${name}-${key}`)]))
}

/** A record with every text that a stranger may choose replaced; values stay, so that every page is made. */
function hostile(file: string, dataset: Partial<BenchRecord['dataset']>, model: string): BenchRecord {
  const record = readRecord(join(published, file))
  const { method } = record
  const details = {
    ...method.details,
    source: { authors: attack('authors'), venue: attack('venue'), url: `https://evil.example/${attack('url')}` },
  }
  const options = { ...method.options, [attack('option')]: attack('value') }
  return {
    ...record,
    variant: attack('variant'),
    model: {
      ...record.model,
      id: model,
      name: attack('model'),
      details: { ...record.model.details, mean: attack('mean'), imageSize: attack('size') },
    },
    dataset: {
      ...record.dataset,
      name: attack('dataset'),
      licences: [attack('licence')],
      ...dataset,
    },
    method: {
      ...method,
      name: attack('method'),
      family: method.control ? method.family : attack('family'),
      options,
      details,
    },
    backend: { ...record.backend, version: attack('version') },
    protocol: {
      ...record.protocol,
      choices: {
        ...record.protocol.choices,
        title: attack('title'),
        more: poisoned(record.protocol.choices, 'choice') as never,
      },
    },
    environment: {
      ...record.environment,
      node: attack('node'),
      os: attack('os'),
      arch: attack('arch'),
      cpu: attack('cpu'),
      versions: { [attack('software')]: attack('of') },
    },
    provenance: { [attack('provenance')]: attack('code') },
    metrics: [
      {
        ...{ id: 'mine', name: attack('metric'), heading: attack('heading'), group: attack('group') },
        ...{ direction: 'higher', range: [0, 1], formula: attack('formula'), source: attack('paper') },
      },
    ],
    versions: { ...record.versions, 'custom.mine': 1 },
    columns: {
      ...record.columns,
      'custom.predicted.state': record.images.id.map(() => 'ok'),
      'custom.predicted.mine': record.images.id.map(() => 0.625),
    },
    images: { ...record.images, id: record.images.id.map((_, i) => `../../../${attack('image')}/${i}`) },
  }
}

let browser: Browser
let server: Awaited<ReturnType<typeof serve>>

before(async () => {
  const [results, elsewhere] = [join(temporary, 'results'), join(temporary, 'elsewhere')]
  for (const dir of [results, elsewhere, join(folder, '..')]) mkdirSync(dir, { recursive: true })
  writeFileSync(join(elsewhere, secret), '')
  const files = ['agcam', 'lime', 'random'].map(method => `${method}.onnx-cpu.json`)
  for (const file of files) {
    write(results, hostile(file, { id: `ilsvrc:${elsewhere}` }, attack('model-id')))
    write(results, hostile(file, { id: '../../../etc' }, '../../model'))
    write(results, hostile(file, {}, 'icon-vit'))
  }
  const { code, output } = await buildSite(results, folder)
  assert.equal(code, 0, output)
  server = await serve(folder)
  browser = await openBrowser()
})

after(async () => {
  await browser?.close()
  server?.close()
  rmSync(temporary, { recursive: true, force: true })
})

const built = () => readdirSync(folder, { recursive: true, encoding: 'utf8' })

test('in a browser no page runs a script of a record, asks another host, or breaks the policy', async () => {
  const pages = built().filter(path => path.endsWith('.html'))
  assert.ok(pages.length > 25, `${pages.length} pages`)
  const { page, complaints } = await newPage(browser, server.url)
  for (const path of pages) {
    await page.goto(server.url + path.split('/').map(encodeURIComponent).join('/'), { waitUntil: 'networkidle' })
    assert.equal(await page.evaluate(() => Reflect.get(window, 'broken')), undefined, path)
    const links = await page.evaluate(() => [...document.querySelectorAll('a')].map(a => a.protocol))
    assert.deepEqual(
      links.filter(protocol => !/^https?:$/.test(protocol)),
      [],
      path,
    )
    assert.deepEqual(complaints, [], path)
  }
  await page.close()
})

test('the policy stops a script that gets onto a page', async () => {
  const { page, complaints } = await newPage(browser, server.url)
  await page.goto(`${server.url}index.html`)
  await page.evaluate(() =>
    document.body.insertAdjacentHTML('beforeend', '<img src="none.png" onerror="window.broken = 1">'),
  )
  await page.waitForTimeout(300)
  assert.equal(await page.evaluate(() => Reflect.get(window, 'broken')), undefined)
  assert.ok(
    complaints.some(text => text.includes('Content Security Policy')),
    complaints.join('\n'),
  )
  await page.close()
})

test('the page of a record has the metrics that are not bundled, with their values', () => {
  const pages = built().filter(path => path.startsWith('records/') && path.endsWith('.html'))
  const own =
    /<th scope="row">metric&quot;.*?<small>predicted, not bundled and on no board<\/small><\/th><td class="num">0\.625</
  for (const path of pages) assert.match(readFileSync(join(folder, path), 'utf8'), own, path)
  assert.ok(pages.length > 0)
})

test('nothing of the file system of the builder is on a page', () => {
  for (const path of built()) {
    if (/\.(html|json|css|js)$/.test(path)) assert.ok(!readFileSync(join(folder, path), 'utf8').includes(secret), path)
  }
})

test('everything that is built lies in the folder of the site', () => {
  assert.deepEqual(readdirSync(join(folder, '..')), ['dist'])
  assert.deepEqual(readdirSync(temporary).sort(), ['elsewhere', 'results', 'site'])
})
