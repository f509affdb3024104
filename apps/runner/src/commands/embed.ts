import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { openTextModel, writeHead } from '@vitrine/models'
import type { Command } from 'commander'
import { fromHere, here, UsageError } from '../cli/arguments.ts'
import { repeated, threadsOption } from '../cli/options.ts'
import { print, tell } from '../cli/terminal.ts'
import { openEngine } from '../open/engine.ts'
import { embedClasses, type PromptedClass } from '../targets/vectors.ts'

export interface EmbedArguments {
  readonly model: string
  readonly text: readonly string[]
  readonly texts?: string
  readonly templates?: string
  readonly tokenizer?: string
  readonly backend: string
  readonly threads: number
  readonly out: string
}

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .requiredOption('--model <model>', 'a model with a text tower (CLIP, SigLIP): a file, a folder, or hf:owner/name')
    .addOption(repeated('--text <text>', 'a class'))
    .option('--texts <file>', 'classes, one a line')
    .option('--templates <file>', 'sentences with {} where the class goes, one a line: "a photo of a {}."')
    .option('--tokenizer <file>', 'the tokenizer.json, if it is not beside the weights')
    .option('--backend <engine>', 'the engine', 'onnx')
    .addOption(threadsOption())
    .option('--out <file>', 'the head that is written', 'prompts.safetensors')
    .addHelpText(
      'after',
      `
Examples:
  npx -y pnpm@12 vitrine embed --model hf:openai/clip-vit-base-patch32 --text 'a cat' --text 'a dog'
  npx -y pnpm@12 vitrine embed --model ./clip --texts classes.txt --templates templates.txt --out birds.safetensors
  npx -y pnpm@12 bench --models './clip[head=birds.safetensors]' --datasets folder:./birds

A class is the mean of its sentences' embeddings, each of length 1. The file makes a classifier of the model's image tower.
Exit code: 0 written, 2 wrong usage.`,
    )
    .action(async options => {
      process.exitCode = await embed(options)
    })
}

/** Writes the head that texts make of an image tower. Answers with the exit code. */
export async function embed(args: EmbedArguments): Promise<number> {
  const classes = classesOf(args)
  const tokenizer = args.tokenizer === undefined ? {} : { tokenizer: fromHere(args.tokenizer) }
  const text = await openTextModel(args.model, tokenizer)
  const backend = await openEngine(args.backend, { threads: args.threads })
  try {
    const out = fromHere(args.out)
    writeHead(out, await embedClasses(text, classes, backend))
    tell(
      `${classes.length} classes, ${classes[0]?.prompts.length} sentences each; open ${args.model}[head=${args.out}]`,
    )
    print(relative(here(), out), { exact: true })
    return 0
  } finally {
    await backend.dispose()
  }
}

function classesOf({ text, texts, templates }: EmbedArguments): PromptedClass[] {
  const names = [...text, ...(texts === undefined ? [] : linesOf(texts))]
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new UsageError(`"${twice}" is there twice`)
  if (names.length === 0) throw new UsageError('expected classes: --text CLASS, or --texts FILE with one a line')
  const sentences = templates === undefined ? ['{}'] : linesOf(templates)
  const without = sentences.find(sentence => !sentence.includes('{}'))
  if (without !== undefined)
    throw new UsageError(`--templates: expected {} where the class goes in each sentence, got "${without}"`)
  return names.map(name => ({ name, prompts: sentences.map(sentence => sentence.replaceAll('{}', name)) }))
}

function linesOf(file: string): string[] {
  let content: string
  try {
    content = readFileSync(fromHere(file), 'utf8')
  } catch (error) {
    throw new UsageError(`${file}: cannot be read (${error instanceof Error ? error.message : error})`)
  }
  const lines = content.split(/\r?\n/).filter(line => line.trim() !== '')
  if (lines.length === 0) throw new UsageError(`${file}: expected one a line, got nothing`)
  return lines
}
