import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Golden, goldenIds, goldenProblems, goldenState, writeGolden } from './golden.ts'
import { explainers } from './registry.ts'

for (const explainer of explainers)
  test(`${explainer.id}: its maps are its golden maps`, async () => {
    assert.deepEqual(goldenProblems(explainer.id, await goldenState(explainer)), [])
  })

test('golden maps belong to bundled methods', () => {
  assert.deepEqual(
    goldenIds().filter(id => !explainers.some(e => e.id === id)),
    [],
  )
})

const golden = (version: number, map: string): Golden => ({ version, maps: { 'class token': map } })
const before = golden(1, '1 2; 3 4')

test('another map of the same version names the method, the model, the size and what to do', () => {
  const [problem, ...more] = goldenProblems('agcam', {
    found: golden(1, '1 2; 3 4.4'),
    stored: before,
    committed: before,
  })
  assert.deepEqual(more, [])
  assert.match(problem ?? '', /^agcam: the map of "class token" changed: by 1\.0e-1 of its largest value/)
  assert.match(
    problem ?? '',
    /raise `version` to 2 in .*methods\/agcam\.ts and run `npx -y pnpm@12 golden`, or restore/,
  )
})

test('a difference in the seventh digit is none', () => {
  const found = golden(1, '1.00001 2; 3 4')
  assert.deepEqual(goldenProblems('agcam', { found, stored: before, committed: before }), [])
})

test('a version that was raised without new golden maps is told', () => {
  const found = golden(2, '1 2; 3 5')
  assert.match(
    goldenProblems('agcam', { found, stored: before, committed: before }).join(),
    /methods\/agcam\.ts is version 2, golden\/agcam\.json is version 1: run `npx -y pnpm@12 golden`/,
  )
})

test('golden maps that were rewritten without another version are told', () => {
  const other = golden(1, '1 2; 3 5')
  assert.match(
    goldenProblems('agcam', { found: other, stored: other, committed: before }).join(),
    /golden\/agcam\.json has another map of "class token" than the last commit .* the same version: raise `version` to 2/,
  )
})

test('other golden maps of the same version are not written', () => {
  const found = golden(1, '1 2; 3 5')
  for (const state of [
    { found, stored: before, committed: before },
    { found, stored: undefined, committed: before },
  ])
    assert.throws(() => writeGolden('agcam', state), /agcam: 1 maps changed .*raise `version` in .* to 2 first/)
})

test('a method without golden maps and one with another option are told', () => {
  assert.match(
    goldenProblems('agcam', { found: before, stored: undefined, committed: undefined }).join(),
    /found none: run `npx -y pnpm@12 golden`/,
  )
  const more: Golden = { version: 1, maps: { ...before.maps, 'class token [x=1]': '1' } }
  assert.match(
    goldenProblems('agcam', { found: more, stored: before, committed: before }).join(),
    /its models or options are not those in golden\/agcam\.json/,
  )
})

test('a changed constant is found in a copy of the package, by the name of the method', async t => {
  const changed = await problemsOfCopy(t, {
    'methods/vit-recipro-cam.ts': text => replaced(text, '1 / 8', '1 / 9'),
    'methods/rise.ts': text => replaced(text, '/ pixels - 0.5', '/ pixels - 0.499'),
    'sampling/expected-gradients.ts': text => replaced(text, '1 - alpha', '1.001 - alpha'),
  })
  for (const id of ['vit-recipro-cam', 'rise', 'gradient-shap'])
    assert.match(changed.get(id)?.join() ?? '', new RegExp(`^${id}: the map of "class token" changed: by `), id)
  assert.deepEqual(changed.get('agcam'), [])
})

test('an edited comment, a renamed function, another order of products and a moved file pass', async t => {
  const changed = await problemsOfCopy(t, {
    'methods/vit-recipro-cam.ts': text =>
      replaced(text, '// Weights of a patch', '// How much of a patch').replaceAll('patchMasks', 'masksOfPatches'),
    'methods/rise.ts': text => replaced(text, '(score * kept) / count / keep', '(kept / keep) * (score / count)'),
    'sampling/expected-gradients.ts': 'sampling/mean-of-gradients.ts',
  })
  for (const [id, problems] of changed) assert.deepEqual(problems, [], id)
})

test('a raised version is written, and then all is well', async t => {
  const changed = await problemsOfCopy(
    t,
    {
      'methods/rise.ts': text =>
        replaced(replaced(text, '/ pixels - 0.5', '/ pixels - 0.499'), "id: 'rise',", "id: 'rise',\n  version: 2,"),
    },
    'write',
  )
  assert.deepEqual(changed.get('rise'), [])
  assert.equal(changed.size, 4)
})

/** What is done to a file: another text, or another place. */
type Edit = string | ((text: string) => string)

const WATCHED = ['vit-recipro-cam', 'rise', 'gradient-shap', 'agcam']

/** What is told of some methods in an edited copy of this package. */
async function problemsOfCopy(
  t: TestContext,
  edits: Readonly<Record<string, Edit>>,
  write?: 'write',
): Promise<Map<string, string[]>> {
  const here = fileURLToPath(new URL('..', import.meta.url))
  const copy = mkdtempSync(join(tmpdir(), 'vitrine-golden-'))
  t.after(() => rmSync(copy, { recursive: true }))
  for (const part of ['src', 'golden', 'package.json']) cpSync(join(here, part), join(copy, part), { recursive: true })
  symlinkSync(join(here, 'node_modules'), join(copy, 'node_modules'))
  for (const [file, edit] of Object.entries(edits)) {
    const path = join(copy, 'src', file)
    if (typeof edit === 'string') moved(join(copy, 'src'), file, edit)
    else writeFileSync(path, edit(readFileSync(path, 'utf8')))
  }
  const load = (file: string) => import(pathToFileURL(join(copy, 'src', file)).href)
  const own: typeof import('./golden.ts') = await load('golden.ts')
  const registry: typeof import('./registry.ts') = await load('registry.ts')
  const found = new Map<string, string[]>()
  for (const explainer of registry.explainers.filter(e => WATCHED.includes(e.id))) {
    if (write) own.writeGolden(explainer.id, await own.goldenState(explainer))
    found.set(explainer.id, own.goldenProblems(explainer.id, await own.goldenState(explainer)))
  }
  return found
}

function replaced(text: string, from: string, to: string): string {
  assert.ok(text.includes(from), `expected "${from}"`)
  return text.replace(from, to)
}

/** Moves a file of a folder and changes all imports of it. */
function moved(src: string, from: string, to: string): void {
  renameSync(join(src, from), join(src, to))
  const [before = '', after = ''] = [from, to].map(path => path.split('/').at(-1))
  for (const name of readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(n => n.endsWith('.ts'))) {
    const text = readFileSync(join(src, name), 'utf8')
    writeFileSync(join(src, name), text.replaceAll(`sampling/${before}'`, `sampling/${after}'`))
  }
}
