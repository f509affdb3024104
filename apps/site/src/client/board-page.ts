import type { PageMeasure } from '../data/boards/board-json.ts'
import { cellTitle } from '../shared/column.ts'
import { boardColumns } from './board-data.ts'
import { one } from './page.ts'

/** What the page says of its board. */
interface PageData {
  readonly path: string
  readonly thresholds: readonly number[]
  readonly measures: readonly PageMeasure[]
  readonly images: number
  /** Positions of the images in a row's strip. */
  readonly strip: readonly number[]
}

export const data: PageData = JSON.parse(one('#board-data').textContent ?? '')
export const form = one<HTMLFormElement>('#controls')
export const table = one<HTMLTableElement>('#board')
export const body = one<HTMLTableSectionElement>('tbody', table)
export const bar = one<HTMLElement>('#compare')
export const heads = [...table.querySelectorAll<HTMLTableCellElement>('th[data-key]')]
export const rows = [...body.rows]
export const columns = boardColumns(document.documentElement.dataset.root ?? '', data.path)
export const idOf = (row: HTMLElement): string => row.dataset.id ?? ''
const idsOf = (role: string) => new Set(rows.filter(row => row.classList.contains(role)).map(row => idOf(row)))
export const controls = idsOf('control')
export const toldTruth = idsOf('told-truth')
const names = new Map(rows.map(row => [idOf(row), row.dataset.name ?? '']))
export const passes = new Map(rows.map(row => [idOf(row), Number(row.dataset.passes)]))
export const nameOf = (id: string): string => names.get(id) ?? id

export const measureOf = (head: HTMLElement): PageMeasure | undefined =>
  data.measures.find(m => m.key === head.dataset.key)
// A column keeps its name in links when the explained class changes.
export const columnId = (head: HTMLElement): string => (head.dataset.key ?? '').split('.').at(-1) ?? ''
const cellsOf = new Map(rows.map(row => [row, [...row.querySelectorAll<HTMLTableCellElement>('td.n')]]))
const places = new Map(heads.map((head, i) => [head as HTMLElement, i]))
export const cellOf = (row: HTMLTableRowElement, head: HTMLElement): HTMLTableCellElement | undefined =>
  cellsOf.get(row)?.[places.get(head) ?? -1]

/** The measure of a column for another explained class; itself where that class has none. */
export const measureFor = (head: HTMLElement, target: string): PageMeasure | undefined => {
  const old = measureOf(head)
  return data.measures.find(m => m.metric === old?.metric && m.best === old.best && m.target === target) ?? old
}

/** Completes what a cell says when pointed at; the page comes with its notes alone. */
export function showTitle(cell: HTMLElement): void {
  if (cell.dataset.told !== undefined) return
  cell.dataset.told = ''
  const title = cellTitle(cell.dataset, cell.title)
  if (title) cell.title = title
}
