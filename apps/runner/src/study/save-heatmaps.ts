import { join, relative } from 'node:path'
import { createHeatmapFile, type RgbImage } from '@vitrine/datasets'
import { squash } from '@vitrine/measure'
import { readyMap } from '@vitrine/metrics'
import { normalise } from '@vitrine/models'
import { sizeOf } from '@vitrine/tensor'
import type { Command } from 'commander'
import { here } from '../cli/arguments.ts'
import { outputFolder } from '../cli/output.ts'
import { print, tell } from '../cli/terminal.ts'
import {
  type DataArguments,
  dataOptions,
  forEachBatch,
  heatmapFileStem,
  nameOf,
  openData,
  type StudyArguments,
  studyOptions,
  withStudy,
} from './study.ts'

interface SaveArguments extends StudyArguments, DataArguments {
  readonly saveRoot: string
}

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  dataOptions(studyOptions(command))
    .requiredOption('--save-root <dir>', 'folder of the file, ILSVRC_METHOD.hdf5')
    .addHelpText(
      'after',
      `
The file has the layout of the study's save_h5.py: groups image [1, 3, 224, 224], label [1] and cam [1, 224, 224],
one dataset a file name. A heatmap that is constant is saved as NaN, as the study does.

Example:
  npx -y pnpm@12 vitrine save-heatmaps --method agcam --data-root ./ILSVRC --save-root ./h5 --checkpoint jx_vit_base_p16_224.pth`,
    )
    .action(async options => {
      process.exitCode = await saveHeatmaps(options)
    })
}

async function saveHeatmaps(args: SaveArguments): Promise<number> {
  return withStudy(args, async ({ engine, method }) => {
    const { input, grid } = engine.model.transformer
    const { width, height } = input.imageSize
    const dataset = await openData(engine.model, args)
    const path = join(outputFolder(args.saveRoot), `${heatmapFileStem(args.method)}.hdf5`)
    // Made with the first image, so that a run which reads none leaves an earlier file as it is.
    let file: Awaited<ReturnType<typeof createHeatmapFile>> | undefined
    const size = sizeOf(engine.model.transformer.imageShape(1))
    let constant = 0
    const saved = await forEachBatch(dataset, `${method.key} on ${dataset.id}`, engine, args, async samples => {
      file ??= await createHeatmapFile(path)
      const pictures = samples.map(({ image }) => squash(engine.model, image))
      const pixels = new Float32Array(samples.length * size)
      pictures.forEach((picture, i) => {
        normalise(input, picture, pixels.subarray(i * size, (i + 1) * size))
      })
      const labels = Int32Array.from(samples, ({ label }) => label)
      const { maps } = await engine.explain([method], { ids: samples.map(({ id }) => id), pixels }, 0, labels)
      for (const [i, sample] of samples.entries()) {
        const values = maps.get(method.key)?.[i] ?? []
        const ready = readyMap({ ...grid, values, scale: method.explainer.scale }, { width, height })
        if (ready.state !== 'ok') constant++
        const cam = ready.state === 'ok' ? ready.values : new Float32Array(width * height).fill(Number.NaN)
        const image = planes(pictures[i] as RgbImage)
        file.add({ name: nameOf(dataset, sample), label: sample.label, width, height, image, cam })
      }
    })
    if (!file) {
      tell('no image could be read, so there is no heatmap')
      return 1
    }
    file.close()
    if (constant > 0) tell(`${constant} of ${saved} heatmaps are constant or not finite`)
    print(relative(here(), path), { exact: true })
    return 0
  })
}

/** `[channel, row, column]`, in [0, 1]. */
function planes({ width, height, data }: RgbImage): Float32Array {
  const area = width * height
  return Float32Array.from({ length: 3 * area }, (_, i) => (data[3 * (i % area) + Math.floor(i / area)] ?? 0) / 255)
}
