import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { metricGroups } from './groups.ts'
import type { AnyMetric } from './metric.ts'
import type { MetricGroup } from './types.ts'

const registry = new URL('registry.ts', import.meta.url)

interface MetricFile {
  readonly path: string
  readonly variable: string
  readonly metric: AnyMetric
}

/** The files of a group's folder that define a metric, in the order of its tables. */
async function filesOf(group: MetricGroup): Promise<MetricFile[]> {
  const names = readdirSync(new URL(`${group}/`, import.meta.url)).filter(name => /^[a-z0-9-]+\.ts$/.test(name))
  const files = names.map(name => `./${group}/${name}`)
  const defining = files.filter(path =>
    /^export default metric\(/m.test(readFileSync(new URL(path, import.meta.url), 'utf8')),
  )
  const loaded = defining.map(async (path): Promise<MetricFile> => {
    const { default: metric }: { default: AnyMetric } = await import(new URL(path, import.meta.url).href)
    if (metric.group !== group || path !== `./${group}/${metric.id}.ts`)
      throw new Error(
        `[vitrine] [metrics] ${path}: expected the metric ${group}/${metric.id} in ./${metric.group}/${metric.id}.ts`,
      )
    return { path, variable: metric.id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()), metric }
  })
  return (await Promise.all(loaded)).sort(
    (a, b) => a.metric.order - b.metric.order || (a.metric.id < b.metric.id ? -1 : 1),
  )
}

const WIDTH = 120

/** A list as the formatter writes it. */
function line(group: string, variables: readonly string[]): string[] {
  const key = /^[a-z]+$/.test(group) ? group : `'${group}'`
  const short = `  ${key}: [${variables.join(', ')}],`
  return short.length <= WIDTH ? [short] : [`  ${key}: [`, ...variables.map(name => `    ${name},`), '  ],']
}

/** `registry.ts` as it is, and as the files of the groups make it. */
export async function registrySource(): Promise<{ current: string; generated: string }> {
  const groups = await Promise.all(metricGroups.map(async group => ({ group, files: await filesOf(group) })))
  const imports = groups.flatMap(({ files }) => files).sort((a, b) => (a.path < b.path ? -1 : 1))
  const generated = [
    '// Written by `npx -y pnpm@12 generate` from the files of the groups.',
    ...imports.map(({ path, variable }) => `import ${variable} from '${path}'`),
    '',
    '/** Every bundled metric, by group, in the order of the tables. */',
    'export const registry = {',
    ...groups.flatMap(({ group, files }) =>
      line(
        group,
        files.map(({ variable }) => variable),
      ),
    ),
    '} as const',
    '',
  ].join('\n')
  return { current: readFileSync(registry, 'utf8'), generated }
}

if (import.meta.main) {
  const { generated } = await registrySource()
  writeFileSync(registry, generated)
}
