import { metrics } from '@vitrine/metrics'
import type { PageMeasure } from '../data/boards/board-json.ts'
import { cellAttributes, cellsOf, sparkPath } from '../shared/column.ts'
import { rankRows } from '../shared/rank.ts'
import { boardColumns } from './board-data.ts'
import { one } from './page.ts'

interface PageData {
  readonly path: string
  readonly thresholds: readonly number[]
  readonly measures: readonly PageMeasure[]
}

interface State {
  /** Position of the threshold. */
  t: number
  target: string
  /** Families and column groups that are hidden. */
  hiddenFamilies: Set<string>
  hiddenColumns: Set<string>
  specific: boolean
  sort: string
  ascending: boolean
  picked: Set<string>
}

const data: PageData = JSON.parse(one('#board-data').textContent ?? '')
const form = one<HTMLFormElement>('#controls')
const table = one<HTMLTableElement>('#board')
const body = one<HTMLTableSectionElement>('tbody', table)
const bar = one<HTMLElement>('#compare')
const heads = [...table.querySelectorAll<HTMLTableCellElement>('th[data-key]')]
const rows = [...body.rows]
const columns = boardColumns(document.documentElement.dataset.root ?? '', data.path)
const idsOf = (role: string) =>
  new Set(rows.filter(row => row.classList.contains(role)).map(row => row.dataset.id ?? ''))
const controls = idsOf('control')
const ceilings = idsOf('ceiling')

const measureOf = (head: HTMLElement): PageMeasure | undefined => data.measures.find(m => m.key === head.dataset.key)
// A column keeps its name in links when the explained class changes.
const columnId = (head: HTMLElement): string => measureOf(head)?.metric ?? head.dataset.key ?? ''
const cellOf = (row: HTMLTableRowElement, head: HTMLElement): HTMLTableCellElement | undefined =>
  [...row.querySelectorAll<HTMLTableCellElement>('td.n')][heads.indexOf(head as HTMLTableCellElement)]
