import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { costOf } from '@vitrine/measure'
import { readRecord } from '@vitrine/records'
import { results, visit } from '../testing/site.ts'

// What the front page says is computed here once more, from the raw columns of the records and by other code.

const dir = join(results, 'icon-vit/icon-scenes/standard')
const records = readdirSync(dir)
  .filter(file => file.includes('.onnx-cpu.images') && !file.includes('.verdict.') && !file.includes('.agreement.'))
  .map(file => readRecord(join(dir, file)))
const methods = records.filter(({ method }) => !method.control)
const controls = records.filter(({ method }) => method.control && method.details?.readsTruth !== true)

type Values = readonly (number | null)[]
const AP = 'pointing.predicted.average-precision'
const columnOf = (record: (typeof records)[number], name: string): Values => (record.columns[name] ?? []) as Values
const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length
const meanOf = (values: Values) => mean(values.filter(value => value !== null))

/** Another generator than that of packages/metrics (mulberry32), for resamples of its own. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    yield ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const random = numbers(5)
const images = records[0]?.images.id.length ?? 0
const draws = Array.from({ length: 2000 }, () =>
  Array.from({ length: images }, () => Math.floor(random.next().value * images)),
)

function interval(values: Values): readonly [number, number] {
  const means = draws
    .map(draw => meanOf(draw.map(i => values[i] ?? null)))
    .filter(value => !Number.isNaN(value))
    .sort((a, b) => a - b)
  const at = (share: number) => means[Math.min(means.length - 1, Math.floor(share * means.length))] ?? Number.NaN
  return [at(0.025), at(0.975)]
}

const minus = (a: Values, b: Values): Values =>
  a.map((value, i) => {
    const other = b[i] ?? null
    return value === null || other === null ? null : value - other
  })
const isAbove = (a: Values, b: Values): boolean => interval(minus(a, b))[0] > 0
const differ = (a: Values, b: Values): boolean => {
  const [low, high] = interval(minus(a, b))
  return low > 0 || high < 0
}

const ranked = methods.toSorted((a, b) => meanOf(columnOf(b, AP)) - meanOf(columnOf(a, AP)))
const [best] = ranked

/** Counts of undecided cases near the edge of an interval depend on the resamples that were drawn. */
const near = (shown: string | undefined, computed: number, what: string) =>
  assert.ok(Math.abs(Number(shown) - computed) <= 3, `${what}: the page says ${shown}, computed ${computed}`)

test('the sentence names the method with the best mean, its interval, and how many neighbours are told apart', () =>
  visit('index.html', async ({ page }) => {
    const text = (await page.locator('#findings').textContent()) ?? ''
    const [, name = '', value, low, high] =
      /^By average precision, (.*) leads with ([\d.]+) \(95 %: ([\d.]+) to ([\d.]+)\)/.exec(text) ?? []
    assert.ok(best && name.startsWith(best.method.name), text)
    assert.equal(value, meanOf(columnOf(best, AP)).toFixed(2))
    const computed = interval(columnOf(best, AP))
    for (const [i, end] of [low, high].entries())
      assert.ok(Math.abs(Number(end) - (computed[i] ?? 0)) < 0.015, `${end}, not ${computed[i]}`)
    const [, told, pairs, count] = /(\d+) of (\d+) neighbours told apart; (\d+) images/.exec(text) ?? []
    assert.equal(Number(pairs), methods.length - 1)
    assert.equal(Number(count), images)
    const neighbours = ranked
      .slice(1)
      .filter((other, i) => differ(columnOf(ranked[i] ?? other, AP), columnOf(other, AP)))
    near(told, neighbours.length, 'neighbours told apart')
    const [, named = '', more = '0'] = /; (.*?)(?: and (\d+) more)? (?:is|are) within noise/.exec(text) ?? []
    const tied = ranked.slice(1).filter(other => !differ(columnOf(best, AP), columnOf(other, AP)))
    near(String(named.split(', ').length + Number(more)), tied.length, 'within noise')
    const [, beating] = /In average precision, (\d+) of \d+ methods beat/.exec(text) ?? []
    near(
      beating,
      methods.filter(m => controls.every(c => isAbove(columnOf(m, AP), columnOf(c, AP)))).length,
      'methods that beat every control',
    )
  }))

test('the answers name the best methods of the raw columns, with intervals', () =>
  visit('index.html', async ({ page }) => {
    const area = (curve: unknown, steps: readonly number[]) =>
      (curve as number[]).reduce(
        (sum, y, i, all) =>
          i === 0 ? 0 : sum + ((y + (all[i - 1] ?? 0)) / 2) * ((steps[i] ?? 0) - (steps[i - 1] ?? 0)),
        0,
      )
    const abpc = (record: (typeof records)[number]): Values => {
      const { steps } = (record.protocol.choices as { faithfulness: { steps: number[] } }).faithfulness
      const [lerf, morf] = ['lerf', 'morf'].map(name => record.columns[`faithfulness.predicted.${name}`] ?? [])
      return (lerf ?? []).map((curve, i) => (curve && morf?.[i] ? area(curve, steps) - area(morf[i], steps) : null))
    }
    const bestBy = (values: (record: (typeof records)[number]) => Values, among = methods) =>
      among.toSorted((a, b) => meanOf(values(b)) - meanOf(values(a)))[0]
    const wanted = [
      [bestBy(r => columnOf(r, AP)), (r: (typeof records)[number]) => columnOf(r, AP)],
      [bestBy(abpc), abpc],
      [
        bestBy(
          r => columnOf(r, AP),
          methods.filter(r => costOf(r).relativeFlops <= 1.1),
        ),
        (r: (typeof records)[number]) => columnOf(r, AP),
      ],
    ] as const
    const shown = await page.locator('.answers li').allTextContents()
    assert.equal(shown.length, 4)
    for (const [i, [record, values]] of wanted.entries()) {
      const text = shown[i === 2 ? 3 : i] ?? ''
      assert.ok(record && text.includes(record.method.name), `${text}, not ${record?.method.name}`)
      const [, value, half] = /([\d.]+) ±([\d.]+)/.exec(text) ?? []
      assert.equal(value, meanOf(values(record)).toFixed(2))
      const [low, high] = interval(values(record))
      assert.ok(Math.abs(Number(half) - (high - low) / 2) < 0.011, `${half}, not ${(high - low) / 2}`)
    }
    assert.match(shown[2] ?? '', /Tells classes apart.*on Icon scenes, pairs, 6 images/)
    assert.match((await page.locator('.what-it-is').textContent()) ?? '', /One small model on synthetic scenes/)
  }))
