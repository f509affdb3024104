import type { ImageValues, Metric } from '@vitrine/metrics'
import { meritScale } from './column.ts'
import { meanOfValues } from './mean.ts'
import type { Ranked } from './rank.ts'

/** A measure that a reader weighs. */
export interface Weighed {
  readonly weight: number
  readonly direction: Metric['direction']
  /** Whether the row that is told the truth shows there what a map can reach. */
  readonly truth: boolean
  readonly rows: readonly Ranked[]
}

/**
 * One value per image and row from several measures: the weighted mean of each measure from 0, the best control, to 1, told the truth or the
 * best method. So it is ranked as any measure is, with intervals from the same resamples of the images; the ends of the scales are those of all
 * images. An image that lacks one of the measures has no value.
 */
export function profileRows(weighed: readonly Weighed[]): Ranked[] {
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0)
  const parts = weighed.map(({ rows, direction, truth, weight }) => {
    const told = new Set(truth ? rows.filter(row => row.toldTruth).map(row => row.id) : [])
    const means = rows
      .filter(row => truth || !row.toldTruth)
      .map(({ id, control, values }) => ({ id, control, mean: meanOfValues(values) }))
    const scale = meritScale(means, direction, told)
    const values = new Map<string, ImageValues>(
      rows.map(row => [row.id, row.toldTruth && !truth ? row.values.map(() => null) : row.values]),
    )
    return { share: weight / total, scale, values }
  })
  const [first] = weighed
  return (first?.rows ?? []).map(row => ({
    ...row,
    values: row.values.map((_, image) => {
      let sum = 0
      for (const { share, scale, values } of parts) {
        const value = values.get(row.id)?.[image] ?? null
        if (value === null || scale === null) return null
        sum += share * scale(value)
      }
      return sum
    }),
  }))
}
