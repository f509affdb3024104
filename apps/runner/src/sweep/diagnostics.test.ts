import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { openDataset } from '@vitrine/datasets'
import { costOf, intervalsOfRecord, resultsOf } from '@vitrine/measure'
import { imageValues, patterns, protocols } from '@vitrine/metrics'
import { openModel } from '@vitrine/models'
import type { BenchRecord } from '@vitrine/records'
import sharp from 'sharp'
import { failureSheets } from '../report/failure-sheet.ts'
import { measured, smallPlan } from './testing.ts'

const { standard, paper } = protocols
const records = new Map<string, BenchRecord>()

before(async () => {
  const plan = await smallPlan('agcam,attention-rollout,center-gaussian,whole-image', [paper, standard], { images: 2 })
  const dataset = await openDataset('icon-scenes-pairs')
  for (const record of await measured(await openModel('icon-vit'), dataset, plan))
    records.set(`${record.method.id} ${record.protocol.id}`, record)
})

const of = (method: string, protocol = 'standard'): BenchRecord => records.get(`${method} ${protocol}`) ?? assert.fail()
const lists = (method: string, column: string) => of(method).columns[column] as number[][]

test('the paper protocol measures no failures', () => {
  const names = Object.keys(of('agcam', 'paper').columns)
  assert.deepEqual(
    names.filter(name => /^(pointing|texture|diffusion|frozen|discrimination)\./.test(name)),
    [],
  )
})

test('methods that do not see the class show as such by measurement', () => {
  const change = (method: string) => imageValues(of(method), { metric: 'class-change', target: 'label' }) ?? []
  assert.ok(change('attention-rollout').every(value => Math.abs(value ?? 1) < 1e-6))
  assert.ok(change('agcam').every(value => Number(value) > 0.05))
  const difference = imageValues(of('attention-rollout'), { metric: 'mass-difference', target: 'label' }) ?? []
  assert.ok(difference.every(value => Math.abs(value ?? 1) < 1e-6))
})

test("the other object's map is stored where a method asks for classes and it is not the predicted one's", () => {
  const { images, columns } = of('agcam')
  const stored = columns['map.other'] ?? assert.fail()
  assert.equal(stored.length, images.id.length)
  for (const [i, map] of stored.entries()) {
    const shown = [columns['map.predicted']?.[i], columns['map.label']?.[i]]
    if (map) for (const other of shown) assert.notDeepEqual(map, other)
  }
  assert.ok(stored.some(Boolean))
  assert.equal(of('attention-rollout').columns['map.other'], undefined)
})

test('a map that does not read the image is frozen, and one that does is not the same at every step', () => {
  assert.ok(
    lists('center-gaussian', 'frozen.predicted.similarity')
      .flat()
      .every(value => Math.abs(value - 1) < 1e-9),
  )
  assert.ok(
    lists('agcam', 'frozen.predicted.similarity')
      .flat()
      .some(value => value < 0.9),
  )
  assert.deepEqual(imageValues(of('center-gaussian'), { metric: 'coupling', target: 'predicted' }), [0, 0])
})

test("a path begins with the image's own confidence, and removal goes along the MoRF curve", () => {
  const { images, columns } = of('agcam')
  const { steps } = standard.faithfulness
  const removal = standard.diagnostics.paths.find(({ kind }) => kind === 'removal') ?? assert.fail()
  const length = 1 + standard.diagnostics.paths.reduce((sum, path) => sum + path.steps.length, 0)
  lists('agcam', 'frozen.predicted.probability').forEach((path, i) => {
    assert.equal(path.length, length)
    assert.equal(path[0], images.probability[i])
    const curve = (columns['faithfulness.predicted.morf'] as number[][])[i] ?? []
    removal.steps.forEach((share, k) => {
      const expected = curve[steps.indexOf(share)] ?? Number.NaN
      assert.ok(Math.abs(Number(path[k + 1]) - expected) < 1e-4, `${path[k + 1]}, expected ${expected}`)
    })
  })
})

test('flat maps have states, and records carry means, intervals and what it cost', () => {
  const { columns } = of('whole-image')
  const { counts } = resultsOf(of('whole-image'))
  assert.deepEqual(columns['texture.predicted.state'], ['flat', 'flat'])
  assert.deepEqual(columns['frozen.predicted.state'], ['flat', 'flat'])
  assert.equal(columns['texture.predicted.fine-energy'], undefined)
  assert.equal(counts['texture.predicted.flat'], 2)
  assert.deepEqual(columns['diffusion.predicted.effective-area'], [0.9, 0.9])
  const agcam = of('agcam')
  const [{ summary }, intervals, cost] = [resultsOf(agcam), intervalsOfRecord(agcam), costOf(agcam)]
  const [low, high] = intervals['diffusion.predicted.outside-mass'] as number[]
  const mean = Number(summary['diffusion.predicted.outside-mass'])
  assert.ok(Number(low) <= mean && mean <= Number(high))
  assert.ok(Number(cost.furtherExplanationsPerImage) >= 8)
  assert.ok(columns.distractors?.every(count => typeof count === 'number'))
  assert.deepEqual(
    columns['frozen.predicted.occluder'],
    columns.distractors?.map(count => (Number(count) > 0 ? 'distractor' : 'elsewhere')),
  )
})

test('the worst images are drawn for every pattern, with what to see', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-failures-'))
  const opened = await openDataset('icon-scenes-pairs')
  const sources = { models: [await openModel('icon-vit')], datasets: new Map([[opened.id, opened]]) }
  const listing = await failureSheets([...records.values()], sources, 0, folder)
  const text = readFileSync(listing ?? assert.fail(), 'utf8')
  for (const { id, title } of patterns) {
    const { width = 0, height = 0 } = await sharp(join(folder, `${id}.png`)).metadata()
    assert.ok(width > 900 && height > 400, `${id}: ${width} x ${height}`)
    assert.ok(text.includes(`## ${title}`))
  }
  assert.match(text, /attention-rollout\*\*\n.*it does not tell them apart\./)
  assert.doesNotMatch(text, /center-gaussian/)
  assert.equal(await failureSheets([of('agcam', 'paper')], sources, 0, folder), undefined)
})
