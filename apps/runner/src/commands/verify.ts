import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { sliceOf } from '@vitrine/measure'
import { type ProtocolId, protocols } from '@vitrine/metrics'
import { type BenchRecord, openStore, readRecord } from '@vitrine/records'
import type { Command } from 'commander'
import { fromHere, known, parseShard, UsageError } from '../cli/arguments.ts'
import { explainerOption, quietOption } from '../cli/options.ts'
import { startProgress } from '../cli/progress.ts'
import { engineOf, methodLabel } from '../cli/text-table.ts'
import { judge } from '../compare/verdict.ts'
import { environment } from '../sweep/environment.ts'
import { type Assignment, openJob } from '../sweep/job.ts'
import { benchDefaults } from './bench.ts'

export interface VerifyArguments {
  readonly explainer: readonly string[]
  readonly model?: string
  readonly dataset?: string
  readonly tolerance: number
  readonly quiet: boolean
}

const TOLERANCE = 0.001

/** Adds the command to the program. */
export function register(vitrine: Command): void {
  vitrine
    .command('verify')
    .description('run published records again and say whether their numbers hold')
    .argument('<file...>', 'record files, such as results/icon-vit/icon-scenes/standard/agcam.onnx-cpu.json')
    .addOption(explainerOption())
    .option('--model <spec>', 'where the model is, if not at the id in the record')
    .option('--dataset <spec>', 'where the images are, if not at the id in the record')
    .option('--tolerance <n>', 'how far a number may be from the published one', parseTolerance, TOLERANCE)
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
Example:
  pnpm vitrine verify results/icon-vit/icon-scenes/standard/agcam.onnx-cpu.json

Times are not compared. Exit code: 0 every record holds, 1 one does not, 2 wrong usage.`,
    )
    .action(async (files: string[], options: VerifyArguments) => {
      process.exitCode = await verify(files, options)
    })
}

function parseTolerance(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value < 1)) {
    throw new UsageError(`--tolerance: expected a number from 0 to below 1, got "${text}"`)
  }
  return value
}

/** Measures each record anew and prints a verdict. Answers with the exit code. */
export async function verify(
  files: readonly string[],
  args: VerifyArguments,
  print: (text: string) => void = text => process.stdout.write(text),
): Promise<number> {
  const records = files.map(file => readRecord(fromHere(file)))
  let broken = 0
  for (const record of records) {
    const { holds, lines } = judge(record, await runAgain(record, args), args.tolerance)
    const { model, dataset, protocol } = record
    const title = [methodLabel(record), model.id, dataset.id, protocol.id, engineOf(record)].join(' · ')
    print(`${[title, ...lines, holds ? 'holds' : 'does not hold'].join('\n')}\n\n`)
    if (!holds) broken++
  }
  print(`${records.length - broken} of ${records.length} hold\n`)
  return broken === 0 ? 0 : 1
}

async function runAgain(record: BenchRecord, args: VerifyArguments): Promise<BenchRecord> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-verify-'))
  const store = join(folder, 'vitrine.sqlite')
  const progress = startProgress(methodLabel(record), record.dataset.images, 'images', args.quiet)
  try {
    const { advance: images, passes, note } = progress
    const job = await openJob(assignmentOf(record, args, store), { images, passes, note })
    try {
      const spec = args.dataset ?? record.dataset.id
      const { records, missing } = await job.begin(spec)
      const methods = records.map(({ method }) => method)
      const [failed] = await job.sweep(spec, methods, missing)
      using opened = openStore(store)
      if (failed) opened.fail(failed.id, failed.reason)
      else await job.finish(spec, methods)
      const found = opened.record(records[0]?.id ?? '')
      if (!found) throw new Error(`[vitrine] [verify] ${record.id}: expected a new record, got none`)
      return found
    } finally {
      await job.close()
    }
  } finally {
    progress.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What made the record, as a job of one method and one protocol. */
function assignmentOf(record: BenchRecord, { explainer, model }: VerifyArguments, store: string): Assignment {
  const { backend, dataset, method, protocol, seed, thresholds } = record
  const options = Object.entries(method.options).map(([name, value]) => `${name}=${value}`)
  const shard = /^shard (\d+\/\d+) of (\d+)$/.exec(dataset.slice ?? '')
  if (dataset.slice !== undefined && !shard) {
    throw new UsageError(`${record.id}: expected a slice such as "shard 1/2 of 8", got "${dataset.slice}"`)
  }
  return {
    model: model ?? record.model.id,
    backend: engineOf(record),
    methods: options.length === 0 ? method.id : `${method.id}[${options.join(',')}]`,
    explainer,
    protocols: [known('protocol', protocol.id, Object.keys(protocols) as ProtocolId[])],
    thresholds,
    slice: sliceOf(Number(shard?.[2] ?? dataset.images), parseShard(shard?.[1] ?? '1/1')),
    batch: backend.batch,
    threads: backend.threads ?? availableParallelism(),
    processes: 1,
    seed,
    store,
    environment: environment(),
    defaults: { images: benchDefaults.images, thresholds, seed: benchDefaults.seed },
  }
}
