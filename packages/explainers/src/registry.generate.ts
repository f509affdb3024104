import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const methods = new URL('methods/', import.meta.url)
const registry = new URL('registry.ts', import.meta.url)

/** `registry.ts` as it is and as the files of `methods/` make it. */
export async function registrySource(): Promise<{ current: string; generated: string }> {
  const ids = readdirSync(methods)
    .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map(name => name.slice(0, -3))
    .sort()
  const variable = (id: string) => id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  const generated = [
    '// Written by `npx -y pnpm@12 generate` from the files of `methods/`.',
    "import type { Explainer } from './contract/explainer.ts'",
    ...ids.map(id => `import ${variable(id)} from './methods/${id}.ts'`),
    '',
    '/** Every bundled method, by id. */',
    'export const explainers: readonly Explainer[] = [',
    ...ids.map(id => `  ${variable(id)},`),
    ']',
    '',
  ].join('\n')
  return { current: readFileSync(registry, 'utf8'), generated }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { generated } = await registrySource()
  writeFileSync(registry, generated)
}
