import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const readers = new URL('readers/', import.meta.url)
const registry = new URL('registry.ts', import.meta.url)

/** `registry.ts` as it is and as the files of `readers/` make it. */
export function registrySource(): { current: string; generated: string } {
  const kinds = readdirSync(readers)
    .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map(name => name.slice(0, -3))
    .sort()
  const variable = (kind: string) => kind.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  const generated = [
    '// Written by `npx -y pnpm@12 generate` from the files of `readers/`.',
    "import type { DatasetDefinition } from './define.ts'",
    ...kinds.map(kind => `import ${variable(kind)} from './readers/${kind}.ts'`),
    '',
    '/** Every bundled kind of dataset in files. */',
    ...listOf(kinds.map(variable)),
    '',
  ].join('\n')
  return { current: readFileSync(registry, 'utf8'), generated }
}

/** As the formatter writes it: in a line if there is room. */
function listOf(names: readonly string[]): string[] {
  const head = 'export const readers: readonly DatasetDefinition[] = ['
  const line = `${head}${names.join(', ')}]`
  return line.length <= 120 ? [line] : [head, ...names.map(name => `  ${name},`), ']']
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(registry, registrySource().generated)
