import { metrics } from '@vitrine/metrics'
import type { PageMeasure } from '../data/boards/board-json.ts'
import { cellAttributes, cellsOf, sparkPath } from '../shared/column.ts'
import { type LeftOut, leftOut } from '../shared/left-out.ts'
import { type Ranked, rankRows } from '../shared/rank.ts'
import { cellOf, columns, controls, data, idOf, nameOf, passes, rows, toldTruth } from './board-page.ts'
import { one } from './page.ts'

/** Ranks a column anew and shows its cells. */
export async function fill(head: HTMLElement, measure: PageMeasure, t: number): Promise<void> {
  const { contenders, missing } = await contendersOf(measure, t)
  const metric = metrics[measure.metric]
  const facts = { toldTruth, passes, nameOf, leftOut: missing }
  const cells = cellsOf(rankRows(contenders, metric.direction), metric, facts)
  const curves = measure.key === head.dataset.key ? null : await curvesOf(measure)
  head.dataset.key = measure.key
  for (const row of rows) {
    const cell = cellOf(row, head)
    const view = cells.get(idOf(row))
    if (!cell || !view) continue
    const { class: classes, ...attributes } = cellAttributes(view)
    const kept = ['first', 'more', 'open', 'sorted'].filter(name => cell.classList.contains(name))
    cell.className = ['n', ...kept, classes].join(' ')
    for (const [name, value] of Object.entries(attributes)) cell.setAttribute(name, value)
    one('span', cell).textContent = view.text
    const link = one('a', cell)
    link.toggleAttribute('aria-label', view.text === '')
    if (view.text === '') link.setAttribute('aria-label', view.title)
    for (const small of cell.querySelectorAll('small')) small.remove()
    for (const [name, text] of [
      ['', view.around],
      ['missing', view.missing],
    ] as const) {
      if (text) link.append(Object.assign(document.createElement('small'), { className: name, textContent: text }))
    }
    const curve = curves?.get(idOf(row))
    if (curve) cell.querySelector('path')?.setAttribute('d', sparkPath(curve, metrics[measure.metric].range))
  }
}

/** The rows that have a measure, with their values, and why images are left out of them. */
export async function contendersOf(
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
async function curvesOf(measure: PageMeasure): Promise<Map<string, number[]> | null> {
  if (!measure.perThreshold) return null
  const found = new Map<string, number[]>()
  for (const at of data.thresholds) {
    for (const [row, { values }] of await columns.values(measure, at)) {
      const there = values.filter(value => value !== null)
      found.set(row, [...(found.get(row) ?? []), there.reduce((a, b) => a + b, 0) / Math.max(1, there.length)])
    }
  }
  return found
}
