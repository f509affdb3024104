import { type Aggregate, aggregates } from '@vitrine/metrics'
import type { Measure } from '../load/measures.ts'
import { type Entry, intervalOf } from '../load/records.ts'

/** A number of all images together, as a record has it. */
export interface Whole {
  readonly name: string
  readonly formula: string
  readonly value: number
  readonly interval: readonly [low: number, high: number] | null
}

/** What a record says of all images together, of the class that a measure explains. */
export function wholesOf(entry: Entry, { target }: Pick<Measure, 'target'>): Whole[] {
  return Object.values<Aggregate>(aggregates).flatMap(({ id, group, name, formula }) => {
    const key = `${group}.${target}.${id}`
    const value = entry.summary[key]
    return typeof value === 'number' ? [{ name, formula, value, interval: intervalOf(entry, key) }] : []
  })
}
