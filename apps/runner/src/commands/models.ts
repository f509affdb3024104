import {
  cachedRepositories,
  cacheFolder,
  FAMILIES,
  HUB_EXAMPLES,
  modelIds,
  openModel,
  questionsOf,
} from '@vitrine/models'
import type { Command } from 'commander'
import { print } from '../cli/terminal.ts'
import { alignedRows } from '../cli/text-table.ts'

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command.action(async () => {
    process.exitCode = await models()
  })
}

/** Prints the models that are known. Answers with the exit code. */
export async function models(): Promise<number> {
  const bundled = await Promise.all(modelIds.map(id => openModel(id)))
  const cached = cachedRepositories()
  // Bundled models and examples share their columns.
  const rows = alignedRows([
    ...bundled.map(({ id, name, transformer }) => [`  ${id}`, `${name}, ${transformer.classes} classes`]),
    ...HUB_EXAMPLES.map(([spec, what]) => [`  ${spec}`, what]),
  ])
  const lines = [
    'Bundled',
    ...rows.slice(0, bundled.length),
    '',
    `In the cache, ${cacheFolder()}`,
    ...(cached.length > 0 ? cached.map(name => `  hf:${name}`) : ['  none']),
    '',
    'On the hub, for example',
    ...rows.slice(bundled.length),
    '',
    'Families that are read from their weights, whose names, and what they can be asked about',
    ...alignedRows(FAMILIES.map(family => [`  ${family.models}`, family.names, questionsOf(family)])),
    '',
    'A backbone is asked about classes with a linear head, FILE[head=linear.pth], a tower of images and texts with their embeddings, FILE[text=classes.safetensors].',
    'A file or folder of weights is a model too: .safetensors, .pth, .pt, .bin, and an exported graph: .onnx. `npx -y pnpm@12 vitrine doctor MODEL` says what is recognised. HTTPS_PROXY names a proxy for downloads, HF_ENDPOINT a mirror of the hub.',
  ]
  print(lines.join('\n'))
  return 0
}
