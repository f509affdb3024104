import { MetricError } from '../errors.ts'
import { attributionOf, sumsOver } from '../map/attribution.ts'
import { ranksNothing } from '../map/heatmap.ts'
import { valuesOf } from '../metric.ts'
import type { EffectRules } from '../protocol.ts'
import { randomSource, wholeBelow } from '../random.ts'
import { registry } from '../registry.ts'
import type { GroupColumns, Heatmap, Size } from '../types.ts'
import type { Effects } from './effects.ts'

/** Sets of cells of a grid over the image; each set is removed alone. */
export interface Regions {
  readonly grid: Size
  readonly sets: readonly Uint32Array[]
}

/** What all maps of an image are held against: no map decides it. */
export interface ImageRegions {
  /** One region of the grid each. */
  readonly single: Regions
  /** Random sets of the model's patches, one list per share. */
  readonly sets: readonly (Regions & { readonly share: number })[]
  /** The share at which metrics are computed that are defined for sets of one size. */
  readonly fidelity: number
}

/** What a map says about the regions of an image, and what their removal does. */
export interface RegionEffects {
  readonly single: Effects
  readonly sets: readonly Effects[]
  /** Those of `sets` that are as large as metrics ask for that are defined for sets of one size. */
  readonly fidelity: Effects
}

/** How many regions of an image are removed. */
export const regionCount = ({ grid, shares, draws }: EffectRules): number => grid * grid + shares.length * draws

/** `count` of the numbers below `length`, without repetition, ascending. */
function drawn(length: number, count: number, source: ReturnType<typeof randomSource>): Uint32Array {
  const items = Uint32Array.from({ length }, (_, i) => i)
  for (let i = 0; i < count; i++) {
    const j = i + wholeBelow(source, length - i)
    const item = items[i]!
    items[i] = items[j]!
    items[j] = item
  }
  return items.slice(0, count).sort()
}

/**
 * The regions of an image.
 *
 * @param patches of the model's input
 * @param seed a 32-bit integer
 * @throws {MetricError} if `fidelity` is none of the shares
 */
export function regionsOf({ grid, shares, fidelity, draws }: EffectRules, patches: Size, seed: number): ImageRegions {
  const source = randomSource(seed)
  const length = patches.width * patches.height
  if (!shares.includes(fidelity))
    throw new MetricError('effects', `fidelity: expected one of the shares ${shares.join(', ')}, got ${fidelity}`)
  return {
    fidelity,
    single: {
      grid: { width: grid, height: grid },
      sets: Array.from({ length: grid * grid }, (_, cell) => Uint32Array.of(cell)),
    },
    sets: shares.map(share => ({
      share,
      grid: patches,
      sets: Array.from({ length: draws }, () => drawn(length, Math.max(1, Math.round(share * length)), source)),
    })),
  }
}

/** All regions of an image, in the order of the probabilities that `measureEffects` takes. */
export const listRegions = ({ single, sets }: ImageRegions): { grid: Size; set: Uint32Array }[] =>
  [single, ...sets].flatMap(({ grid, sets }) => sets.map(set => ({ grid, set })))

/** The pixels of a set of cells: 1 in the cells, `[height, width]`. */
export function regionMask({ grid, set }: { readonly grid: Size; readonly set: Uint32Array }, size: Size): Uint8Array {
  const mask = new Uint8Array(size.width * size.height)
  const edge = (at: number, from: number, to: number) => Math.floor((at * from) / to)
  for (const cell of set) {
    const [row, column] = [Math.floor(cell / grid.width), cell % grid.width]
    const [left, right] = [column, column + 1].map(at => edge(at, size.width, grid.width)) as [number, number]
    const bottom = edge(row + 1, size.height, grid.height)
    for (let y = edge(row, size.height, grid.height); y < bottom; y++)
      mask.fill(1, y * size.width + left, y * size.width + right)
  }
  return mask
}

/**
 * The metrics of what the removal of regions does.
 *
 * @param falls by how much the probability of the explained class falls without each of `listRegions`
 */
export function measureEffects(heatmap: Heatmap, regions: ImageRegions, falls: readonly number[]): GroupColumns {
  const values = attributionOf(heatmap)
  if (!values.every(Number.isFinite)) return { state: 'nan' }
  if (ranksNothing(Float32Array.from(values))) return { state: 'flat' }
  const cells = { width: heatmap.columns, height: heatmap.rows }
  let taken = 0
  const effectsOf = ({ grid, sets }: Regions): Effects => {
    const sums = sumsOver(values, cells, grid)
    const attribution = sets.map(set => set.reduce((sum, cell) => sum + sums[cell]!, 0))
    const fall = falls.slice(taken, taken + sets.length)
    taken += sets.length
    return { attribution, fall }
  }
  const single = effectsOf(regions.single)
  const sets = regions.sets.map(effectsOf)
  const fidelity = sets[regions.sets.findIndex(({ share }) => share === regions.fidelity)] ?? single
  const found: RegionEffects = { single, sets, fidelity }
  return { state: 'ok', values: valuesOf(registry.effects, found) }
}
