import { closeSync, openSync, writeFileSync } from 'node:fs'
import { basename, dirname, extname, relative } from 'node:path'
import { type OnnxFile, onnxFile } from '@vitrine/backends/onnx'
import { isSampled } from '@vitrine/explainers'
import { explanationProgram, type MethodChoice, programContext } from '@vitrine/explainers/run'

import type { Model } from '@vitrine/models'
import { listed, type Program, program } from '@vitrine/tensor'
import { type Command, Option } from 'commander'
import { fromHere, here, UsageError } from '../cli/arguments.ts'
import { count, explainerOption, wideOption } from '../cli/options.ts'
import { outputFolder, writeOutput } from '../cli/output.ts'
import { columnsOf, print as printText } from '../cli/terminal.ts'
import { type Column, textTable } from '../cli/text-table.ts'
import { chooseMethods, loadExplainers } from '../open/methods.ts'
import { openModel } from '../open/model.ts'
import { chooseModels } from '../open/sources.ts'

export interface ShowArguments {
  readonly explainer: readonly string[]
  readonly model: string
  readonly checkpoint?: string
  readonly batch: number
  readonly class: 'predicted' | 'given'
  readonly onnx?: string
  readonly weights: 'inside' | 'beside'
  readonly wide: boolean
}

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .argument('<method>', 'a method with options, such as agcam or attention-rollout[discardRatio=0.9]')
    .addOption(explainerOption())
    .option('--model <spec>', 'the model to explain, as `npx -y pnpm@12 vitrine models` lists them', 'icon-vit')
    .option('--checkpoint <file>', 'a file or folder of weights, instead of --model')
    .addOption(count('--batch <n>', 'images, or of a sampled method rows, of a run', 1))
    .addOption(
      new Option('--class <which>', 'the class that a one-pass method explains: predicted, or given as an input')
        .choices(['predicted', 'given'])
        .default('predicted'),
    )
    .addOption(new Option('--program', 'print the program, as without --onnx').conflicts('onnx'))
    .option('--onnx <file>', 'write the program in the ONNX format, for any engine, instead of printing it')
    .addOption(
      new Option('--weights <where>', 'inside the ONNX file, or beside it in a file of their own, FILE.data')
        .choices(['inside', 'beside'])
        .default('inside'),
    )
    .addOption(wideOption())
    .addHelpText(
      'after',
      `
A one-pass method is one program: from the image to the probabilities and the map. A sampled method runs programs many times
and works between them: each of its programs is shown, and written to a file of its own, FILE with the program's name in it.
Inputs of a file: "image", normalised as the model wants it; "target" and "each:…", classes and what differs from row to row;
"random:…", numbers that are drawn for each image.

Examples:
  npx -y pnpm@12 vitrine show agcam
      every op with its shape and its cost
  npx -y pnpm@12 vitrine show agcam --onnx agcam.onnx
      the map as an ONNX graph, weights inside
  npx -y pnpm@12 vitrine show rise --onnx rise.onnx
      writes rise.score.onnx
  npx -y pnpm@12 vitrine show agcam --onnx agcam.onnx --weights beside --class given --batch 8
  npx -y pnpm@12 vitrine show mine --explainer ./mine.ts --model hf:google/vit-base-patch16-224`,
    )
    .action(async (method, options) => {
      process.exitCode = await show(method, options)
    })
}

/** Prints a method's programs on a model, or writes them as ONNX files. Answers with the exit code. */
export async function show(
  method: string,
  args: ShowArguments,
  print: (text: string) => void = text => printText(text, { exact: args.wide }),
): Promise<number> {
  const [choice, ...others] = chooseMethods(method, await loadExplainers(args.explainer))
  if (!choice || others.length > 0) throw new UsageError(`show: expected one method, got "${method}"`)
  const [spec = args.model] = chooseModels(args.model, args.checkpoint === undefined ? [] : [args.checkpoint])
  const model = await openModel(spec)
  for (const [name, shown] of programsOf(model, choice, args)) {
    const title = `${[choice.key, ...(name === '' ? [] : [name])].join(' · ')} on ${model.id}`
    if (args.onnx === undefined) print(`${title}\n\n${table(shown, args.wide)}\n`)
    else print(`${title}\n${write(shown, model, fileOf(args.onnx, name), args.weights)}`)
  }
  return 0
}

/** A program op by op, in the columns of the terminal. */
function table(shown: Program, wide: boolean): string {
  const { head, rows, total } = listed(shown)
  // What a reader misses least goes first.
  const drops: Readonly<Record<string, number>> = { parameters: 3, reads: 2, shape: 1 }
  const columns = head.map((name): Column => {
    const drop = drops[name]
    return { head: name, align: name === 'FLOP' ? 'right' : 'left', ...(drop !== undefined && { drop }) }
  })
  return [textTable(columns, rows, wide ? undefined : columnsOf(process.stdout)), '', ...total].join('\n')
}

/** The programs of a method: one without a name, or those of a sampled method by their names. */
function programsOf(
  { transformer }: Model,
  choice: MethodChoice,
  { batch, class: target }: Pick<ShowArguments, 'batch' | 'class'>,
): readonly (readonly [name: string, program: Program])[] {
  const { explainer, options } = choice
  if (!isSampled(explainer)) return [['', explanationProgram(transformer, [choice], batch, target).program]]
  const tensors = explainer.programs(programContext(transformer, batch), options)
  return Object.entries(tensors).map(([name, tensor]) => [name, program({ [name]: tensor })])
}

/** `rise.onnx` and `score` are `rise.score.onnx`. */
function fileOf(file: string, name: string): string {
  const path = fromHere(file)
  if (name === '') return path
  const extension = extname(path)
  return `${path.slice(0, path.length - extension.length)}.${name}${extension || '.onnx'}`
}

/** Writes a program as an ONNX file; says what was written, and what it takes and gives. */
function write(shown: Program, { weights }: Model, path: string, where: ShowArguments['weights']): string {
  const beside = where === 'beside' ? `${path}.data` : undefined
  const file = onnxFile(shown, weights, beside === undefined ? {} : { weightsFile: basename(beside) })
  outputFolder(dirname(path))
  writeOutput(path, file.graph)
  if (beside !== undefined) writePieces(beside, file.weights)
  const sizes = [
    [path, file.graph.length] as const,
    ...(beside === undefined ? [] : [[beside, file.weights.reduce((sum, { length }) => sum + length, 0)] as const]),
  ]
  const written = sizes.map(([of, size]) => `  ${relative(here(), of)}  ${(size / 1e6).toFixed(1)} MB`)
  return `${[...written, ...facesOf(shown, file)].join('\n')}\n`
}

function writePieces(path: string, pieces: readonly Uint8Array[]): void {
  const file = openSync(path, 'w')
  try {
    for (const piece of pieces) writeFileSync(file, piece)
  } finally {
    closeSync(file)
  }
}

const facesOf = ({ inputs, outputs }: Program, file: OnnxFile): string[] => [
  ...inputs.map(({ params: { name }, shape, dtype }) =>
    faceLine('input', file.inputs[name] ?? name, shape, dtype === 'int' ? 'int64' : 'float32'),
  ),
  ...Object.entries(outputs).map(([name, { shape, dtype }]) =>
    faceLine('output', file.outputs[name] ?? name, shape, dtype === 'int' ? 'int64' : 'float32'),
  ),
]

const faceLine = (kind: string, name: string, shape: readonly number[], type: string): string =>
  `  ${kind.padEnd(6)}  ${name}  ${type} [${shape.join(', ')}]`
