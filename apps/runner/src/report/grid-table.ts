import { protocolOf, resultsOf } from '@vitrine/measure'
import { columnName, type Protocol, rankRange, type Target } from '@vitrine/metrics'
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
  const scoreIn = (own: readonly BenchRecord[], { protocol, target }: Cell): number | null => {
    const record = own.find(r => r.protocol.id === protocol.id && r.status === 'ok')
    const score = record && resultsOf(record).summary[columnName('faithfulness', target, 'abpc')]
    return typeof score === 'number' ? score : null
  }
  const methods = Array.from(Map.groupBy(group, methodLabel).values(), own => ({
    name: own.slice(0, 1).map(shownName),
    competes: !own.some(readsTruth),
    scores: cells.map(cell => scoreIn(own, cell)),
  }))
  const competing = methods.filter(({ competes }) => competes)
  const rankIn = (c: number, mine: number): number =>
    1 + competing.filter(({ scores }) => (scores[c] ?? Number.NEGATIVE_INFINITY) > mine).length
  const rows = methods.map(({ name, competes, scores }) => {
    const ranks = competes ? scores.flatMap((mine, c) => (mine === null ? [] : [rankIn(c, mine)])) : []
    const range = rankRange(ranks)
    const words = range ? `${range.best} to ${range.worst}` : ''
    const shown = scores.map(score => shownNumber(score))
    return { reciprocal: range?.reciprocal ?? 0, cells: [...name, ...shown, words, shownNumber(range?.reciprocal)] }
  })
  const columns: Column[] = [
    { head: 'ABPC', align: 'left' },
    ...cells.map(({ protocol, target }): Column => ({ head: `${protocol.id} ${target}` })),
    { head: 'ranks' },
    { head: 'mean 1/rank', drop: 1 },
  ]
  const ordered = rows.toSorted((a, b) => b.reciprocal - a.reciprocal)
  return [
    textTable(
      columns,
      ordered.map(row => row.cells),
      room,
    ),
    'ranks: the best and the worst by the mean over the images, of all methods and controls, over the cells',
  ]
}
