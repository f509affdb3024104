import { join, relative } from 'node:path'
import { openHeatmapFile, type SavedHeatmap } from '@vitrine/datasets'
import type { ModelRun } from '@vitrine/measure'
import {
  applyMask,
  curvesOf,
  distinctPerturbations,
  type FaithfulnessColumns,
  faithfulnessScores,
  perturbationMasks,
  protocols,
  rankMap,
  summarize,
} from '@vitrine/metrics'
import { ModelError } from '@vitrine/models'
import type { Command } from 'commander'
import { stringify } from 'csv-stringify/sync'
import writeXlsx from 'write-excel-file/node'
import { fromHere, here } from '../cli/arguments.ts'
import { outputFolder, writeOutput } from '../cli/output.ts'
import { startProgress } from '../cli/progress.ts'
import { print, tell } from '../cli/terminal.ts'
import { heatmapFileStem, type StudyArguments, studyOptions, withStudy } from './study.ts'

interface AbpcArguments extends StudyArguments {
  readonly h5Root: string
  readonly out?: string
}

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  studyOptions(command)
    .requiredOption('--h5-root <dir>', 'folder with ILSVRC_METHOD.hdf5, from save-heatmaps or from the study itself')
    .option('--out <dir>', 'folder of the report and the sheets (default: the folder of the heatmaps)')
    .addHelpText(
      'after',
      `
Writes ILSVRC_METHOD_ABPC.txt, .csv and .xlsx: the curves and, per image, their difference at each step with the
image's ABPC. The study's own sheet divides an image's sum by 12 instead of 11; that is the sheet's last column.

Example:
  npx -y pnpm@12 vitrine abpc --method agcam --h5-root ./h5 --checkpoint jx_vit_base_p16_224.pth`,
    )
    .action(async options => {
      process.exitCode = await abpc(options)
    })
}

const protocol = protocols.paper
const { steps } = protocol.faithfulness

interface Measured {
  readonly name: string
  readonly columns: FaithfulnessColumns
}

async function abpc(args: AbpcArguments): Promise<number> {
  // Only probabilities are computed here.
  return withStudy({ ...args, precision: 'single' }, async ({ engine }) => {
    const folder = fromHere(args.h5Root)
    const stem = heatmapFileStem(args.method)
    const file = await openHeatmapFile(join(folder, `${stem}.hdf5`))
    try {
      print(`The size of dataset is:  ${file.names.length}`)
      const progress = startProgress(`perturbing ${stem}`, file.names.length, 'images', args.quiet)
      const images: Measured[] = []
      for (let start = 0; start < file.names.length; start += engine.batch) {
        const saved = file.names.slice(start, start + engine.batch).map(name => file.read(name))
        images.push(...(await perturb(engine, saved)))
        progress.advance(saved.length)
      }
      progress.end()
      return await write(images, stem, args.out === undefined ? folder : outputFolder(args.out))
    } finally {
      file.close()
    }
  })
}

/** Prints the scores of all images and writes the report and the sheets. Answers with the exit code. */
async function write(images: readonly Measured[], stem: string, out: string): Promise<number> {
  const columns = images.map(image => ({ correct: true, localization: {}, faithfulness: { label: image.columns } }))
  const found = summarize(protocol, columns).faithfulness.label
  const left = images
    .filter(image => image.columns.state !== 'ok')
    .map(({ name, columns: c }) => `${name} (${c.state})`)
  if (left.length > 0) tell(`left out, for their heatmaps rank nothing: ${left.join(', ')}`)
  if (!found?.means || !found.curves) {
    tell('no heatmap ranks its pixels, so there is no score')
    return 1
  }
  const { lerf, morf } = found.curves
  const results: Results = {
    lerf,
    morf,
    abpc: lerf.map((p, i) => p - (morf[i] ?? Number.NaN)),
    areas: { lerf: found.means['lerf-area'], morf: found.means['morf-area'], abpc: found.means.abpc },
  }
  print(printed(results), { exact: true })
  const path = (ending: string) => join(out, `${stem}_ABPC.${ending}`)
  writeOutput(path('txt'), report(results))
  const sheet = rows(images)
  writeOutput(path('csv'), stringify(sheet))
  const xlsx = writeXlsx(
    sheet.map(row => [...row]),
    { sheet: '0.1' },
  )
  writeOutput(path('xlsx'), await xlsx.toBuffer())
  for (const ending of ['txt', 'csv', 'xlsx']) print(relative(here(), path(ending)), { exact: true })
  return 0
}

