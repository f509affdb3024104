import { columnsFrom, fromColumns, measureBatch } from '@vitrine/measure'
import { protocols, summarize } from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import type { Command } from 'commander'
import { parseThresholds } from '../cli/arguments.ts'
import { print, tell } from '../cli/terminal.ts'
import {
  type DataArguments,
  dataOptions,
  forEachBatch,
  openData,
  type StudyArguments,
  studyOptions,
  withStudy,
} from './study.ts'

interface LocalizationArguments extends StudyArguments, DataArguments {
  readonly threshold: string
}

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  dataOptions(studyOptions(command))
    .option('--threshold <list>', 'ascending numbers, or start:end:step', '0.5')
    .addHelpText(
      'after',
      `
Prints what localization.py of the study prints: means over the images that are predicted right.

Examples:
  npx -y pnpm@12 vitrine localization --method agcam --data-root ./ILSVRC --threshold 0.5 --checkpoint jx_vit_base_p16_224.pth
  npx -y pnpm@12 vitrine localization --method rollout --data-root cub:./CUB_200_2011 --threshold 0.3,0.5,0.7 --checkpoint birds.safetensors`,
    )
    .action(async options => {
      process.exitCode = await localization(options)
    })
}

// Curves take twenty forward passes an image; these scores need none of them.
const protocol = { ...protocols.paper, faithfulness: { ...protocols.paper.faithfulness, targets: [] } }

const LINES = [
  ['pixel_acc', 'pixel-accuracy'],
  ['iou', 'iou'],
  ['dice', 'dice'],
  ['precision', 'precision'],
  ['recall', 'recall'],
] as const

async function localization(args: LocalizationArguments): Promise<number> {
  const thresholds = parseThresholds(args.threshold)
  return withStudy(args, async ({ engine, method }) => {
    const dataset = await openData(engine.model, args)
    const images: Record<string, Cell>[] = []
    await forEachBatch(dataset, `${method.key} on ${dataset.id}`, engine, args, async samples => {
      const options = { protocols: [protocol], thresholds, seed: 0, groups: new Set(['localization'] as const) }
      for await (const { measurements } of measureBatch(engine, [method], samples, options))
        images.push(...measurements.map(({ cells }) => cells))
    })
    const found = summarize(protocol, fromColumns(columnsFrom(images)), thresholds).localization.predicted
    if (!found) {
      tell('no image could be read, so there is no score')
      return 1
    }
    const { counts, means } = found
    const left = [
      [counts.wrongPredictions, 'predicted wrong'],
      [counts.flat, 'with a constant heatmap'],
      [counts.nan, 'with a heatmap that is not finite'],
      [counts.emptyTruth, 'without a box of their class'],
    ] as const
    for (const [n, what] of left) if (n > 0) tell(`left out: ${n} of ${counts.images} images, ${what}`)
    for (const [i, threshold] of thresholds.entries()) {
      const lines = LINES.map(([name, id], k) => {
        const mean = means ? (means[id][i] ?? Number.NaN).toFixed(4) : 'none'
        return `${name}: ${mean}${k < LINES.length - 1 ? ' ' : ''}`
      })
      print(
        `The localization score of ${args.method}\nresult${'='.repeat(66)}\nnumber of images:  ${counts.included}\nThreshold:  ${threshold}\n${lines.join('\n')}`,
        { exact: true },
      )
    }
    return counts.included > 0 ? 0 : 1
  })
}
