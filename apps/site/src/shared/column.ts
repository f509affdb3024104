import type { Metric, Standing } from '@vitrine/metrics'
import { decimalsFor, fixed, rankText } from './format.ts'
import { type LeftOut, leftOutWords, mostlyLeftOut } from './left-out.ts'
import { roles } from './roles.ts'

/** What a cell of the board shows; the build and the browser make it alike. */
export interface CellView {
  readonly value: number | null
  readonly text: string
  /** Half of the interval's width, `±.05`; empty without one. */
  readonly around: string
  /** 0: the best control, 1: told the truth, or the best where there is no such row; below 0 it is worse than the control. */
  readonly fill: number | null
  /** Images that the mean leaves out, of how many. */
  readonly missing: string
  readonly mark: 'best' | 'tied' | null
  /** Whether a control is not beaten. */
  readonly weak: boolean
  /** Ranks within noise: `2–5`. */
  readonly ranks: string
  /** What the cell says when pointed at; empty where that is no more than its text. */
  readonly title: string
}

/** What else is known of a column's rows. */
export interface ColumnFacts {
  readonly toldTruth: ReadonlySet<string>
  readonly leftOut: ReadonlyMap<string, LeftOut>
  readonly passes: ReadonlyMap<string, number>
  readonly nameOf: (id: string) => string
}

/** A column of the board from how its measure ranks the rows, by row. */
export function cellsOf(
  standings: Iterable<Standing>,
  metric: Pick<Metric, 'id' | 'direction' | 'name'>,
  facts: ColumnFacts,
): Map<string, CellView> {
  const all = [...standings]
  const { merit, truth } = roles[metric.id]
  const halves = all.flatMap(({ interval }) => (interval ? [(interval[1] - interval[0]) / 2] : []))
  const decimals = decimalsFor(halves.sort((a, b) => a - b)[halves.length >> 1] ?? 0)
  const shade = merit ? scaleOf(all, metric.direction, truth ? facts.toldTruth : new Set()) : () => null
  return new Map(
    all.map((standing): [string, CellView] => {
      const { id, mean, interval, ranks, rank, control } = standing
      const gone = facts.leftOut.get(id) ?? {}
      if (facts.toldTruth.has(id) && !truth)
        return [id, emptyCell('', `Told the truth, which means nothing in ${metric.name}`)]
      if (mean === null)
        return [
          id,
          emptyCell(mostlyLeftOut(gone), `No value: ${leftOutWords(gone, facts.passes.get(id)) || 'not measured'}`),
        ]
      const half = interval ? (interval[1] - interval[0]) / 2 : null
      const held = merit ? (ranks ? rankText(...ranks) : String(rank ?? '')) : ''
      const notBeaten = merit && !control ? standing.notBeaten : []
      const missing = Object.values(gone).reduce((sum, count) => sum + count, 0)
      const words = [
        interval ? `95 % interval ${fixed(interval[0], decimals)} to ${fixed(interval[1], decimals)}` : 'one image',
        merit ? (rank === null ? 'not ranked' : `rank ${held}`) : 'a description: no rank',
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
          fill: shade(mean),
          missing: missing > 0 ? `${standing.images} of ${standing.images + missing}` : '',
          mark: !merit ? null : rank === 1 ? 'best' : standing.tiedWithBest ? 'tied' : null,
          weak: notBeaten.length > 0,
          ranks: held,
          title: `${words.join('; ')}`,
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
  const sign = direction === 'higher' ? 1 : -1
  const best = (rows: readonly Standing[]): number | null =>
    rows.reduce<number | null>(
      (found, { mean }) => (mean === null ? found : Math.max(found ?? Number.NEGATIVE_INFINITY, sign * mean)),
      null,
    )
  const ranked = all.filter(({ id }) => !toldTruth.has(id))
  const zero = best(ranked.filter(s => s.control))
  const truth = best(all.filter(({ id }) => toldTruth.has(id)))
  const one = zero !== null && truth !== null && truth > zero ? truth : best(ranked.filter(s => !s.control))
  return (mean: number): number | null =>
    zero === null || one === null || one <= zero ? null : Math.min(1, Math.max(-1, (sign * mean - zero) / (one - zero)))
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
  fill: null,
  missing: '',
  mark: null,
  weak: false,
  ranks: '',
  title: why,
})

/** A hundredth of a cell's colour cannot be seen. */
const short = (n: number): string => String(Number(n.toFixed(2)))

/** The attributes of a cell's element. */
export function cellAttributes({ value, fill, mark, weak, ranks, title, text }: CellView) {
  return {
    class: [value === null && 'none', text === '' && 'void', mark, weak && 'weak', fill !== null && fill < 0 && 'below']
      .filter(Boolean)
      .join(' '),
    style: `--f:${short(Math.abs(fill ?? 0))}`,
    'data-v': value === null ? '' : String(Number(value.toPrecision(5))),
    'data-r': ranks,
    ...(title && { title }),
  }
}

/** A small curve: one value per threshold, as the path of an SVG of 90 by 50 for any number of them. */
export function sparkPath(values: readonly number[], [least, greatest]: readonly [number, number]): string {
  const x = (i: number) => Math.round((90 * i) / Math.max(1, values.length - 1))
  const y = (v: number) => Math.round(50 - (50 * (v - least)) / (greatest - least))
  return values.map((v, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${y(v)}`).join('')
}
