import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openBackend } from '@vitrine/backends/node'
import { explainerConformance } from '@vitrine/explainers/conformance'
import { costOf } from '@vitrine/measure'
import { codeHash } from '@vitrine/measure/node'
import { readRecords } from '@vitrine/records'
import { loadPlugin } from '../open/plugins.ts'
import onePass from '../templates/one-pass.ts'
import sampled from '../templates/sampled.ts'
import { explainerSource } from './new.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const folder = (): string => mkdtempSync(join(tmpdir(), 'vitrine-new-'))

const run = (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise(resolve => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })

const open = [() => openBackend('onnx:cpu', { threads: 1 })]
explainerConformance(onePass, { open })
explainerConformance({ ...sampled, id: 'my-sampled-method' }, { open })

test('methods that a stranger starts from are measured from their files, and one that refuses the model says why', async () => {
  const out = folder()
  const [gradient, masks, refusing] = ['gradient.ts', 'masks.ts', 'refusing.ts'].map(name => join(out, name))
  assert(gradient && masks && refusing)
  assert.equal((await run('new', 'explainer', 'their-gradient', '--file', gradient)).code, 0)
  const made = await run('new', 'explainer', 'their-masks', '--sampled', '--file', masks)
  assert.match(made.stdout, /npx -y pnpm@12 bench --explainer .*masks\.ts --methods their-masks,agcam/)
  const text = explainerSource('refusing', true, false)
    .replace('maskedScore,', 'maskedScore, UnsupportedError,')
    .replace(
      'programs(context) {',
      "programs(context) {\n    throw new UnsupportedError('expected a model of another kind')",
    )
  writeFileSync(refusing, text)
  const plugins = [gradient, masks, refusing].flatMap(file => ['--explainer', file])
  const small = '--datasets icon-scenes --images 2 --batch 2 --rounds 1 --protocols paper --threads 2'.split(' ')
  const methods = 'their-gradient,their-masks[passes=6],refusing'
  const { code, stdout, stderr } = await run('bench', ...small, ...plugins, '--methods', methods, '--out', out)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /their-gradient +0\.\d{3}/)
  assert.match(stdout, /their-masks\[passes=6\] +0\.\d{3}/)
  assert.match(stdout, /refusing: unsupported: .*expected a model of another kind/)
  const costs = new Map([...readRecords(join(out, 'results'))].map(r => [r.method.id, costOf(r).relativeFlops]))
  // Six masked passes, counted as they ran; a pass of one token row less than the plain one is allowed for.
  assert.ok(Math.abs((costs.get('their-masks') ?? 0) - 6) < 0.1, `${costs.get('their-masks')}`)
})

test('a file that is there is not written over, and a name that is taken is refused', async () => {
  const file = join(folder(), 'mine.ts')
  writeFileSync(file, 'mine')
  const there = await run('new', 'explainer', 'mine', '--file', file)
  assert.equal(there.code, 2)
  assert.match(there.stderr, /mine\.ts is there already/)
  assert.equal(readFileSync(file, 'utf8'), 'mine')
  const taken = await run('new', 'explainer', 'agcam')
  assert.equal(taken.code, 2)
  assert.match(taken.stderr, /"agcam" is there already/)
})

test('among the bundled methods, a new one finds all that it is written with', async () => {
  const plugin = await import(new URL('plugin.ts', import.meta.resolve('@vitrine/explainers')).href)
  for (const kind of [false, true]) {
    const [, names = ''] =
      /import \{([^}]*)\} from '\.\.\/plugin\.ts'/.exec(explainerSource('new-one', kind, true)) ?? []
    const imported = names.split(',').map(name => name.trim())
    assert.ok(imported.includes('explainer'))
    for (const name of imported.filter(n => n !== '')) assert.ok(name in plugin, name)
  }
})

test("a sampled method's hash changes with its file and with the files it reaches", async () => {
  const out = folder()
  const helper = join(out, 'helper.ts')
  const write = (name: string, comment: string) => {
    writeFileSync(join(out, name), `import './helper.ts'\n// ${comment}\n${explainerSource('hashed', true, false)}`)
    return loadPlugin('explainer', join(out, name))
  }
  const hashOf = async (name: string, comment: string) => codeHash(await write(name, comment))
  writeFileSync(helper, 'export {}')
  const first = await hashOf('a.ts', 'one')
  assert.equal(await hashOf('b.ts', 'one'), first)
  assert.notEqual(await hashOf('c.ts', 'two'), first)
  writeFileSync(helper, 'export const changed = true')
  assert.notEqual(await hashOf('d.ts', 'one'), first)
})
