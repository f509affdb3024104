import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildSite, MOST_MEMORY } from './testing/build.ts'
import { generateRecords } from './testing/generate.ts'

const results = fileURLToPath(new URL('../../../results', import.meta.url))

const skip = process.env.VITRINE_SCALE === 'full' ? false : 'takes minutes: VITRINE_SCALE=full'

// The published records, some hundred, are built within the same memory by `site.test.ts`.
test('7,560 records build into as many pages within 2.6 GB', { skip }, async t => {
  const dir = mkdtempSync(join(tmpdir(), 'vitrine-scale-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const count = generateRecords(results, join(dir, 'results'), { methods: 42, models: 10, engines: 3 })
  assert.equal(count, 7560)
  const { code, output, seconds, cpuSeconds, memory } = await buildSite(join(dir, 'results'), join(dir, 'dist'))
  assert.equal(code, 0, output)
  t.diagnostic(
    `${count} records in ${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of processor) and ${(memory / 2 ** 20).toFixed(0)} MiB`,
  )
  assert.ok(memory > 0 && memory < MOST_MEMORY, `${(memory / 2 ** 20).toFixed(0)} MiB`)
  assert.equal(readdirSync(join(dir, 'dist/records')).filter(name => name.endsWith('.html')).length, count)
  assert.ok(existsSync(join(dir, 'dist/index.html')))
})
