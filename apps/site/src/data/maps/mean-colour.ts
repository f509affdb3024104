import { modelIds, openModel } from '@vitrine/models'
import type { Entry } from '../load/records.ts'

/** 8-bit RGB. */
export type Rgb = readonly [red: number, green: number, blue: number]

/**
 * The colour of zero in a model's normalised input: the mean that its preprocessing subtracts. Pixels that a perturbation takes away
 * become this colour. From the record, or from the bundled model of the same weights; `null` where neither says it.
 */
export async function meanColour({ id, hash, details }: Entry['model']): Promise<Rgb | null> {
  const recorded = asMean(details?.mean)
  if (recorded) return bytes(recorded)
  if (!modelIds.includes(id)) return null
  const model = await openModel(id)
  return model.hash === hash ? bytes(model.transformer.input.mean) : null
}

const bytes = ([red, green, blue]: Rgb): Rgb => [Math.round(255 * red), Math.round(255 * green), Math.round(255 * blue)]

function asMean(value: unknown): Rgb | null {
  if (!Array.isArray(value) || value.length !== 3) return null
  const [red, green, blue] = value
  const isShare = (n: unknown) => typeof n === 'number' && n >= 0 && n <= 1
  return isShare(red) && isShare(green) && isShare(blue) ? [red, green, blue] : null
}
