import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { explainers } from '@vitrine/explainers'
import type { Command } from 'commander'
import { fromHere, here, UsageError } from '../cli/arguments.ts'

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .command('explainer <name>')
    .description('a method that already passes conformance: among the bundled ones, or in a file of your own')
    .option('--sampled', 'a method that runs many passes, instead of one tensor program', false)
    .option('--file <file>', 'where to write it, such as ./mine.ts, instead of among the bundled methods')
    .addHelpText(
      'after',
      `
Examples:
  pnpm new explainer my-method                      packages/explainers/src/methods/my-method.ts
  pnpm new explainer my-method --file ./mine.ts     a file outside; bench --explainer ./mine.ts runs it
  pnpm new explainer my-method --sampled

docs/adding-a-method.md walks through both kinds.`,
    )
    .action((name, options) => {
      process.exitCode = newExplainer(name, options)
    })
}

export interface NewExplainer {
  readonly sampled: boolean
  readonly file?: string
}

/** Writes a method to start from and says what to do next. Answers with the exit code. */
export function newExplainer(name: string, { sampled, file }: NewExplainer): number {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
    throw new UsageError(`new explainer: expected lower-case words joined by hyphens, got "${name}"`)
  if (explainers.some(e => e.id === name)) throw new UsageError(`new explainer: "${name}" is there already`)
  const source = new URL('.', import.meta.resolve('@vitrine/explainers'))
  const path = file === undefined ? fileURLToPath(new URL(`methods/${name}.ts`, source)) : fromHere(file)
  mkdirSync(dirname(path), { recursive: true })
  try {
    writeFileSync(path, explainerSource(name, sampled, file === undefined), { flag: 'wx' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new UsageError(`new explainer: ${relative(here(), path)} is there already`)
    throw error
  }
  const shown = relative(here(), path)
  const next =
    file === undefined
      ? [`pnpm conformance ${name}`, `pnpm bench --methods ${name},agcam`, 'pnpm parity']
      : [`pnpm conformance ${shown}`, `pnpm bench --explainer ${shown} --methods ${name},agcam`]
  if (file === undefined) execFileSync(process.execPath, [fileURLToPath(new URL('registry.generate.ts', source))])
  process.stdout.write(`${shown}\n\nNext:\n${next.map(line => `  ${line}\n`).join('')}`)
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
