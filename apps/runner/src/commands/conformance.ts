import { openBackend } from '@vitrine/backends/node'
import { datasetConformance } from '@vitrine/datasets/conformance'
import { explainerConformance } from '@vitrine/explainers/conformance'
import { metricConformance } from '@vitrine/metrics/conformance'
import type { Command } from 'commander'
import { fromHere, known, UsageError } from '../cli/arguments.ts'
import { loadExplainers } from '../open/methods.ts'
import { isModule, loadPlugin, type PluginKind, type Plugins, pluginKindOf } from '../open/plugins.ts'

export interface ConformanceArguments {
  /** A folder or file of data to try a kind of dataset on. */
  readonly data?: string
}

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .argument(
      '<what...>',
      'files with a method, a metric or a kind of dataset, such as ./mine.ts; bundled methods by name',
    )
    .option('--data <path>', 'data to try a kind of dataset on: two pictures or more; they are copied, never changed')
    .addHelpText(
      'after',
      `
Examples:
  npx -y pnpm@12 conformance ./method.ts rise
  npx -y pnpm@12 conformance ./metric.ts
  npx -y pnpm@12 conformance ./dataset.ts --data ./example

Exit code: 0 all pass, 1 some do not.`,
    )
    .action(conformance)
}

/** Registers the tests with node:test, which runs them, prints what it finds and sets the exit code. */
export async function conformance(what: readonly string[], args: ConformanceArguments): Promise<void> {
  for (const word of what) {
    if (isModule(word)) await registerTests(await pluginKindOf('conformance', word), word, args)
    else await registerBundled(word, args)
  }
}

/** The tests of each kind of plugin. */
const suites: { readonly [K in PluginKind]: (plugin: Plugins[K], args: ConformanceArguments) => void } = {
  explainer(explainer) {
    const open = [() => openBackend('onnx:cpu', { threads: 1 }), () => openBackend('tfjs:wasm')]
    explainerConformance(explainer, { open })
  },
  metric({ metric }) {
    metricConformance(metric)
  },
  dataset(reader, { data }) {
    if (data === undefined)
      throw new UsageError(`conformance: ${reader.kind}: expected --data PATH, a small example of its data`)
    datasetConformance(reader, { root: fromHere(data) })
  },
}

async function registerTests<K extends PluginKind>(kind: K, file: string, args: ConformanceArguments): Promise<void> {
  suites[kind](await loadPlugin(kind, file), args)
}

async function registerBundled(name: string, args: ConformanceArguments): Promise<void> {
  const bundled = await loadExplainers([])
  const id = known(
    'method',
    name,
    bundled.map(e => e.id),
  )
  const explainer = bundled.find(e => e.id === id)
  if (explainer) suites.explainer(explainer, args)
}
