import type { Metric, Standing } from '@vitrine/metrics'
import { decimalsFor, fixed, rankText } from './format.ts'
import { type LeftOut, leftOutWords, mostlyLeftOut } from './left-out.ts'

/** What a cell of the board shows; the build and the browser make it alike. */
export interface CellView {
  readonly value: number | null
  readonly text: string
  /** Half of the interval's width, `±.05`; empty without one. */
  readonly around: string
  readonly interval: readonly [low: number, high: number] | null
  readonly decimals: number
  /** 0: the best control, 1: told the truth, or the best where there is no such row; below 0 it is worse than the control. */
  readonly fill: number | null
  /** Images that the mean leaves out, of how many. */
  readonly missing: string
  readonly mark: 'best' | 'tied' | null
  /** Whether a control is not beaten. */
  readonly weak: boolean
  /** Ranks within noise: `2–5`. */
  readonly ranks: string
  /** What else the cell says when pointed at: why it is empty, which controls are not beaten, which images are left out. */
  readonly notes: string
}

/** What else is known of a column's rows. */
export interface ColumnFacts {
  readonly toldTruth: ReadonlySet<string>
  readonly leftOut: ReadonlyMap<string, LeftOut>
  readonly passes: ReadonlyMap<string, number>
  readonly nameOf: (id: string) => string
}

/** What a column shows: a metric, or a mean of several. */
export type Shown = Pick<Metric, 'name' | 'direction' | 'merit' | 'truth'>

/** A column of the board from how its measure ranks the rows, by row. */
export function cellsOf(
  standings: Iterable<Standing>,
  { name, direction, merit, truth }: Shown,
  facts: ColumnFacts,
): Map<string, CellView> {
  const all = [...standings]
  const halves = all.flatMap(({ interval }) => (interval ? [(interval[1] - interval[0]) / 2] : []))
  const decimals = decimalsFor(halves.sort((a, b) => a - b)[halves.length >> 1] ?? 0)
  const shade = merit ? scaleOf(all, direction, truth ? facts.toldTruth : new Set()) : () => null
  return new Map(
    all.map((standing): [string, CellView] => {
      const { id, mean, interval, ranks, rank, control } = standing
      const gone = facts.leftOut.get(id) ?? {}
      if (facts.toldTruth.has(id) && !truth)
        return [id, emptyCell('', `Told the truth, which means nothing in ${name}`)]
      if (mean === null)
        return [
          id,
          emptyCell(mostlyLeftOut(gone), `No value: ${leftOutWords(gone, facts.passes.get(id)) || 'not measured'}`),
        ]
      const half = interval ? (interval[1] - interval[0]) / 2 : null
      const held = merit ? (ranks ? rankText(...ranks) : String(rank ?? '')) : ''
      const notBeaten = merit && !control ? standing.notBeaten : []
      const missing = Object.values(gone).reduce((sum, count) => sum + count, 0)
      const notes = [
        ...(merit ? (rank === null ? ['not ranked'] : []) : ['a description: no rank']),
        ...(notBeaten.length > 0
          ? [`does not beat ${notBeaten.map(facts.nameOf).join(', ')} by more than chance`]
          : []),
        ...(missing > 0
          ? [`mean over ${standing.images} images, without ${leftOutWords(gone, facts.passes.get(id))}`]
          : []),
      ]
      return [
        id,
        {
          value: mean,
          text: fixed(mean, decimals),
          around: half === null ? '' : `±${fixed(half, decimals).replace(/^0(?=\.)/, '')}`,
          interval,
          decimals,
          fill: shade(mean),
          missing: missing > 0 ? `${standing.images} of ${standing.images + missing}` : '',
          mark: !merit ? null : rank === 1 ? 'best' : standing.tiedWithBest ? 'tied' : null,
          weak: notBeaten.length > 0,
          ranks: held,
          notes: notes.join('; '),
        },
      ]
    }),
  )
}

/**
 * Where values lie between the best control, 0, and the row that is told the truth, 1. Without such a row, or where it is no better than
 * the control, the best method is 1; without a control nothing is shaded.
 */
