import { cachedRepositories, cacheFolder, HUB_EXAMPLES, modelIds, openModel } from '@vitrine/models'
import type { Command } from 'commander'

/** Adds the command to the program. */
export function register(vitrine: Command): void {
  vitrine
    .command('models')
    .description('list the models that are known: bundled, in the cache, and examples of what the hub has')
    .action(async () => {
      process.exitCode = await models()
    })
}

/** Prints the models that are known. Answers with the exit code. */
export async function models(): Promise<number> {
  const bundled = await Promise.all(modelIds.map(openModel))
  const cached = cachedRepositories()
  const examples = HUB_EXAMPLES.map(([spec, what]) => `  ${spec.padEnd(62)} ${what}`)
  const lines = [
    'Bundled',
    ...bundled.map(({ id, name, transformer }) => `  ${id.padEnd(62)} ${name}, ${transformer.config.classes} classes`),
    '',
    `In the cache, ${cacheFolder()}`,
    ...(cached.length > 0 ? cached.map(name => `  hf:${name}`) : ['  none']),
    '',
    'On the hub, for example (any ViT, DeiT or DINOv2 classifier of Hugging Face or timm)',
    ...examples,
    '',
    'A file or folder of weights is a model too: .safetensors, .pth, .pt, .bin. `vitrine doctor MODEL` says what is recognised.',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return 0
}
