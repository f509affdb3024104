import type { Metric, Standing } from '@vitrine/metrics'
import { decimalsFor, fixed, rankText } from './format.ts'

/** What a cell of the board shows; the build and the browser make it alike. */
export interface CellView {
  readonly value: number | null
  readonly text: string
  /** Share of the best value, 0 to 1: the depth of the cell's colour. */
  readonly fill: number
  /** Where the interval begins and how long it is, as shares of the column's span. */
  readonly whisker: readonly [start: number, length: number] | null
  readonly mark: 'best' | 'tied' | null
  /** Whether a control is not beaten. */
  readonly weak: boolean
  /** Ranks within noise: `2–5`. */
  readonly ranks: string
  /** What the cell says when pointed at; empty where that is no more than its text. */
  readonly title: string
}

type Judged = Pick<Metric, 'direction' | 'worst' | 'name'>

/** A column of the board from how its measure ranks the rows, by row. */
export function cellsOf(standings: Iterable<Standing>, metric: Judged): Map<string, CellView> {
  const all = [...standings]
  const halves = all.flatMap(({ interval }) => (interval ? [(interval[1] - interval[0]) / 2] : []))
  const typical = halves.sort((a, b) => a - b)[halves.length >> 1] ?? 0
  const decimals = decimalsFor(typical)
  const ends = all.flatMap(({ mean, interval, rank }) =>
    mean === null || rank === null ? [] : [mean, ...(interval ?? [])],
  )
  const [low, high] = [Math.min(...ends), Math.max(...ends)]
  const span = high - low || 1
  const best = all.find(({ rank }) => rank === 1)?.mean ?? metric.worst
  return new Map(
    all.map((standing): [string, CellView] => {
      const { mean, interval, ranks, rank, notBeaten, control } = standing
      if (mean === null)
        return [standing.id, emptyCell('none', 'No image has a value: flat maps, or none that the protocol counts')]
      const around = interval
        ? `95 % interval ${fixed(interval[0], decimals)} to ${fixed(interval[1], decimals)}, `
        : ''
      const held = ranks ? rankText(...ranks) : String(rank ?? '')
      const beaten = notBeaten.length > 0 && !control ? '; does not beat every control' : ''
      return [
        standing.id,
        {
          value: mean,
          text: fixed(mean, decimals),
          fill: share(mean, best, metric.worst),
          whisker: interval && rank !== null ? [(interval[0] - low) / span, (interval[1] - interval[0]) / span] : null,
          mark: rank === 1 ? 'best' : standing.tiedWithBest ? 'tied' : null,
          weak: notBeaten.length > 0 && !control,
          ranks: held,
          title: `${around}${rank === null ? 'not ranked' : `rank ${held}`}${beaten}`,
        },
      ]
    }),
  )
}

/** A column of plain numbers, by row. */
export function plainCells(
  values: ReadonlyMap<string, number | null>,
  { direction, text }: { readonly direction: Metric['direction']; text(value: number): string },
): Map<string, CellView> {
  const found = [...values.values()].filter(value => value !== null)
  const sign = direction === 'higher' ? 1 : -1
  const best = sign * Math.max(...found.map(value => sign * value))
  // A multiple of the best, from whichever side.
  const share = (value: number) => (direction === 'higher' ? value / best : (best || value) / value)
  return new Map(
    [...values].map(([id, value]) => [
      id,
      value === null
        ? emptyCell('none', 'Not measured')
        : {
            value,
            text: text(value),
            fill: value === best ? 1 : Math.min(1, Math.max(0, share(value))),
            whisker: null,
            mark: null,
            weak: false,
            ranks: String(1 + found.filter(other => sign * other > sign * value).length),
            title: '',
          },
    ]),
  )
}

/** A cell without a value, which says why: in a word, and in full. */
export const emptyCell = (word: string, why: string): CellView => ({
  value: null,
  text: word,
  fill: 0,
  whisker: null,
  mark: null,
  weak: false,
  ranks: '',
  title: why,
})

const share = (value: number, best: number, worst: number): number =>
  best === worst ? 1 : Math.min(1, Math.max(0, (value - worst) / (best - worst)))

/** A hundredth of a cell is a pixel. */
const short = (n: number): string => String(Number(n.toFixed(2)))

/** The attributes of a cell's element. */
export function cellAttributes({ value, fill, whisker, mark, weak, ranks, title }: CellView) {
  const bar = whisker ? `;--l:${short(whisker[0])};--w:${short(whisker[1])}` : ''
  return {
    class: [value === null && 'none', mark, weak && 'weak', whisker && 'whisker'].filter(Boolean).join(' '),
    style: `--f:${short(fill)}${bar}`,
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
