import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { datasetIds, datasetKinds, datasetSource } from '@vitrine/datasets'
import { explainers } from '@vitrine/explainers'
import { metrics } from '@vitrine/metrics'
import { metricSource } from '@vitrine/metrics/template'
import type { Command } from 'commander'
import { fromHere, here, UsageError } from '../cli/arguments.ts'
import { outputFolder, writeOutput } from '../cli/output.ts'
import { print as printText } from '../cli/terminal.ts'
import type { PluginKind } from '../open/plugins.ts'

export interface NewOptions {
  /** Where to write it; among the bundled ones if absent. */
  readonly file?: string
  /** Of a method: one that runs many passes. */
  readonly sampled?: boolean
}

interface Kind {
  /** Whether something bundled has the name. */
  isTaken(name: string): boolean
  source(name: string, bundled: boolean, options: NewOptions): string
  /** The folder of the bundled ones, and what writes their registry. */
  readonly folder: URL
  readonly registry: URL
  /** Commands to go on with, of a bundled one and of one in a file. */
  next(name: string): readonly string[]
  nextOfFile(name: string, file: string): readonly string[]
}

const inPackage = (name: string, path: string): URL => new URL(path, import.meta.resolve(name))

const kinds: { readonly [K in PluginKind]: Kind } = {
  explainer: {
    isTaken: name => explainers.some(({ id }) => id === name),
    source: (name, bundled, { sampled = false }) => explainerSource(name, sampled, bundled),
    folder: inPackage('@vitrine/explainers', 'methods/'),
    registry: inPackage('@vitrine/explainers', 'registry.generate.ts'),
    next: name => [`conformance ${name}`, `bench --methods ${name},agcam`, 'golden', 'parity'],
    nextOfFile: (name, file) => [`conformance ${file}`, `bench --explainer ${file} --methods ${name},agcam`],
  },
  metric: {
    isTaken: name => Object.hasOwn(metrics, name),
    source: (name, bundled) => metricSource(name, { bundled }),
    folder: inPackage('@vitrine/metrics', 'diffusion/'),
    registry: inPackage('@vitrine/metrics', 'registry.generate.ts'),
    next: () => [
      'exec node --test packages/metrics/src/conformance.test.ts packages/metrics/src/registry.test.ts',
      'golden    after you raised packages/metrics/src/diffusion/version.ts',
    ],
    nextOfFile: (_, file) => [
      `conformance ${file}`,
      `bench --metric ${file} --methods agcam,random --protocols standard`,
    ],
  },
  dataset: {
    isTaken: name => datasetIds.includes(name) || datasetKinds.includes(name),
    source: (name, bundled) => datasetSource(name, bundled),
    folder: inPackage('@vitrine/datasets', 'readers/'),
    registry: inPackage('@vitrine/datasets', 'registry.generate.ts'),
    next: name => [
      `bench --datasets ${name}:./data`,
      'generate    after you added an example to packages/datasets/src/testing/examples.ts',
    ],
    nextOfFile: (name, file) => [
      `conformance ${file} --data ./example`,
      `bench --dataset ${file} --datasets ${name}:./data`,
    ],
  },
}

const fileOption = ['--file <file>', 'where to write it, such as ./mine.ts, instead of among the bundled ones'] as const

/** Adds the kinds and the work to the command. */
export function register(command: Command): void {
  const run = (kind: PluginKind) => (name: string, options: NewOptions) => {
    process.exitCode = writeNew(kind, name, options)
  }
  command
    .command('explainer <name>')
    .description('a method that already passes conformance')
    .option('--sampled', 'a method that runs many passes, instead of one tensor program', false)
    .option(...fileOption)
    .addHelpText(
      'after',
      `
Examples:
  npx -y pnpm@12 new explainer my-method
  npx -y pnpm@12 new explainer my-method --sampled
  npx -y pnpm@12 new explainer my-method --file ./mine.ts

The first two write packages/explainers/src/methods/my-method.ts. A file
outside is run by bench --explainer ./mine.ts.

docs/adding-a-method.md walks through both kinds.`,
    )
    .action(run('explainer'))
  command
    .command('metric <name>')
    .description('a metric of a map that already passes conformance')
    .option(...fileOption)
    .addHelpText(
      'after',
      `
Examples:
  npx -y pnpm@12 new metric covered-area
  npx -y pnpm@12 new metric covered-area --file ./mine.ts

The first writes packages/metrics/src/diffusion/covered-area.ts. A file outside
is measured by bench --metric ./mine.ts.

docs/adding-a-metric.md walks through it.`,
    )
    .action(run('metric'))
  command
    .command('dataset <name>')
    .description('a reader of pictures with a table of classes and boxes that already passes conformance')
    .option(...fileOption)
    .addHelpText(
      'after',
      `
Examples:
  npx -y pnpm@12 new dataset my-data
  npx -y pnpm@12 new dataset my-data --file ./mine.ts

The first writes packages/datasets/src/readers/my-data.ts. A file outside is
read by bench --dataset ./mine.ts.

docs/adding-a-dataset.md walks through it.`,
    )
    .action(run('dataset'))
}

/** Writes a plugin to start from and says what to do next. Answers with the exit code. */
export function writeNew(
  kind: PluginKind,
  name: string,
  options: NewOptions,
  // Commands are to be copied: their lines stay whole.
  print: (text: string) => void = text => printText(text, { exact: true }),
): number {
  const { isTaken, source, folder, registry, next, nextOfFile } = kinds[kind]
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
    throw new UsageError(`new ${kind}: expected lower-case words joined by hyphens, got "${name}"`)
  if (isTaken(name)) throw new UsageError(`new ${kind}: "${name}" is there already`)
  const bundled = options.file === undefined
  const path = options.file === undefined ? fileURLToPath(new URL(`${name}.ts`, folder)) : fromHere(options.file)
  const shown = relative(here(), path)
  outputFolder(dirname(path))
  try {
    writeOutput(path, source(name, bundled, options), { flag: 'wx' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new UsageError(`new ${kind}: ${shown} is there already`)
    throw error
  }
  if (bundled) execFileSync(process.execPath, [fileURLToPath(registry)])
  const commands = bundled ? next(name) : nextOfFile(name, shown)
  print(`${shown}\n\nNext:\n${commands.map(line => `  npx -y pnpm@12 ${line}`).join('\n')}`)
  return 0
}

/** The text of a method to start from; a bundled one imports its neighbours. */
export function explainerSource(name: string, sampled: boolean, bundled: boolean): string {
  const template = new URL(`../templates/${sampled ? 'sampled' : 'one-pass'}.ts`, import.meta.url)
  const words = name.replaceAll('-', ' ')
  const text = readFileSync(template, 'utf8')
    .replaceAll('my-method', name)
    .replaceAll('My method', words.charAt(0).toUpperCase() + words.slice(1))
  if (!bundled) return text
  // A neighbour's import comes after those of packages, as the linter wants.
  const imports = [...text.matchAll(/^import [^']*'([^']*)'\n/gm)]
  const own = imports.find(([, from]) => from === '@vitrine/explainers')?.[0] ?? ''
  const last = imports.at(-1)?.[0] ?? own
  const neighbours = own.replace('@vitrine/explainers', '../plugin.ts')
  return last === own ? text.replace(own, neighbours) : text.replace(own, '').replace(last, last + neighbours)
}
