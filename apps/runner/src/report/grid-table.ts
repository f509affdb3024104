import { protocolOf, resultsOf } from '@vitrine/measure'
import { columnName, type Protocol, type Target } from '@vitrine/metrics'
import type { BenchRecord } from '@vitrine/records'
import { engineOf, methodLabel, readsTruth } from '@vitrine/records/record'
import { type Column, shownName, shownNumber, textTable } from '../cli/text-table.ts'

/** A cell of the grid: a protocol with its removal, and a class. */
interface Cell {
  readonly protocol: Protocol
  readonly target: Target
}

/**
 * ABPC of each method in each cell of a swept grid, and between which ranks it lies: a table per model, dataset and engine.
 *
 * @param room columns of the terminal; `undefined` for any width
 */
export function gridTables(records: readonly BenchRecord[], room?: number): string {
  const groups = Map.groupBy(records, r => [r.model.id, r.dataset.id, engineOf(r)].join(' · '))
  return [...groups].map(([title, group]) => [title, ...describeGrid(group, room)].join('\n')).join('\n\n')
}

function describeGrid(group: readonly BenchRecord[], room: number | undefined): string[] {
  const protocols = [...new Map(group.map(r => [r.protocol.id, protocolOf(r)])).values()]
  const cells = protocols.flatMap((protocol): Cell[] =>
    protocol.faithfulness.targets.map(target => ({ protocol, target })),
  )
  const methods = [...Map.groupBy(group, methodLabel).values()]
  const scoreIn = (own: readonly BenchRecord[], { protocol, target }: Cell): number | null => {
    const record = own.find(r => r.protocol.id === protocol.id && r.status === 'ok')
    const score = record && resultsOf(record).summary[columnName('faithfulness', target, 'abpc')]
    return typeof score === 'number' ? score : null
  }
  const scores = new Map(methods.map(own => [own, cells.map(cell => scoreIn(own, cell))]))
  const competing = methods.filter(own => own.every(r => !readsTruth(r)))
  const ranksOf = (own: BenchRecord[]): number[] =>
    cells.flatMap((_, c) => {
      const mine = scores.get(own)?.[c] ?? null
      if (mine === null || !competing.includes(own)) return []
      return [1 + competing.filter(other => (scores.get(other)?.[c] ?? Number.NEGATIVE_INFINITY) > mine).length]
    })
  const rows = methods.flatMap(own => {
    const [first] = own
    if (!first) return []
    const ranks = ranksOf(own)
    const reciprocal = ranks.reduce((sum, rank) => sum + 1 / rank, 0) / ranks.length
    const shown = (scores.get(own) ?? []).map(score => (score === null ? '-' : shownNumber(score)))
    const range = ranks.length === 0 ? '' : `${Math.min(...ranks)} to ${Math.max(...ranks)}`
    return [{ reciprocal, cells: [shownName(first), ...shown, range, shownNumber(reciprocal)] }]
  })
  const columns: Column[] = [
    { head: 'ABPC', align: 'left' },
    ...cells.map(({ protocol, target }): Column => ({ head: `${protocol.id} ${target}` })),
    { head: 'ranks' },
    { head: 'mean 1/rank', drop: 1 },
  ]
  const ordered = rows.toSorted((a, b) => (b.reciprocal || 0) - (a.reciprocal || 0))
  return [
    textTable(
      columns,
      ordered.map(row => row.cells),
      room,
    ),
    'ranks: the best and the worst by the mean over the images, of all methods and controls, over the cells',
  ]
}
