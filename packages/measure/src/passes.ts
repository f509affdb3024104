import { hash32 } from '@vitrine/explainers/run'
import {
  leavesNothing,
  maskPositions,
  type PixelMask,
  type PixelRemoval,
  type Removal,
  type Remover,
  removalKey,
  removerOf,
  takesPatches,
} from '@vitrine/metrics'
import type { MeasuredSample } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'
import { oncePerRun } from './once-per-run.ts'

/** What is taken away from an image, and what becomes of it. */
export interface Removed {
  readonly removal: Removal
  /** Of pixels of the input, or of patches where those are taken away. */
  readonly mask: PixelMask
}

/** Forward passes over one image with something taken away; each distinct one is run once, whoever asks for it. */
export interface ImagePasses {
  /** Class probabilities, one row for each. */
  without(removed: readonly Removed[]): Promise<Float32Array[]>
  /** Writes the image without the pixels of a mask. */
  remover(removal: PixelRemoval): Remover
}

// Class probabilities of an image of which nothing is left, where that is the same for every image: run once per model and removal.
const blanks = oncePerRun<string, Float32Array[]>()

/** A distinct pass, and its class probabilities once it was run. */
interface Pass extends Removed {
  row?: Float32Array | undefined
}

/**
 * @param unperturbed class probabilities of the image
 * @param seed of noise
 */
export function imagePasses(
  run: ModelRun,
  { sample, pixels }: Pick<MeasuredSample, 'pixels'> & { readonly sample: { readonly id: string } },
  unperturbed: Float32Array,
  seed: number,
): ImagePasses {
  const { imageSize, mean, std } = run.model.transformer.input
  const black = mean.map((value, channel) => -value / (std[channel] ?? 1))
  const image = { ...imageSize, values: pixels, black, seed: hash32(`${seed} ${sample.id} removal`) }
  const removers = new Map<string, Remover>()
  const known = new Map<string, { readonly positionOf: (mask: PixelMask) => number; readonly passes: Pass[] }>()

  function remover(removal: PixelRemoval): Remover {
    const key = removalKey(removal)
    const found = removers.get(key) ?? removerOf(removal, image)
    removers.set(key, found)
    return found
  }

  async function blank(removal: PixelRemoval, mask: PixelMask): Promise<Float32Array | undefined> {
    const [row] = await blanks(run, removalKey(removal), () =>
      run.probabilities(1, (_, out) => remover(removal)(mask, out)),
    )
    return row
  }

  /** The pass of what is taken away; `missing` takes one that nobody asked for before. */
  async function passOf(one: Removed, missing: Pass[]): Promise<Pass> {
    const { removal, mask } = one
    if (!mask.includes(1)) return { ...one, row: unperturbed }
    if (!takesPatches(removal) && leavesNothing(removal) && !mask.includes(0))
      return { ...one, row: await blank(removal, mask) }
    const key = removalKey(removal)
    const { positionOf, passes } = known.get(key) ?? { positionOf: maskPositions(), passes: [] }
    known.set(key, { positionOf, passes })
    const position = positionOf(mask)
    const found = passes[position]
    if (found) return found
    const pass: Pass = { removal, mask }
    passes.push(pass)
    missing.push(pass)
    return pass
  }

  async function runPixels(missing: readonly Pass[]): Promise<void> {
    const asked = missing.flatMap(pass => {
      const { removal } = pass
      return takesPatches(removal) ? [] : [{ pass, removal }]
    })
    const rows = await run.probabilities(asked.length, (k, out) => {
      const one = asked[k]
      if (one) remover(one.removal)(one.pass.mask, out)
    })
    for (const [k, { pass }] of asked.entries()) pass.row = rows[k]
  }

  async function runPatches(missing: readonly Pass[]): Promise<void> {
    const asked = missing.filter(({ removal }) => takesPatches(removal))
    const masks = asked.map(({ mask }) => mask)
    const rows = await run.withoutPatches(pixels, masks)
    for (const [k, pass] of asked.entries()) pass.row = rows[k]
  }

  return {
    remover,
    async without(removed) {
      const [passes, missing]: [Pass[], Pass[]] = [[], []]
      for (const one of removed) passes.push(await passOf(one, missing))
      await runPixels(missing)
      await runPatches(missing)
      return passes.map(({ row, removal }) => {
        if (!row) throw new RangeError(`[vitrine] [measure] passes: expected a row for each mask of ${removal.kind}`)
        return row
      })
    },
  }
}
