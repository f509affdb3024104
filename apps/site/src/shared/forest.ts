import { fixed } from './format.ts'

/** A value and its interval on an axis, in percent of it. */
export interface ForestRow {
  readonly low: number
  readonly at: number
  readonly high: number
  /** Whether the value lies beyond the axis, whose end it stands at. */
  readonly off: boolean
}

/** Where the values of a column and their intervals lie on one axis. */
export interface Forest {
  /** The axis, as it is written at its ends. */
  readonly ends: readonly [string, string]
  /** The best control, in percent of the axis; beyond it where there is none. */
  readonly control: number
  readonly rows: ReadonlyMap<string, ForestRow>
}

interface Cell {
  readonly id: string
  readonly value: number
  readonly interval: readonly [number, number]
}

/**
 * Puts intervals on one axis, which begins at the best control: what is worse than that stands at its end. Without a control it holds them
 * all. `null` without any.
 */
export function forest(
  cells: readonly Cell[],
  control: Cell | undefined,
  direction: 'higher' | 'lower',
): Forest | null {
  const end = (of: readonly Cell[], pick: 'min' | 'max') =>
    Math[pick](...of.map(({ interval }) => interval[pick === 'min' ? 0 : 1]))
  const from = control ? [control] : cells
  const least = direction === 'higher' ? end(from, 'min') : end(cells, 'min')
  const greatest = direction === 'higher' ? end(cells, 'max') : end(from, 'max')
  if (!(greatest > least)) return null
  const place = (value: number) =>
    Math.min(100, Math.max(0, Math.round((1000 * (value - least)) / (greatest - least)) / 10))
  return {
    ends: [fixed(least, 2), fixed(greatest, 2)],
    control: control ? place(control.value) : -1,
    rows: new Map(
      cells.map(({ id, value, interval: [low, high] }) => [
        id,
        { low: place(low), at: place(value), high: place(high), off: value < least || value > greatest },
      ]),
    ),
  }
}

/** The style of a row's picture: its style sheet draws a line and a dot from it. */
export const forestStyle = (row: ForestRow | undefined): string =>
  row ? `--l:${row.low};--m:${row.at};--h:${row.high}` : ''

/** The score of one image in its tile: `.84`. */
export const tileScore = (value: number): string => fixed(value, 2).replace(/^(−?)0(?=\.)/, '$1')
