import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import {
  type BenchRecord,
  engineOf,
  fileHash,
  isRecordFile,
  methodLabel,
  RecordError,
  readRecord,
  recordFile,
  type StoredVerdict,
  VERDICT_FORMAT,
  verdictFile,
  writeVerdict,
} from '@vitrine/records'
import type { Command } from 'commander'
import { fromHere, UsageError } from '../cli/arguments.ts'
import { partOf } from '../compare/sample.ts'
import { judge } from '../compare/verdict.ts'
import { environment } from '../sweep/environment.ts'
import { datasetOf, type OpenSources, runAgain, sourcesOnce, type VerifyArguments, withPlaces } from './verify.ts'

export interface SubmissionArguments extends VerifyArguments {
  /** Images of each record that are measured again. */
  readonly sample: number
}

const SAMPLE = 8

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .argument('[file...]', 'record files that are to be published')
    .option(
      '--since <commit>',
      'all records below results/ that were added or changed since a commit, such as origin/main',
    )
    .option('--sample <n>', 'images of each record that are measured again', parseSample, SAMPLE)
  withPlaces(command)
    .addHelpText(
      'after',
      `
Example:
  npx -y pnpm@12 vitrine submission results/icon-vit/icon-scenes/standard/mine.onnx-cpu.json
  npx -y pnpm@12 vitrine submission --since origin/main

Checks the form of each record, measures a part of its images again, drawn by chance, and writes what came of it beside the
record: NAME.verdict.json, which the board shows. A later change of the record's file makes its verdict void.
Exit code: 0 every record is verified, 1 one is damaged or refuted, 2 one cannot be measured here, 130 interrupted.`,
    )
    .action(async (named: string[], { dataset: given, since, ...options }) => {
      const files = [...named, ...(since === undefined ? [] : changedSince(since))]
      if (files.length === 0) throw new UsageError('expected record files, or --since COMMIT with records that changed')
      process.exitCode = await checkSubmission(files, { ...options, ...datasetOf(given) })
    })
}

function parseSample(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new UsageError(`--sample: expected a whole number from 1, got "${text}"`)
}

/** The record files that were added or changed since a commit, in the checkout that the command is run in. */
function changedSince(commit: string): string[] {
  const words = ['diff', '--name-only', '--diff-filter=AMR', '--relative', `${commit}...HEAD`, '--', 'results']
  const found = spawnSync('git', words, { cwd: fromHere('.'), encoding: 'utf8' })
  if (found.status !== 0)
    throw new UsageError(
      `--since: git diff failed: ${(found.stderr || String(found.error)).trim()}; is ${commit} fetched?`,
    )
  return found.stdout.split('\n').filter(isRecordFile)
}

type Outcome = StoredVerdict['verdict'] | 'damaged' | 'unverified' | 'interrupted'

/** Checks records and writes a verdict beside each that could be measured again. Returns the exit code. */
export async function checkSubmission(
  files: readonly string[],
  args: SubmissionArguments,
  print: (text: string) => void = text => process.stdout.write(text),
): Promise<number> {
  const open = sourcesOnce()
  const outcomes: Outcome[] = []
  for (const file of files) {
    const { outcome, lines } = await checkOne(fromHere(file), args, open)
    if (outcome === 'interrupted') return 130
    outcomes.push(outcome)
    print(`${[file, ...lines, outcome].join('\n')}\n\n`)
  }
  const count = outcomes.filter(outcome => outcome === 'verified').length
  print(`${count} of ${outcomes.length} verified\n`)
  if (outcomes.some(outcome => outcome === 'damaged' || outcome === 'refuted')) return 1
  return outcomes.includes('unverified') ? 2 : 0
}

async function checkOne(
  file: string,
  args: SubmissionArguments,
  open: OpenSources,
): Promise<{ readonly outcome: Outcome; readonly lines: readonly string[] }> {
  let record: BenchRecord
  try {
    record = readRecord(file)
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return { outcome: 'damaged', lines: [error.message] }
  }
  const place = recordFile(record)
  if (!file.replaceAll('\\', '/').endsWith(`/${place}`))
    return { outcome: 'damaged', lines: [`place    expected the file in ${place}, where its record belongs`] }
  try {
    const again = await runAgain(record, args, open, drawPart(record, args.sample))
    if (again === 'interrupted') return { outcome: 'interrupted', lines: [] }
    const { holds, largest, lines } = judge(partOf(record, again), again, args.tolerance)
    const { node, os, arch, cpu, cores } = environment()
    const verdict: StoredVerdict = {
      format: VERDICT_FORMAT,
      record: record.id,
      sha256: fileHash(file),
      verdict: holds ? 'verified' : 'refuted',
      images: again.images.id.length,
      of: record.dataset.images,
      tolerance: args.tolerance,
      largest: Number.isFinite(largest) ? largest : null,
      findings: [...lines],
      date: new Date().toISOString().slice(0, 10),
      machine: { node, os, arch, cpu, cores },
    }
    writeVerdict(file, verdict)
    const title = [methodLabel(record), record.model.id, record.dataset.id, record.protocol.id, engineOf(record)]
    return { outcome: verdict.verdict, lines: [title.join(' · '), ...lines, `written  ${verdictFile(file)}`] }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { outcome: 'unverified', lines: [error.message] }
  }
}

/** Every n-th image from one on that is drawn by chance, so that nobody knows which; a shard is measured whole. */
function drawPart({ dataset }: BenchRecord, sample: number): { index: number; of: number } | undefined {
  const of = Math.floor(dataset.images / sample)
  return dataset.slice || of < 2 ? undefined : { index: randomInt(1, of + 1), of }
}
