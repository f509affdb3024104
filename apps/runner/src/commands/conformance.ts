import { openBackend } from '@vitrine/backends'
import { explainerConformance } from '@vitrine/explainers/conformance'
import type { Command } from 'commander'
import { known } from '../cli/arguments.ts'
import { loadExplainer, loadExplainers } from '../open/methods.ts'

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .argument('<method...>', 'methods by name, or files such as ./mine.ts')
    .addHelpText('after', '\nExample:\n  pnpm conformance ./mine.ts rise\n\nExit code: 0 all pass, 1 some do not.')
    .action(conformance)
}

/** Registers the tests with node:test, which runs them, prints what it finds and sets the exit code. */
export async function conformance(methods: readonly string[]): Promise<void> {
  const bundled = await loadExplainers([])
  const names = bundled.map(e => e.id)
  const open = [() => openBackend('onnx:cpu', { threads: 1 }), () => openBackend('tfjs:wasm')]
  for (const method of methods) {
    const file = /[./\\]/.test(method)
    const explainer = file ? await loadExplainer(method) : bundled.find(e => e.id === known('method', method, names))
    if (explainer) explainerConformance(explainer, { open })
  }
}
