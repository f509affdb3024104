import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metricGroups } from '../groups.ts'
import { packageCopy } from '../testing/package-copy.ts'
import type { MetricGroup } from '../types.ts'
import { goldenColumns } from './columns.ts'
import { goldenFolder, goldenProblems } from './golden.ts'

type Golden = typeof import('./golden.ts')
type Edit = readonly [file: string, from: string, to: string]

/** Runs the golden test of a copy of the package with some text replaced. */
async function withEdits(edits: readonly Edit[], run: (golden: Golden) => void): Promise<void> {
  using copy = packageCopy()
  for (const edit of edits) copy.edit(...edit)
  run(await copy.load<Golden>('src/golden/golden.ts'))
}

test('every group computes the values that its version was written with', () => {
  assert.deepEqual(goldenProblems(), {})
})

test('every group has cases with values and cases without', () => {
  for (const group of metricGroups) {
    const found = Object.values(goldenColumns(group, goldenFolder))
    const states = found.map(columns => columns[`${group}.predicted.state`])
    assert.ok(found.length >= 18, group)
    assert.ok(states.includes('ok') && states.includes('flat') && states.includes('nan'), group)
  }
})

/** One constant of each group, and what another value of it looks like. */
const constants: { readonly [G in MetricGroup]: Edit } = {
  localization: ['src/localization/localize.ts', 'counts.fn.push(positives - tp)', 'counts.fn.push(positives)'],
  faithfulness: ['src/faithfulness/perturbation.ts', 'value => value + 1', 'value => value + 2'],
  pointing: ['src/pointing/roc-auc.ts', 'twice / 2', 'twice / 3'],
  texture: ['src/map/sobel.ts', '0.299, 0.587', '0.3, 0.586'],
  diffusion: ['src/diffusion/entropy.ts', 'Math.log(values.length)', 'Math.log2(values.length)'],
  discrimination: ['src/discrimination/pair-question.ts', 'value * 1e6) / 1e6', 'value * 1e5) / 1e5'],
  frozen: ['src/paths/noise.ts', 'value + deviation', 'value - deviation'],
  insertion: ['src/insertion/game.ts', 'Math.ceil(length / steps)', 'Math.floor(length / steps)'],
  'soft-mask': ['src/soft-mask/fade.ts', 'input[i]! * values', '2 * input[i]! * values'],
  effects: ['src/effects/regions.ts', 'Math.round(share * length)', 'Math.ceil(share * length)'],
  objects: ['src/objects/irrelevant-mass.ts', 'matters = 0.05', 'matters = 0.5'],
  benchmarks: ['src/benchmarks/top-k-intersection.ts', 'count = 1000', 'count = 100'],
  complexity: ['src/complexity/gini.ts', '2 * (i + 1)', '2 * i'],
  completeness: ['src/completeness/completeness-gap.ts', '(Math.abs(sum) +', '(2 * Math.abs(sum) +'],
  robustness: ['src/robustness/neighbours.ts', '2 * uniform(source) - 1', '2 * uniform(source) - 0.5'],
  randomisation: ['src/randomisation/entropy-rise.ts', 'bins = 100', 'bins = 99'],
  mosaic: ['src/mosaic/grid-pointing.ts', '/ shares.length', '/ (shares.length + 1)'],
  coherence: ['src/coherence/saco.ts', 'Math.abs(difference)', 'difference * difference'],
}

for (const [group, edit] of Object.entries(constants) as [MetricGroup, Edit][])
  test(`another constant in the code of ${group} is found, and told to be of ${group} alone`, async () => {
    await withEdits([edit], golden => {
      const problems = golden.goldenProblems()
      assert.deepEqual(Object.keys(problems), [group])
      assert.match(problems[group] ?? '', new RegExp(`^${group} changed in \\d+ of \\d+ cases \\(.+\\), in .+`))
      assert.match(problems[group] ?? '', new RegExp(`raise the version of ${group} in .*/${group}/version\\.ts`))
      const { written, refused } = golden.writeGolden()
      assert.deepEqual([written, refused], [[], [problems[group]]])
    })
  })

test('a change of the code that groups share is told of each of them', async () => {
  await withEdits([['src/map/resize.ts', 'Math.fround(i + 0.5)', 'Math.fround(i + 0.4)']], golden => {
    const none: readonly MetricGroup[] = [
      'texture',
      'effects',
      'complexity',
      'completeness',
      'mosaic',
      'robustness',
      'randomisation',
    ]
    const changed = metricGroups.filter(group => !none.includes(group))
    assert.deepEqual(Object.keys(golden.goldenProblems()).sort(), [...changed].sort())
  })
})

test('a comment and a name change nothing', async () => {
  const edits: Edit[] = [
    ['src/diffusion/entropy.ts', 'export default', '// A comment.\nexport default'],
    ['src/map/mass.ts', 'let [inside, all]', 'let [within, all]'],
    ['src/map/mass.ts', 'inside += mass', 'within += mass'],
    ['src/map/mass.ts', 'inside / all', 'within / all'],
  ]
  await withEdits(edits, golden => assert.deepEqual(golden.goldenProblems(), {}))
})

const raised: Edit = ['src/texture/version.ts', 'version = 1', 'version = 2']

test('a raised version asks for new golden values, and writing them settles it', async () => {
  await withEdits([constants.texture, raised], golden => {
    assert.match(
      golden.goldenProblems().texture ?? '',
      /version of texture is 2, .*by version 1: run npx -y pnpm@12 golden/,
    )
    assert.deepEqual(golden.writeGolden(), { written: ['texture'], refused: [] })
    assert.deepEqual(golden.goldenProblems(), {})
  })
})

test('golden values that were changed without a new version are refused', async () => {
  const { 'texture.predicted.fine-energy': digits = '' } =
    goldenColumns('texture', goldenFolder)['noise, taller than wide (standard)'] ?? {}
  await withEdits([['golden/texture.json', digits, `${digits}1`]], golden => {
    assert.match(
      golden.goldenProblems().texture ?? '',
      /texture\.json has other values than version 1 was written with/,
    )
  })
  const file = '"version": 1'
  await withEdits([['golden/texture.json', file, '"version": 2']], golden => {
    assert.match(golden.goldenProblems().texture ?? '', /a version is never lowered/)
    assert.equal(golden.writeGolden().refused.length, 1)
  })
})

test('a new case gets golden values without a new version', async () => {
  const edit: Edit = [
    'src/golden/cases.ts',
    "one('noise', mapOf",
    "one('more noise', mapOf(4, 4, noise)), one('noise', mapOf",
  ]
  await withEdits([edit], golden => {
    assert.match(golden.goldenProblems().pointing ?? '', /pointing has cases without golden values \(more noise/)
    assert.deepEqual(golden.writeGolden().refused, [])
  })
})
