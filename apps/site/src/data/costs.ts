import type { Entry } from './records.ts'

/** What an explanation costs; the less the better. */
export interface Cost {
  readonly id: string
  readonly name: string
  readonly title: string
  value(entry: Entry): number | null
}

export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const [low, high] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]]
  return low === undefined || high === undefined ? null : (low + high) / 2
}

/** How much longer each round took with the method than without it. */
export const multiples = (entry: Entry): number[] =>
  entry.timing?.method.map((ms, i) => ms / (entry.timing?.forward[i] ?? Number.NaN)) ?? []

export const costs: readonly Cost[] = [
  {
    id: 'passes',
    name: 'Passes',
    title: 'Arithmetic of one explanation, prediction included, as a multiple of the forward pass',
    value: entry => entry.cost.relativeFlops ?? null,
  },
  {
    id: 'times',
    name: '× forward',
    title: 'Measured time of one explanation as a multiple of the forward pass, median of the rounds',
    value: entry => median(multiples(entry)),
  },
  {
    id: 'ms',
    name: 'ms',
    title: 'Milliseconds per image, median of the rounds',
    value(entry) {
      const found = entry.timing && median(entry.timing.method)
      return found && entry.timing ? found / entry.timing.batch : null
    },
  },
]
