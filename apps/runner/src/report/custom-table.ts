import { resultsOf } from '@vitrine/measure'
import { columnName, customGroup, customValues, metricFailures, type Standing, standings } from '@vitrine/metrics'
import type { BenchRecord } from '@vitrine/records'
import { methodLabel, readsTruth } from '@vitrine/records/record'
import { type Column, shownName, shownNumber, textTable } from '../cli/text-table.ts'

type Metric = NonNullable<BenchRecord['metrics']>[number]

/**
 * What metrics that are not bundled say of the maps of the predicted class: means, 95 % intervals and ranks.
 *
 * @param room columns of the terminal; `undefined` for any width
 */
export function customTable(group: readonly BenchRecord[], room: number | undefined): string[] {
  const done = group.filter(r => r.status === 'ok')
  const metrics = [...new Map(done.flatMap(r => r.metrics ?? []).map(metric => [metric.id, metric])).values()]
  if (metrics.length === 0) return []
  const ranked = metrics.map(metric => ranksBy(done, metric))
  const columns: Column[] = [
    { head: 'your metrics', align: 'left' },
    ...metrics.flatMap(({ heading, direction }): Column[] => [
      { head: `${heading} ${direction === 'higher' ? '+' : '-'}` },
      { head: '95 %', drop: 2, name: `95 % of ${heading}` },
      { head: 'rank', drop: 1, name: `rank by ${heading}` },
    ]),
  ]
  const rows = done.map(r => [
    shownName(r),
    ...ranked.flatMap(({ column, standings }) => {
      const [, ...others] = standingCells(standings.get(r.id))
      return [shownNumber(resultsOf(r).summary[column]), ...others]
    }),
  ])
  return [
    textTable(columns, rows, room),
    ...metrics.map(({ heading, name, formula }) => `${heading}: ${name}, ${formula}`),
    ...done.flatMap(r =>
      metricFailures(r).map(
        ({ target, images, reason }) =>
          `${methodLabel(r)}: ${images} of ${r.images.id.length} maps of the ${target} class have no value: ${reason}`,
      ),
    ),
  ]
}

/** Standings by the column of a metric, by the record's id; a method that is told the truth competes with nobody. */
function ranksBy(done: readonly BenchRecord[], { id, direction }: Metric) {
  const column = columnName(customGroup, 'predicted', id)
  const contenders = done
    .filter(r => !readsTruth(r))
    .map(r => ({
      id: r.id,
      control: r.method.control,
      values: customValues(r).find(({ name }) => name === column)?.values ?? r.images.id.map(() => null),
    }))
  return { column, standings: new Map(standings(contenders, direction).map(standing => [standing.id, standing])) }
}

/** Mean, interval, and the ranks held in 95 % of the resamples, = where tied with the best. */
export function standingCells(standing: Standing | undefined): [mean: string, interval: string, rank: string] {
  if (!standing || standing.mean === null) return ['-', '', '']
  const { mean, interval, rank, ranks, tiedWithBest } = standing
  const held = ranks && ranks[0] !== ranks[1] ? `${ranks[0]}-${ranks[1]}` : `${rank ?? ''}`
  const shown = interval ? interval.map(side => shownNumber(side, 2)).join(' to ') : ''
  return [shownNumber(mean), shown, rank === null ? '' : `${held}${tiedWithBest ? '=' : ' '}`]
}
