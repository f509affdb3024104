import type { Metric } from '@vitrine/metrics'
import { fixed, significant } from '../../shared/format.ts'
import type { Entry } from '../load/records.ts'

/** A column of plain numbers, one per record, without a value per image. */
export interface Plain {
  readonly id: string
  readonly group: string
  readonly name: string
  readonly title: string
  readonly direction: Metric['direction']
  value(entry: Entry): number | null
  text(entry: Entry, value: number): string
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

/** With fewer rounds a median says more of the machine's other work than of the method. */
const FEWEST_ROUNDS = 7

/** Whether a record was timed in enough rounds for its times to be shown. */
export const isTimed = ({ timing }: Entry): boolean => (timing?.method.length ?? 0) >= FEWEST_ROUNDS

/** A median with the least and the greatest of the rounds. */
export const withSpread = (values: readonly number[]): string =>
  `${significant(median(values) ?? Number.NaN)} (${significant(Math.min(...values))} to ${significant(Math.max(...values))})`

const milliseconds = ({ timing }: Entry): number[] => timing?.method.map(ms => ms / timing.batch) ?? []

const cost = { group: 'Cost', direction: 'lower' } as const

/** What an explanation costs. */
export const costs: readonly Plain[] = [
  {
    ...cost,
    id: 'passes',
    name: 'Passes',
    title: 'Arithmetic of one explanation, prediction included, as a multiple of the forward pass',
    value: entry => entry.cost.relativeFlops ?? null,
    text: (_, value) => significant(value),
  },
  {
    ...cost,
    id: 'times',
    name: '× forward',
    title:
      'Measured time of one explanation as a multiple of the forward pass, median, least and greatest of the rounds',
    value: entry => (isTimed(entry) ? median(multiples(entry)) : null),
    text: entry => withSpread(multiples(entry)),
  },
  {
    ...cost,
    id: 'ms',
    name: 'ms',
    title: 'Milliseconds per image, median, least and greatest of the rounds',
    value: entry => (isTimed(entry) ? median(milliseconds(entry)) : null),
    text: entry => withSpread(milliseconds(entry)),
  },
]

/** The medians over images of one number of the agreement with each other engine. */
const medians = (entry: Entry, name: string): number[] =>
  entry.agreement.flatMap(({ summary }) => summary[name]?.median ?? [])

const agreement = { group: 'Agreement' } as const

/** How far other engines are from this one. */
export const agreements: readonly Plain[] = [
  {
    ...agreement,
    id: 'spearman',
    name: 'Map Spearman',
    title: 'Rank correlation with the map of the other engine, median over images, of the engine that agrees least',
    direction: 'higher',
    value: entry => medians(entry, 'map.predicted.spearman').reduce<number | null>((a, b) => Math.min(a ?? b, b), null),
    text: (_, value) => fixed(value, 5),
  },
  {
    ...agreement,
    id: 'difference',
    name: 'Map difference',
    title:
      "Greatest difference to the other engine's map over that map's greatest value, median over images, of the engine that agrees least",
    direction: 'lower',
    value: entry => medians(entry, 'map.predicted.relative').reduce<number | null>((a, b) => Math.max(a ?? b, b), null),
    text: (_, value) => significant(value),
  },
]