/** Both curves of each saved heatmap, the perturbed images of all in batches of the engine's size. */
async function perturb(engine: ModelRun, saved: readonly SavedHeatmap[]): Promise<Measured[]> {
  const { input, classes } = engine.model.transformer
  const { imageSize, mean, std } = input
  const images = saved.map(({ name, label, width, height, image, cam }) => {
    if (label >= classes)
      throw new ModelError(
        `${name}: expected a label below ${classes}, the number of classes of ${engine.model.id}, got ${label}. Take the model that the heatmaps were saved with`,
      )
    if (width !== imageSize.width || height !== imageSize.height)
      throw new ModelError(
        `${name}: expected images of ${imageSize.width} x ${imageSize.height} pixels, as ${engine.model.id} takes them, got ${width} x ${height}`,
      )
    const area = width * height
    const input = image.map((value, i) => {
      const channel = Math.floor(i / area)
      return (value - (mean[channel] ?? 0)) / (std[channel] ?? 1)
    })
    // The saved map is what the study ranks: it is not scaled a second time.
    const map = { rows: height, columns: width, values: cam, scale: 'unit' } as const
    return { input, found: perturbationMasks(protocol, rankMap(map, imageSize, 0)) }
  })
  const ranked = images.map(({ found }) => (found.state === 'ok' ? distinctPerturbations([found]) : undefined))
  const runs = images.flatMap(({ input }, i) => (ranked[i]?.masks ?? []).map(mask => ({ input, mask })))
  const probabilities = await engine.probabilities(runs.length, (k, out) => {
    const run = runs[k]
    if (run) applyMask(run.input, run.mask, out)
  })
  let start = 0
  const broken = probabilities.find(row => !row.every(Number.isFinite))
  if (broken)
    throw new ModelError(
      `the probabilities of ${engine.model.id} for ${saved.map(({ name }) => name).join(', ')} are not finite numbers: either an image in the file has none, or the model, of which \`npx -y pnpm@12 vitrine doctor\` says more`,
    )
  return saved.map(({ name, label }, i): Measured => {
    const [state, { masks, uses } = { masks: [], uses: [] }] = [images[i]?.found.state, ranked[i]]
    const own = probabilities.slice(start, start + masks.length)
    start += masks.length
    const [use] = uses
    if (!use) return { name, columns: { state: state === 'nan' ? 'nan' : 'flat' } }
    return {
      name,
      columns: {
        state: 'ok',
        ...curvesOf(
          use,
          own.map(row => row[label] ?? Number.NaN),
        ),
      },
    }
  })
}

interface Results {
  readonly lerf: readonly number[]
  readonly morf: readonly number[]
  readonly abpc: readonly number[]
  readonly areas: Readonly<Record<'lerf' | 'morf' | 'abpc', number>>
}

/** The names of the steps as Python prints them. */
const scope = steps.map(step => (Number.isInteger(step) ? step.toFixed(1) : String(step)))

function printed({ lerf, morf, abpc: difference, areas }: Results): string {
  const list = (values: readonly number[]) => `[${values.map(value => value.toFixed(8)).join(' ')}]`
  const parts = [
    ['AUC of LeRF per step: ', list(lerf)],
    ['AUC of LeRF: ', areas.lerf],
    ['AUC of MoRF per step: ', list(morf)],
    ['AUC of MoRF: ', areas.morf],
    ['ABPC per step: ', list(difference)],
    ['ABPC score: ', areas.abpc],
  ]
  return parts.map(([name, value]) => `${name}\n${value}`).join('\n')
}

/** The study's text file, with its names. */
function report({ lerf, morf, abpc: difference, areas }: Results): string {
  const list = (values: readonly (number | string)[]) => values.map(value => `${value} `).join('')
  return [
    `\n\n${'='.repeat(39)}\n\npixel perturbation`,
    `scope: ${list(scope)}`,
    `AIC of LeRF per step: ${list(lerf)}`,
    `AUC of LeRF: ${areas.lerf}`,
    `AUC of MoRF per step: ${list(morf)}`,
    `AUC of MoRF: ${areas.morf}`,
    `ABPC per step: ${list(difference)}`,
    `ABPC score: ${areas.abpc}`,
  ].join('\n')
}

type Cell = string | number | null

/** The study's sheet: a row an image, the difference of the curves at each step, an empty column, the image's score. */
function rows(images: readonly Measured[]): Cell[][] {
  const head: Cell[] = ['file name', ...scope, null, 'ABPC', 'sum / 12']
  return [
    head,
    ...images.map(({ name, columns }): Cell[] => {
      if (columns.state !== 'ok') return [name, ...scope.map(() => null), null, columns.state, null]
      const differences = columns.lerf.map((p, i) => p - (columns.morf[i] ?? Number.NaN))
      const sum = differences.reduce((a, b) => a + b, 0)
      return [name, ...differences, null, faithfulnessScores(protocol, columns).abpc, sum / (steps.length + 1)]
    }),
  ]
}
