import { metrics } from '@vitrine/metrics'
import type { PageMeasure } from '../data/boards/board-json.ts'
import { type CellView, cellAttributes, cellsOf, emptyCell, type Shown, sparkPath } from '../shared/column.ts'
import { inSentence, list } from '../shared/format.ts'
import { type LeftOut, leftOut } from '../shared/left-out.ts'
import { meanOfValues } from '../shared/mean.ts'
import { profileRows } from '../shared/profile.ts'
import type { Ranked } from '../shared/rank.ts'
import {
  cellOf,
  columnId,
  columns,
  controls,
  data,
  heads,
  idOf,
  measureFor,
  nameOf,
  passes,
  rows,
  showTitle,
  toldTruth,
} from './board-page.ts'
import { PROFILE, type State } from './board-state.ts'
import { element } from './element.ts'
import { one, setText } from './page.ts'
import { inWorker } from './statistics.ts'

/** What a column ranks, and what of it a sentence says. */
export interface Column {
  readonly shown: Shown
  readonly what: string
  readonly contenders: readonly Ranked[]
  readonly missing: ReadonlyMap<string, LeftOut>
}

/** What decides the numbers of a column: its measure, the threshold where that has one, or the reader's weights. */
export function columnQuestion(head: HTMLElement, { t, target, weights }: State): string {
  if (columnId(head) === PROFILE) return JSON.stringify([target, ...weights])
  const measure = measureFor(head, target)
  return measure ? JSON.stringify([measure.key, measure.perThreshold ? t : null]) : ''
}

/** The values of a column as a reader has set them; `null` for one that has no values per image. */
export async function columnOf(head: HTMLElement, state: State): Promise<Column | null> {
  if (columnId(head) === PROFILE) return profileOf(state)
  const measure = measureFor(head, state.target)
  if (!measure) return null
  const what = `${measure.name}${measure.perThreshold ? ` at threshold ${data.thresholds[state.t]}` : ''}`
  return { shown: metrics[measure.metric], what, ...(await contendersOf(measure, state.t)) }
}

async function profileOf(state: State): Promise<Column> {
  const missing = new Map<string, LeftOut>()
  const parts = await Promise.all(
    [...state.weights].flatMap(([name, weight]) => {
      const head = heads.find(h => columnId(h) === name)
      const measure = head && measureFor(head, state.target)
      if (!measure) return []
      const { direction, truth } = metrics[measure.metric]
      const part = contendersOf(measure, state.t).then(found => {
        for (const [id, gone] of found.missing) missing.set(id, { ...gone, ...missing.get(id) })
        return { name: inSentence(measure.name), weight, direction, truth, rows: found.contenders }
      })
      return [part]
    }),
  )
  const what = list(parts.map(({ name, weight }) => (weight === 1 ? name : `${weight} times ${name}`)))
  return {
    shown: { name: 'your mean', direction: 'higher', merit: true, truth: parts.every(({ truth }) => truth) },
    what: `your mean of ${what}`,
    contenders: profileRows(parts),
    missing,
  }
}

/** Ranks a column anew. Returns what shows its cells, `null` for a column without values per image. */
export async function ranked(head: HTMLElement, state: State): Promise<(() => void) | null> {
  const column = await columnOf(head, state)
  if (!column) return null
  const { shown, contenders, missing } = column
  const standings = await inWorker('rankRows', contenders, shown.direction)
  const measure = measureFor(head, state.target)
  const curves = columnId(head) !== PROFILE && measure?.perThreshold ? await curvesOf(measure) : null
  const cells = cellsOf(standings, shown, { toldTruth, passes, nameOf, leftOut: missing })
  return () => showCells(head, cells, measure, curves)
}

function showCells(
  head: HTMLElement,
  cells: ReadonlyMap<string, CellView>,
  measure: PageMeasure | undefined,
  curves: ReadonlyMap<string, readonly number[]> | null,
): void {
  if (measure) head.dataset.key = measure.key
  for (const row of rows) {
    const cell = cellOf(row, head)
    if (!cell) continue
    const { status = 'ok' } = row.dataset
    const view = cells.get(idOf(row)) ?? emptyCell(status === 'ok' ? 'none' : status, 'Not measured')
    const curve = curves?.get(idOf(row))
    const path = curve && measure ? sparkPath(curve, metrics[measure.metric].range) : ''
    // What stays as it is is not written again.
    const content = JSON.stringify([view, path])
    if (written.get(cell) === content) continue
    written.set(cell, content)
    if (!cell.firstChild) cell.append(linkIn(row))
    const { class: classes, ...attributes } = cellAttributes(view)
    const kept = ['first', 'more', 'open', 'sorted', 'profile', 'curve', 'plain'].filter(name =>
      cell.classList.contains(name),
    )
    cell.className = ['n', ...kept, classes].join(' ')
    for (const name of ['title', 'data-i', 'data-r']) cell.removeAttribute(name)
    for (const [name, value] of Object.entries(attributes)) cell.setAttribute(name, value)
    delete cell.dataset.told
    showTitle(cell)
    const link = one('a', cell)
    setText(one('span', cell), view.text)
    link.toggleAttribute('aria-label', view.text === '')
    if (view.text === '') link.setAttribute('aria-label', view.notes || 'empty')
    showPart(link, 'small:not(.missing)', view.around, () => link.appendChild(element('small')))
    showPart(link, '.missing', view.missing, () => link.appendChild(element('small', { class: 'missing' })))
    showSpark(link, path)
  }
}

const written = new Map<HTMLElement, string>()

/** Sets the text of a part of a cell, which is there while it has one. */
function showPart(link: Element, selector: string, text: string, make: () => Element): void {
  const part = link.querySelector(selector)
  if (text) setText(part ?? make(), text)
  else part?.remove()
}

/** What a cell that comes empty shows its number in: a link to the record, as in the other cells of its row. */
function linkIn(row: HTMLTableRowElement): HTMLAnchorElement {
  const { href } = one<HTMLAnchorElement>('td.n > a', row)
  const link = element('a', { href, tabindex: '-1' })
  link.append(element('span'))
  return link
}

/** A small curve over the thresholds. */
function showSpark(link: Element, d: string): void {
  const old = link.querySelector('svg')
  if (old && d) {
    old.firstElementChild?.setAttribute('d', d)
    return
  }
  old?.remove()
  if (!d) return
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  for (const [name, value] of [
    ['class', 'spark'],
    ['viewBox', '0 0 90 50'],
    ['preserveAspectRatio', 'none'],
    ['aria-hidden', 'true'],
  ] as const)
    svg.setAttribute(name, value)
  path.setAttribute('d', d)
  svg.append(path)
  link.prepend(svg)
}

/** The rows that have a measure, with their values, and why images are left out of them. */
async function contendersOf(
  measure: PageMeasure,
  t: number,
): Promise<{ contenders: Ranked[]; missing: Map<string, LeftOut> }> {
  const contenders: Ranked[] = []
  const missing = new Map<string, LeftOut>()
  for (const [id, { values, columns: stored }] of await columns.values(measure, data.thresholds[t] ?? 0)) {
    contenders.push({ id, control: controls.has(id), toldTruth: toldTruth.has(id), values })
    if (values.includes(null)) missing.set(id, leftOut(stored, measure, values))
  }
  return { contenders, missing }
}

/** Means per threshold, by row. */
async function curvesOf(measure: PageMeasure): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>()
  for (const at of data.thresholds) {
    for (const [row, { values }] of await columns.values(measure, at))
      found.set(row, [...(found.get(row) ?? []), meanOfValues(values) ?? 0])
  }
  return found
}