const slider = form.elements.namedItem('t')
const range = slider instanceof HTMLInputElement ? slider : null
const defaultThreshold = Number(range?.dataset.default ?? 0)
const firstSort = heads.find(head => head.hasAttribute('aria-sort')) ?? heads[0]
const defaultSort = firstSort ? columnId(firstSort) : ''
const inputs = (name: string): HTMLInputElement[] => [
  ...form.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`),
]
const defaultTarget = inputs('class')[0]?.value ?? ''
const naturalOrder = (sort: string) => heads.find(head => columnId(head) === sort)?.dataset.direction === 'lower'

let state = readState()
// What the cells show; the page comes with the defaults.
const shown = { t: defaultThreshold, target: defaultTarget }

function readState(): State {
  const query = new URLSearchParams(location.search)
  const set = (name: string) => new Set(query.get(name)?.split(',').filter(Boolean) ?? [])
  const t = data.thresholds.indexOf(Number(query.get('t') ?? Number.NaN))
  const sort = heads.some(head => columnId(head) === query.get('sort')) ? String(query.get('sort')) : defaultSort
  const target = inputs('class').find(input => input.value === query.get('class'))?.value ?? defaultTarget
  return {
    t: t < 0 ? defaultThreshold : t,
    target,
    hiddenFamilies: set('without'),
    hiddenColumns: set('hide'),
    specific: query.has('specific'),
    sort,
    ascending: query.has('order') ? query.get('order') === 'up' : naturalOrder(sort),
    picked: set('pick'),
  }
}

function writeState(): void {
  const query = new URLSearchParams()
  if (state.t !== defaultThreshold) query.set('t', String(data.thresholds[state.t]))
  if (state.target !== defaultTarget) query.set('class', state.target)
  if (state.hiddenFamilies.size > 0) query.set('without', [...state.hiddenFamilies].join(','))
  if (state.hiddenColumns.size > 0) query.set('hide', [...state.hiddenColumns].join(','))
  if (state.specific) query.set('specific', '')
  if (state.sort !== defaultSort) query.set('sort', state.sort)
  if (state.ascending !== naturalOrder(state.sort)) query.set('order', state.ascending ? 'up' : 'down')
  if (state.picked.size > 0) query.set('pick', [...state.picked].join(','))
  const search =
    query.size > 0
      ? `?${query.toString().replaceAll('%2C', ',').replace('specific=&', 'specific&').replace(/=$/, '')}`
      : ''
  history.replaceState(null, '', `${location.pathname}${search}${location.hash}`)
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.word a')) link.search = search
}

function showForm(): void {
  if (range) range.value = String(state.t)
  const output = form.querySelector('output')
  if (output) output.value = String(data.thresholds[state.t])
  for (const input of inputs('class')) input.checked = input.value === state.target
  for (const input of inputs('family')) input.checked = !state.hiddenFamilies.has(input.value)
  for (const input of inputs('columns')) input.checked = !state.hiddenColumns.has(input.value)
  for (const input of inputs('specific')) input.checked = state.specific
}

/** Ranks the columns anew whose threshold or class has changed, the one that sorts first. */
async function refresh(): Promise<void> {
  const wanted = { t: state.t, target: state.target }
  const ordered = heads.toSorted((a, b) => Number(columnId(b) === state.sort) - Number(columnId(a) === state.sort))
  table.setAttribute('aria-busy', 'true')
  for (const head of ordered) {
    const old = measureOf(head)
    if (!old) continue
    const measure = data.measures.find(m => m.metric === old.metric && m.target === wanted.target) ?? old
    if (measure.key === old.key && !(measure.perThreshold && wanted.t !== shown.t)) continue
    await fill(head, measure, wanted.t)
    if (state.t !== wanted.t || state.target !== wanted.target) return
  }
  Object.assign(shown, wanted)
  table.removeAttribute('aria-busy')
  arrange()
}

async function fill(head: HTMLElement, measure: PageMeasure, t: number): Promise<void> {
  const values = await columns.values(measure, data.thresholds[t] ?? 0)
  const contenders = [...values].map(([id, list]) => ({
    id,
    control: controls.has(id),
    ceiling: ceilings.has(id),
    values: list,
  }))
  const metric = metrics[measure.metric]
  const cells = cellsOf(rankRows(contenders, metric.direction), metric)
  const curves = measure.key === head.dataset.key ? null : await curvesOf(measure)
  head.dataset.key = measure.key
  for (const row of rows) {
    const cell = cellOf(row, head)
    const view = cells.get(row.dataset.id ?? '')
    if (!cell || !view) continue
    const { class: classes, ...attributes } = cellAttributes(view)
    cell.className = `n ${cell.classList.contains('first') ? 'first ' : ''}${classes}`
    for (const [name, value] of Object.entries(attributes)) cell.setAttribute(name, value)
    one('span', cell).textContent = view.text
    const curve = curves?.get(row.dataset.id ?? '')
    if (curve) cell.querySelector('path')?.setAttribute('d', sparkPath(curve, metrics[measure.metric].range))
  }
}

/** Means per threshold, by row. */
async function curvesOf(measure: PageMeasure): Promise<Map<string, number[]> | null> {
  if (!measure.perThreshold) return null
  const found = new Map<string, number[]>()
  for (const at of data.thresholds) {
    for (const [row, values] of await columns.values(measure, at)) {
      const there = values.filter(value => value !== null)
      found.set(row, [...(found.get(row) ?? []), there.reduce((a, b) => a + b, 0) / Math.max(1, there.length)])
    }
  }
  return found
}

const cellValue = (row: HTMLTableRowElement, head: HTMLElement): number | null => {
  const text = cellOf(row, head)?.dataset.v ?? ''
  return text === '' ? null : Number(text)
}

/** Order, filters, the line at the best control and the ranks, all from the state. */
function arrange(): void {
  const head = heads.find(h => columnId(h) === state.sort)
  if (!head) return
  for (const other of heads) {
    if (other === head) other.setAttribute('aria-sort', state.ascending ? 'ascending' : 'descending')
    else other.removeAttribute('aria-sort')
    other.hidden = state.hiddenColumns.has(other.dataset.group ?? '')
  }
  for (const group of table.querySelectorAll<HTMLElement>('thead tr:first-child [data-group], td[data-group]')) {
    group.hidden = state.hiddenColumns.has(group.dataset.group ?? '')
  }
  const sign = state.ascending ? 1 : -1
  const ordered = rows.toSorted((a, b) => {
    const [x, y] = [cellValue(a, head), cellValue(b, head)]
    if (x === null || y === null) return Number(x === null) - Number(y === null)
    return sign * (x - y)
  })
  const natural = state.ascending === (head.dataset.direction === 'lower')
  const bestControl = natural
    ? ordered.find(row => row.matches('.control:not(.ceiling)') && cellValue(row, head) !== null)
    : null
  for (const row of ordered) {
    row.classList.toggle('best-control', row === bestControl)
    const control = row.classList.contains('control')
    row.hidden =
      !control &&
      (state.hiddenFamilies.has(row.dataset.family ?? '') || (state.specific && row.dataset.specific === undefined))
    one('.rank', row).textContent = cellOf(row, head)?.dataset.r ?? ''
    one<HTMLInputElement>('.pick', row).checked = state.picked.has(row.dataset.method ?? '')
  }
  if (ordered.some((row, i) => row !== body.rows[i])) body.append(...ordered)
  bar.hidden = state.picked.size === 0
  one('span', bar).textContent = state.picked.size === 1 ? 'One method; choose another' : `${state.picked.size} methods`
  const link = one<HTMLAnchorElement>('a', bar)
  link.hidden = state.picked.size < 2
  link.search = `?board=${data.path}&methods=${[...state.picked].map(encodeURIComponent).join(',')}`
}

function update(change: Partial<State>): void {
  state = { ...state, ...change }
  writeState()
  showForm()
  arrange()
  if (state.t !== shown.t || state.target !== shown.target) void refresh()
}

const toggled = (set: ReadonlySet<string>, value: string, present: boolean): Set<string> => {
  const copy = new Set(set)
  if (present) copy.add(value)
  else copy.delete(value)
  return copy
}

form.addEventListener('input', event => {
  const { target } = event
  if (!(target instanceof HTMLInputElement)) return
  const { name, value, checked } = target
  if (name === 't') update({ t: Number(value) })
  if (name === 'class') update({ target: value })
  if (name === 'family') update({ hiddenFamilies: toggled(state.hiddenFamilies, value, !checked) })
  if (name === 'columns') update({ hiddenColumns: toggled(state.hiddenColumns, value, !checked) })
  if (name === 'specific') update({ specific: checked })
})

form.addEventListener('reset', event => {
  event.preventDefault()
  update({
    t: defaultThreshold,
    target: defaultTarget,
    hiddenFamilies: new Set(),
    hiddenColumns: new Set(),
    specific: false,
    sort: defaultSort,
    ascending: naturalOrder(defaultSort),
    picked: new Set(),
  })
})

form.addEventListener('submit', event => event.preventDefault())

for (const head of heads) {
  one('button', head).addEventListener('click', () => {
    const sort = columnId(head)
    update({ sort, ascending: sort === state.sort ? !state.ascending : naturalOrder(sort) })
  })
}

const pick = (row: HTMLTableRowElement, present: boolean): void =>
  update({ picked: toggled(state.picked, row.dataset.method ?? '', present) })

for (const row of rows) {
  one<HTMLInputElement>('.pick', row).addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement) pick(row, target.checked)
  })
}

// One stop for the Tab key; arrows move from there.
const linksOf = (row: HTMLTableRowElement | undefined): HTMLAnchorElement[] =>
  [...(row?.querySelectorAll<HTMLAnchorElement>('th > a, td > a') ?? [])].filter(link => !link.closest('[hidden]'))

function focusOn(link: HTMLAnchorElement | undefined): void {
  if (!link) return
  for (const other of body.querySelectorAll('a')) other.tabIndex = -1
  link.tabIndex = 0
  link.focus()
}

for (const link of body.querySelectorAll('a')) link.tabIndex = -1
const [start] = linksOf(body.rows[0])
if (start) start.tabIndex = 0

body.addEventListener('keydown', event => {
  const link = event.target instanceof HTMLElement ? event.target.closest('a') : null
  const row = event.target instanceof HTMLElement ? event.target.closest('tr') : null
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === 'c') {
    pick(row, !state.picked.has(row.dataset.method ?? ''))
    return
  }
  if (!link) return
  const visible = [...body.rows].filter(r => !r.hidden)
  const [at, column] = [visible.indexOf(row), linksOf(row).indexOf(link)]
  const goal: Readonly<Record<string, () => HTMLAnchorElement | undefined>> = {
    ArrowDown: () => linksOf(visible[at + 1])[column],
    ArrowUp: () => linksOf(visible[at - 1])[column],
    ArrowRight: () => linksOf(row)[column + 1],
    ArrowLeft: () => linksOf(row)[column - 1],
    Home: () => linksOf(row)[0],
    End: () => linksOf(row).at(-1),
  }
  const move = goal[event.key]
  if (!move) return
  event.preventDefault()
  focusOn(move())
})

document.addEventListener('click', ({ target }) => {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>('details.word[open]')) {
    if (target instanceof Node && !menu.contains(target)) menu.open = false
  }
})

document.addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape') return
  for (const menu of document.querySelectorAll<HTMLDetailsElement>('details.word[open]')) {
    menu.open = false
    menu.querySelector('summary')?.focus()
  }
})

update({})
