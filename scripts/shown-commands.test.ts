import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

// Commands in documents, help and messages begin with `npx -y pnpm@12`: a newcomer has no pnpm, and without `-y` and a terminal npx stops before it begins.

const root = join(import.meta.dirname, '..')
const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
/** What pnpm itself can be asked. */
const OWN = ['exec', 'install', '--filter']

const places = ['*.md', 'docs/*.md', '{apps,packages}/*/*.md', '{apps,packages}/*/{src,scripts}/**/*.{ts,astro}']
const shown = globSync([...places, 'scripts/*.ts'], { cwd: root, exclude: ['**/node_modules', '**/*.test.ts'] }).map(
  path => ({ path, text: readFileSync(join(root, path), 'utf8') }),
)

test('a command that is shown works where there is no pnpm and no terminal', () => {
  assert.ok(shown.length > 500)
  const names = [...Object.keys(scripts), ...OWN].join('|')
  const bare = new RegExp(`(?<![\\w@/-])pnpm (?:${names})\\b.*|npx pnpm@.*`, 'g')
  const found = shown.flatMap(({ path, text }) => {
    // In a message the program's own name is taken for a command too.
    const named = path.endsWith('.ts') ? [...text.matchAll(/`vitrine [a-z].*/g)] : []
    return [...text.matchAll(bare), ...named].map(([command]) => `${path}: ${command}`)
  })
  assert.deepEqual(found, [])
})

test('what follows `npx -y pnpm@12` is a command of the project, or of pnpm', () => {
  const commands = shown.flatMap(({ path, text }) =>
    [...text.matchAll(/npx -y pnpm@12 ([\w:-]+)/g)].map(([, name = '']) => ({ path, name })),
  )
  assert.ok(commands.length > 100)
  const unknown = commands.filter(({ name }) => !Object.hasOwn(scripts, name) && !OWN.includes(name))
  assert.deepEqual(unknown, [])
})
