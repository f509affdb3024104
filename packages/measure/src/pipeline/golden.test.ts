import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { goldenProblems, pipelineValues, readGolden } from './golden.ts'

const golden = readGolden() ?? assert.fail('no golden values')
const found = await pipelineValues()

test('what models are fed, and what maps are held against, is what the version of the pipeline says', () => {
  assert.deepEqual(goldenProblems(golden, found), [])
})

test('a changed value is told by its name, with what to do', () => {
  const [input = ''] = Object.keys(golden.exact)
  const [changed = ''] = goldenProblems({ ...golden, exact: { ...golden.exact, [input]: 'other' } }, found)
  assert.match(changed, /pipeline changed in 1 of \d+ values/)
  assert.ok(changed.includes(input))
  assert.match(changed, /raise the version in .*version\.ts and run npx -y pnpm@12 golden, or restore/)
})

test('rounding of an engine passes, another map does not', () => {
  const name = Object.keys(golden.near).find(key => key.endsWith('map.predicted')) ?? assert.fail()
  const scaled = (by: number) => ({ ...golden, near: { ...golden.near, [name]: golden.near[name]!.map(x => x * by) } })
  assert.deepEqual(goldenProblems(scaled(1 + 1e-6), found), [])
  assert.match(goldenProblems(scaled(1.001), found)[0] ?? '', /pipeline changed in 1 of/)
})

test('a raised version asks for new golden values, a lowered one is refused', () => {
  assert.match(goldenProblems(golden, { ...found, version: golden.version + 1 })[0] ?? '', /run npx -y pnpm@12 golden/)
  assert.match(goldenProblems({ ...golden, version: golden.version + 1 }, found)[0] ?? '', /never lowered/)
})

const MUTATIONS = [
  ['paths.ts', 'sample.id} noise', 'sample.id} noises', /icon-scenes-pairs\/0\/00000 path/],
  ['truth.ts', 'const boxes = shown.map', 'const boxes = shown.slice(1).map', /truth paper/],
] as const

for (const [file, before, after, named] of MUTATIONS)
  test(`one constant changed in ${file} is caught`, async t => {
    // Beside the sources, so that packages are found; the golden file is that of the package.
    const root = fileURLToPath(new URL('../../', import.meta.url))
    const copy = mkdtempSync(join(root, '.mutant-'))
    t.after(() => rmSync(copy, { recursive: true, force: true }))
    for (const folder of ['src', 'golden']) cpSync(join(root, folder), join(copy, folder), { recursive: true })
    const path = join(copy, 'src', file)
    const text = readFileSync(path, 'utf8')
    assert.ok(text.includes(before), `${file} has no "${before}"`)
    writeFileSync(path, text.replace(before, after))
    await assert.rejects(promisify(execFile)(process.execPath, [join(copy, 'src/golden.ts')]), (error: Error) => {
      assert.match(error.message, /pipeline changed in \d+ of/)
      assert.match(error.message, named)
      return true
    })
  })
