import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { type DatasetDefinition, loadDataset } from '@vitrine/datasets'
import type { Explainer } from '@vitrine/explainers'
import { groupOfMetric, isCustomGroup, type OutsideMetric } from '@vitrine/measure'
import { codeHash, rememberModule } from '@vitrine/measure/node'
import { loadMetric } from '@vitrine/metrics'
import type { RecordHeader } from '@vitrine/records'
import { fromHere, UsageError } from '../cli/arguments.ts'
import { importForeign } from './foreign-module.ts'

// A module outside of the workspace finds the project's packages all the same.
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, specifier.startsWith('@vitrine/') ? { ...context, parentURL: import.meta.url } : context),
})

/** What a file of a user's own may define, by the option that names the file. */
export interface Plugins {
  readonly explainer: Explainer
  readonly metric: OutsideMetric
  readonly dataset: DatasetDefinition
}

export type PluginKind = keyof Plugins

interface Module {
  /** As the user wrote it. */
  readonly file: string
  readonly url: URL
  readonly exports: { readonly default?: unknown }
}

interface Kind<Plugin> {
  /** What such a file says. */
  readonly definition: string
  recognises(found: object): boolean
  /** Throws where the definition is wrong. */
  read(module: Module, found: object): Plugin | Promise<Plugin>
}

const kinds: { readonly [K in PluginKind]: Kind<Plugins[K]> } = {
  explainer: {
    definition: 'export default explainer({ … })',
    recognises: found => 'id' in found && ('explain' in found || 'sample' in found),
    read({ url }, found) {
      const explainer = found as Explainer
      rememberModule(explainer, url)
      return explainer
    },
  },
  metric: {
    definition: 'export default metric({ … })',
    recognises: found => 'id' in found && 'group' in found,
    read({ file, url, exports }) {
      const metric = loadMetric(exports, file)
      rememberModule(metric, url)
      return { metric, version: metric.version ?? codeHash(metric) }
    },
  },
  dataset: {
    definition: 'export default defineDataset({ … })',
    recognises: found => 'kind' in found && 'open' in found,
    async read({ file, url }) {
      const reader = await loadDataset(fromHere(file))
      rememberModule(reader, url)
      return reader
    },
  },
}

const kindNames = Object.keys(kinds) as readonly PluginKind[]

/** Whether a word on the command line is a file with a plugin, such as `./mine.ts`, and no name or spec. */
export const isModule = (word: string): boolean => /\.[cm]?[jt]s$/.test(word)

/**
 * What a file of the user's own defines, as the given kind. Anything else is wrong usage.
 *
 * @throws {UsageError} for a file that cannot be loaded or defines no such thing
 */
export async function loadPlugin<K extends PluginKind>(kind: K, file: string): Promise<Plugins[K]> {
  const subject = `--${kind}`
  const module = await load(subject, file)
  const { definition, recognises, read } = kinds[kind]
  const found = module.exports.default
  if (typeof found !== 'object' || found === null || !recognises(found))
    throw new UsageError(`${subject}: ${file}: expected \`${definition}\`, got ${shown(found)}`)
  try {
    return await read(module, found)
  } catch (error) {
    throw new UsageError(`${subject}: ${messageOf(error)}`)
  }
}

/**
 * What kind of plugin a file of the user's own defines.
 *
 * @throws {UsageError} for a file that cannot be loaded or defines none
 */
export async function pluginKindOf(subject: string, file: string): Promise<PluginKind> {
  const { exports } = await load(subject, file)
  const kind = kindOf(exports.default)
  if (kind !== undefined) return kind
  const expected = kindNames.map(name => `\`${kinds[name].definition}\``).join(' or ')
  throw new UsageError(`${subject}: ${file}: expected ${expected}, got ${shown(exports.default)}`)
}

async function load(subject: string, file: string): Promise<Module> {
  const url = pathToFileURL(fromHere(file))
  try {
    return { file, url, exports: await importForeign(url, `${subject}: ${file}`) }
  } catch (error) {
    throw new UsageError(`${subject}: ${file} cannot be loaded: ${messageOf(error)}`)
  }
}

const kindOf = (found: unknown): PluginKind | undefined =>
  typeof found === 'object' && found !== null ? kindNames.find(name => kinds[name].recognises(found)) : undefined

/** What a file exports, in words. */
function shown(found: unknown): string {
  const kind = kindOf(found)
  return kind
    ? `\`${kinds[kind].definition}\``
    : found === undefined
      ? 'no default export'
      : `a default export of type ${typeof found}`
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The metrics in files of the user's own. */
export async function loadMetrics(files: readonly string[]): Promise<readonly OutsideMetric[]> {
  const metrics = await Promise.all(files.map(file => loadPlugin('metric', file)))
  const twice = metrics.find(({ metric: { id } }, i) => metrics.findIndex(other => other.metric.id === id) !== i)
  if (twice) throw new UsageError(`--metric: the id "${twice.metric.id}" is already taken`)
  return metrics
}

/**
 * The metrics of a record that are not bundled, out of those given.
 *
 * @throws {UsageError} where one is not given
 */
export function metricsOfRecord(
  { method, versions }: Pick<RecordHeader, 'method' | 'versions'>,
  given: readonly OutsideMetric[],
): readonly OutsideMetric[] {
  const known = new Map(given.map(one => [groupOfMetric(one.metric) as string, one]))
  return Object.keys(versions)
    .filter(isCustomGroup)
    .map(group => {
      const found = known.get(group)
      if (found) return found
      throw new UsageError(`the record of ${method.id} has the columns ${group}: --metric FILE says what computes them`)
    })
}

/** The kinds of datasets in files of the user's own. */
export const loadReaders = (files: readonly string[]): Promise<readonly DatasetDefinition[]> =>
  Promise.all(files.map(file => loadPlugin('dataset', file)))
