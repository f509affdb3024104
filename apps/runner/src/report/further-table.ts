import { protocolOf, resultsOf } from '@vitrine/measure'
import { columnName, type MetricGroup, registry, targetsOfGroup } from '@vitrine/metrics'
import type { BenchRecord } from '@vitrine/records'
import { type Column, shownName, shownNumber, textTable } from '../cli/text-table.ts'

/** Groups that no other table shows. */
const groups: readonly MetricGroup[] = [
  'insertion',
  'soft-mask',
  'effects',
  'coherence',
  'objects',
  'benchmarks',
  'complexity',
  'robustness',
  'randomisation',
]

/**
 * Means of the metrics that no other table shows, of the first class that the protocol asks for.
 *
 * @param room columns of the terminal; `undefined` for any width
 */
export function furtherTable(group: readonly BenchRecord[], room: number | undefined): string[] {
  const done = group.filter(r => r.status === 'ok')
  const [first] = done
  if (!first) return []
  const shown = groups.flatMap(of =>
    targetsOfGroup(protocolOf(first), of)
      .slice(0, 1)
      .flatMap(target =>
        registry[of].map(({ id, heading, direction }) => ({ name: columnName(of, target, id), heading, direction })),
      ),
  )
  const columns = shown.filter(({ name }) => done.some(r => typeof resultsOf(r).summary[name] === 'number'))
  if (columns.length === 0) return []
  const heads: Column[] = [
    { head: 'further', align: 'left' },
    ...columns.map(({ heading, direction }, i) => ({
      head: `${heading} ${direction === 'higher' ? '+' : '-'}`,
      drop: i + 1,
    })),
  ]
  const rows = done.map(r => [shownName(r), ...columns.map(({ name }) => shownNumber(resultsOf(r).summary[name]))])
  return [textTable(heads, rows, room), '+ more is better, - less']
}
