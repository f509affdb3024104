import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { relative } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { commands } from './commands/index.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

/** Runs the program and lists the files that it loads, on stderr. */
const traced = `import { registerHooks } from 'node:module'
import { writeSync } from 'node:fs'
registerHooks({ load(url, context, next) { writeSync(2, 'loads ' + url + '\\n'); return next(url, context) } })`

function run(...args: readonly string[]) {
  const options = ['--import', `data:text/javascript,${encodeURIComponent(traced)}`, main, ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8' })
  const loaded = [...stderr.matchAll(/^loads (file:.*)$/gm)].map(([, url = '']) => fileURLToPath(url))
  return { status, stdout, loaded, stderr: stderr.replace(/^loads .*\n/gm, '') }
}

for (const args of [['--help'], ['help'], ['--version'], ['bnech']])
  test(`\`vitrine ${args.join(' ')}\` loads the list of commands and nothing that runs one`, () => {
    const { loaded } = run(...args)
    const own = loaded.filter(file => !file.includes('node_modules')).map(file => relative(import.meta.dirname, file))
    assert.deepEqual(own.sort(), ['commands/index.ts', 'main.ts'])
    const packages = loaded.flatMap(file => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [])
    assert.deepEqual([...new Set(packages)], ['commander'])
  })

test('the list names every command with what it does', () => {
  const { status, stdout } = run('--help')
  assert.equal(status, 0)
  for (const name of Object.keys(commands)) assert.match(stdout, new RegExp(`^  ${name} +\\w`, 'm'))
})

test('a command says its own options and arguments, in both ways to ask', () => {
  const { status, stdout } = run('verify', '--help')
  assert.equal(status, 0)
  assert.match(stdout, /^Usage: vitrine verify \[options\] <file\.\.\.>/)
  assert.match(stdout, /--tolerance <n>/)
  assert.equal(run('help', 'verify').stdout, stdout)
})

test('`bench` says what it can do, and what it is about to do, before it loads what does it', () => {
  const { status, stdout, loaded } = run('bench', '--help')
  assert.equal(status, 0)
  assert.match(stdout, /--methods <list>/)
  const files = loaded.map(file => relative(import.meta.dirname, file))
  assert.ok(files.includes('commands/bench.ts'))
  for (const slow of [/^sweep\//, /^report\//, /onnxruntime/, /packages\/(?:measure|models|explainers|backends)\//])
    assert.deepEqual(
      files.filter(file => slow.test(file)),
      [],
    )
  assert.match(
    run('bench', '--methods', 'none').stderr,
    /^Opening icon-vit and the images of all, for none on onnx,tfjs …\n/,
  )
})

test('the version is that of the package', () => {
  assert.match(run('--version').stdout, /^\d+\.\d+\.\d+\n$/)
})

test('a command that there is not is wrong usage', () => {
  const { status, stderr } = run('bnech')
  assert.equal(status, 2)
  assert.match(stderr, /unknown command 'bnech'/)
  assert.match(stderr, /Did you mean bench\?/)
})

test('an error of a package is told in a line, without a stack', () => {
  const known = run('publish', '--from', 'nowhere.sqlite')
  assert.equal(known.status, 1)
  assert.match(known.stderr, /^\[vitrine\] \[records\] .*nowhere\.sqlite.*\n$/)
})
