import type { Backend } from '@vitrine/backends/core'
import { openBackend } from '@vitrine/backends/node'
import { openModelRun } from '@vitrine/measure'
import { parametersOf } from '@vitrine/models'
import { sizeOf } from '@vitrine/tensor'
import type { Command } from 'commander'
import { explainerOption, threadsOption } from '../cli/options.ts'
import { print } from '../cli/terminal.ts'
import { alignedRows } from '../cli/text-table.ts'
import { type Check, examine } from '../compare/examine.ts'
import { chooseMethods, loadExplainers } from '../open/methods.ts'
import { openModel } from '../open/model.ts'

export interface DoctorArguments {
  readonly methods: string
  readonly explainer: readonly string[]
  readonly backend: string
  readonly threads: number
}

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .argument('<model>', 'a model, or a file or folder of weights')
    .option('--methods <list>', 'methods to try', 'all')
    .addOption(explainerOption())
    .option('--backend <engine>', 'the engine', 'onnx')
    .addOption(threadsOption())
    .addHelpText(
      'after',
      `
Examples:
  npx -y pnpm@12 vitrine doctor hf:google/vit-base-patch16-224
  npx -y pnpm@12 vitrine doctor ./checkpoint.pth
  npx -y pnpm@12 vitrine doctor './dino.pth[head=linear.pth]'
  npx -y pnpm@12 vitrine doctor hf:openai/clip-vit-base-patch32
  npx -y pnpm@12 vitrine doctor './model.pth[size=384,heads=6,mean=imagenet]'

Exit code: 0 all is well, 1 something is wrong with the model, 2 wrong usage.`,
    )
    .action(async (model, options) => {
      process.exitCode = await doctor(model, options)
    })
}

/** Prints one screen on a model. Answers with the exit code. */
export async function doctor(spec: string, args: DoctorArguments): Promise<number> {
  const available = await loadExplainers(args.explainer)
  // Mistakes in names are told before the model is opened.
  chooseMethods(args.methods, available)
  const model = await openModel(spec, { headless: true })
  const methods = chooseMethods(args.methods, available, [model])
  const backend = await openBackend(args.backend, { threads: args.threads })
  const engine = openModelRun(backend, model, 1)
  let exact: Backend | undefined
  try {
    const {
      checks,
      methods: tried,
      pass,
    } = await examine(model, engine, methods, async () => {
      exact = await openBackend('onnx', { threads: args.threads, precision: 'double' })
      return openModelRun(exact, model, 1)
    })
    const cost = `${(pass.flops / 1e9).toPrecision(3)} GFLOP, ${Number(pass.milliseconds.toPrecision(3))} ms on ${backend.id}:${backend.engine} with ${backend.threads} threads`
    const parameterCount = parametersOf(model.transformer).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    const lines = [
      `${model.name}: ${model.family}, ${(parameterCount / 1e6).toPrecision(3)} M parameters, sha256 ${model.hash.slice(0, 12)}`,
      '',
      ...alignedRows(
        model.facts.map(({ what, value, from }) => [what, value, from]),
        3,
      ),
      ...model.cautions.map(caution => `! ${caution}`),
      '',
      ...checks.map(({ what, verdict, note }) => `${mark(verdict)} ${what}${note === '' ? '' : `: ${note}`}`),
      `  one forward pass: ${cost}`,
      '',
      ...summary(tried),
    ]
    print(lines.join('\n'))
    return [...checks, ...tried].some(isWrong) ? 1 : 0
  } finally {
    await engine.dispose()
    await backend.dispose()
    await exact?.dispose()
  }
}

const MARKS: Readonly<Record<Check['verdict'], string>> = { yes: '✓', no: '✗', refused: '✗', 'not tried': '·' }
const mark = (verdict: Check['verdict']): string => MARKS[verdict]

const isWrong = ({ verdict }: Check): boolean => verdict === 'no'

function summary(tried: readonly Check[]): string[] {
  const named = (verdict: Check['verdict']) => tried.filter(check => check.verdict === verdict)
  const list = (checks: readonly Check[]) => checks.map(({ what }) => what).join(', ')
  const remarks = Map.groupBy(
    named('yes').filter(({ note }) => note !== ''),
    ({ note }) => note,
  )
  const kinds = Map.groupBy(named('not tried'), ({ note }) => note)
  // Methods that are refused alike stand together: a reason begins with the place of the error and the method.
  const reasons = Map.groupBy(named('refused'), ({ what, note }) =>
    note.replace(/^(\[\w+\] )+/, '').replace(`${what}: `, ''),
  )
  return [
    `✓ ${named('yes').length} methods were tried and can explain it: ${list(named('yes'))}`,
    ...[...remarks].map(([note, checks]) => `· of these, a map is ${note}: ${list(checks)}`),
    ...[...kinds].map(([note, checks]) => `· can be built, not tried (${note}): ${list(checks)}`),
    ...[...reasons].map(([note, checks]) => `· not defined for it (${note}): ${list(checks)}`),
    ...named('no').map(({ what, note }) => `✗ ${what}: ${note}`),
  ]
}