function scaleOf(all: readonly Standing[], direction: Metric['direction'], toldTruth: ReadonlySet<string>) {
  const scale = meritScale(all, direction, toldTruth)
  return (mean: number): number | null => scale && Math.min(1, Math.max(-1, scale(mean)))
}

/** The same without bounds; `null` where nothing is shaded. */
export function meritScale(
  all: readonly Pick<Standing, 'id' | 'mean' | 'control'>[],
  direction: Metric['direction'],
  toldTruth: ReadonlySet<string>,
): ((value: number) => number) | null {
  const sign = direction === 'higher' ? 1 : -1
  const best = (rows: readonly { readonly mean: number | null }[]): number | null =>
    rows.reduce<number | null>(
      (found, { mean }) => (mean === null ? found : Math.max(found ?? Number.NEGATIVE_INFINITY, sign * mean)),
      null,
    )
  const ranked = all.filter(({ id }) => !toldTruth.has(id))
  const zero = best(ranked.filter(s => s.control))
  const truth = best(all.filter(({ id }) => toldTruth.has(id)))
  const one = zero !== null && truth !== null && truth > zero ? truth : best(ranked.filter(s => !s.control))
  return zero === null || one === null || one <= zero ? null : value => (sign * value - zero) / (one - zero)
}

/** A column of plain numbers, by row. */
export function plainCells(
  rows: ReadonlyMap<string, { readonly value: number | null; readonly text: string }>,
  direction: Metric['direction'],
): Map<string, CellView> {
  const found = [...rows.values()].flatMap(({ value }) => value ?? [])
  const sign = direction === 'higher' ? 1 : -1
  return new Map(
    [...rows].map(([id, { value, text }]) => [
      id,
      value === null
        ? emptyCell('none', 'Not measured')
        : {
            ...emptyCell(text, ''),
            value,
            ranks: String(1 + found.filter(other => sign * other > sign * value).length),
          },
    ]),
  )
}

/** A cell without a value, which says why: in a word, and in full. */
export const emptyCell = (word: string, why: string): CellView => ({
  value: null,
  text: word,
  around: '',
  interval: null,
  decimals: 0,
  fill: null,
  missing: '',
  mark: null,
  weak: false,
  ranks: '',
  notes: why,
})

/** A hundredth of a cell's colour cannot be seen. */
const short = (n: number): string => String(Number(n.toFixed(2)))

/** The attributes of a cell's element; with `cellTitle`, a browser makes from them what the cell says when pointed at. */
export function cellAttributes({ value, interval, decimals, fill, mark, weak, ranks, notes, text }: CellView) {
  return {
    class: [value === null && 'none', text === '' && 'void', mark, weak && 'weak', fill !== null && fill < 0 && 'below']
      .filter(Boolean)
      .join(' '),
    style: `--f:${short(Math.abs(fill ?? 0))}`,
    'data-v': value === null ? '' : String(Number(value.toPrecision(5))),
    ...(ranks && { 'data-r': ranks }),
    ...(interval && { 'data-i': interval.map(end => end.toFixed(decimals)).join(' ') }),
    ...(notes && { title: notes }),
  }
}

/** Everything that a cell says when pointed at, from the data of its element and its notes. */
export function cellTitle({ i, r }: { readonly i?: string; readonly r?: string }, notes: string): string {
  return [
    ...(i === undefined ? [] : [`95 % interval ${i.replaceAll('-', '−').replace(' ', ' to ')}`]),
    ...(r === undefined ? [] : [`rank ${r}`]),
    ...(notes === '' ? [] : [notes]),
  ].join('; ')
}

/** A small curve: one value per threshold, as the path of an SVG of 90 by 50 for any number of them. */
export function sparkPath(values: readonly number[], [least, greatest]: readonly [number, number]): string {
  const x = (i: number) => Math.round((90 * i) / Math.max(1, values.length - 1))
  const y = (v: number) => Math.round(50 - (50 * (v - least)) / (greatest - least))
  return values.map((v, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${y(v)}`).join('')
}
