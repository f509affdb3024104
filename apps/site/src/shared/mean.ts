import type { ImageValues } from '@vitrine/metrics'

/** Mean of the images that have a value; `null` without any. */
export function meanOfValues(values: ImageValues): number | null {
  const there = values.filter(value => value !== null)
  return there.length === 0 ? null : there.reduce((a, b) => a + b, 0) / there.length
}
