import { type ImageValues, imageValues } from '@vitrine/metrics'
import type { BenchRecord } from '@vitrine/records/record'
import type { BoardFacts, PageMeasure } from '../data/boards/board-json.ts'
import { fetchJson } from './board-data.ts'

export type Row = BoardFacts['rows'][number]

/** A measure, and the values per image of the rows that have it, by slug. */
export interface Measured {
  readonly measure: PageMeasure
  readonly values: ReadonlyMap<string, ImageValues>
}

const fetched = new Map<string, Promise<BenchRecord>>()

/** A record, fetched when it is first compared: two records are far less than a board. */
function recordOf(root: string, slug: string): Promise<BenchRecord> {
  const found = fetched.get(slug) ?? fetchJson<BenchRecord>(`${root}records/${slug}.json`)
  fetched.set(slug, found)
  return found
}

/** The values of some rows by every measure of one explained class, or of the class that a measure has. */
export async function measuredOf(
  root: string,
  facts: BoardFacts,
  rows: readonly Row[],
  target: string,
): Promise<Measured[]> {
  const records = await Promise.all(rows.map(async ({ slug }) => [slug, await recordOf(root, slug)] as const))
  const groups = Map.groupBy(facts.measures, ({ metric, best }) => `${metric} ${best}`)
  const asked = [...groups.values()].flatMap(group => group.find(m => m.target === target) ?? group[0] ?? [])
  const at = facts.thresholds[facts.at] ?? 0.5
  const found = asked.map(measure => {
    const { metric, perThreshold, best } = measure
    const values = records.flatMap(([slug, record]) => {
      const list = imageValues(record, {
        metric,
        target: measure.target,
        ...(best ? { at: 'best' } : perThreshold && { at }),
      })
      return list ? [[slug, list] as const] : []
    })
    return { measure, values: new Map(values) }
  })
  const order = [...new Set(asked.map(({ group }) => group))]
  return found.sort((a, b) => order.indexOf(a.measure.group) - order.indexOf(b.measure.group))
}
