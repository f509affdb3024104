import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { encodePng, openDataset } from '@vitrine/datasets'
import { writeExport } from '@vitrine/models/testing'

// The commands of the README as they stand there, in a copy of the project that nothing was installed in, without a terminal.

const root = join(import.meta.dirname, '../../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

const commands = [...new Set([...readme.matchAll(/npx -y pnpm@12 [^`\n#]+/g)].map(([text]) => text.trim()))]

const MINUTES = 'takes minutes: VITRINE_FAULTS=full'
const ENDLESS = 'takes too long, or never ends'
const HUB = 'downloads a model'
/** Why a command is not tried, by a part of it. */
const untried: readonly (readonly [part: string, reason: string])[] = [
  ['pnpm@12 test', 'runs this test'],
  ['pnpm@12 check', 'the gate runs it'],
  ['pnpm@12 install', 'another engine'],
  ['pnpm@12 tfjs:native', 'compiles an engine'],
  ['pnpm@12 site', ENDLESS],
  ['pnpm@12 perf', ENDLESS],
  ['--queue', 'needs a queue'],
  ['vitrine merge', 'needs all of its shards'],
  ['--methods all', ENDLESS],
  ['--images 200', ENDLESS],
  ['--images 500', ENDLESS],
  [' hf:', HUB],
  [' timm:', HUB],
  ['vitrine submission', 'compares with a commit'],
  ['vitrine verify', MINUTES],
  ['vitrine remeasure', MINUTES],
  ['vitrine abpc', MINUTES],
  ['bench --backends', MINUTES],
  ['bench --failures', MINUTES],
  ['bench --protocols', MINUTES],
  ['bench --sweep', MINUTES],
  ['bench --shard', MINUTES],
  ['bench --patience', MINUTES],
  ['bench --explainer', MINUTES],
]

function whyNot(command: string): string | undefined {
  const [, reason] = untried.find(([part]) => command.includes(part)) ?? []
  const found = reason ?? (command.endsWith('pnpm@12 bench') ? MINUTES : undefined)
  return found === MINUTES && process.env.VITRINE_FAULTS === 'full' ? undefined : found
}

const copy = join(mkdtempSync(join(tmpdir(), 'vitrine-readme-')), 'vitrine')
after(() => rmSync(copy, { recursive: true, force: true }))

/** The project as it is given to others, with the files that the commands speak of. */
before(async () => {
  const left = new Set(['node_modules', '.git', '.turbo', 'out', 'dist', '.astro'])
  cpSync(root, copy, { recursive: true, filter: path => !left.has(basename(path)) })
  const [weights, data] = ['packages/models/assets/icon-vit', 'packages/datasets/fixtures/ilsvrc-mini']
  for (const name of ['checkpoint.pth', 'vit.pth']) cpSync(join(root, weights, 'model.safetensors'), join(copy, name))
  cpSync(join(root, weights, 'config.json'), join(copy, 'config.json'))
  cpSync(join(root, data), join(copy, 'ILSVRC'), { recursive: true })
  writeExport(join(copy, 'export'), 'timm-vit', 'ts17-dynamic-eager')
  writeFileSync(join(copy, 'classes.txt'), ['cat', 'dog', 'hen', 'ray', 'newt', 'toad', 'kite'].join('\n'))
  const { image } = await (await openDataset('icon-scenes')).sample(0)
  writeFileSync(join(copy, 'photo.jpg'), await encodePng(image))
  const [, method = ''] = /```ts\n([^`]*last-attention[^`]*)```/.exec(readme) ?? []
  assert.notEqual(method, '')
  writeFileSync(join(copy, 'last-attention.ts'), method)
})

/** What a newcomer's shell has: nothing that this test's own pnpm has set. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|pnpm_|PNPM_|INIT_CWD|NODE_TEST|TURBO)/.test(name)),
)

/** Runs a command without input, in a session of its own: it has no terminal to ask on. */
const run = (command: string): Promise<{ readonly code: number | null; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], {
      cwd: copy,
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', chunk => {
        text += chunk
      })
    child.on('error', reject)
    child.on('close', code => resolve({ code, text }))
  })

test('the README shows commands', () => assert.ok(commands.length > 30, commands.join('\n')))

for (const command of commands)
  test(command, { skip: whyNot(command) ?? false }, async () => {
    const { code, text } = await run(command)
    assert.equal(code, 0, text)
  })
