import { forest, forestStyle } from '../shared/forest.ts'
import { describe, questionOf, showFirst } from './board-findings.ts'
import {
  bar,
  body,
  cellOf,
  columnId,
  data,
  form,
  heads,
  idOf,
  measureOf,
  rows,
  showTitle,
  table,
} from './board-page.ts'
import { defaults, naturalOrder, PROFILE, readState, type State, showForm, writeState } from './board-state.ts'
import { columnQuestion, ranked } from './board-values.ts'
import { one, setAttribute, setText } from './page.ts'
import { reorder } from './reorder.ts'

const box = one<HTMLElement>('.board-case')
let state = readState()
// What the cells of each column show; the page comes with the first columns as by default, and without curves over thresholds.
const shown = new Map(
  heads.map(
    head =>
      [
        head,
        head.classList.contains('later') || measureOf(head)?.perThreshold ? '' : columnQuestion(head, defaults),
      ] as const,
  ),
)

/** Milliseconds between changes of the table while columns arrive. */
const REST = 400

/** Whether a column is there; asked of its classes, since asking the browser what it shows costs a layout. */
const isShown = (head: HTMLElement) => !head.classList.contains('more') || head.classList.contains('open')

/** Ranks the visible columns anew whose threshold, class or weights have changed, the one that sorts first. */
async function refresh(): Promise<void> {
  const wanted = state
  const isAsked = () => state === wanted
  const stale = heads
    .filter(isShown)
    .filter(head => columnQuestion(head, state) !== shown.get(head))
    .sort((a, b) => Number(columnId(b) === state.sort) - Number(columnId(a) === state.sort))
  table.toggleAttribute('aria-busy', stale.length > 0)
  // What sorts is shown as soon as it is there, and all else a few times a second: each change of the table costs a frame.
  const ready: (() => void)[] = []
  let last = performance.now()
  for (const head of stale) {
    const show = await ranked(head, wanted)
    if (!isAsked()) return
    const sorts = columnId(head) === state.sort
    ready.push(() => {
      show?.()
      shown.set(head, columnQuestion(head, wanted))
      if (sorts) arrange()
    })
    if (!sorts && performance.now() - last < REST && head !== stale.at(-1)) continue
    for (const showNext of ready.splice(0)) showNext()
    last = performance.now()
  }
  table.removeAttribute('aria-busy')
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
  }
  showColumns(head)
  const sign = state.ascending ? 1 : -1
  const ordered = rows.toSorted((a, b) => {
    const [x, y] = [cellValue(a, head), cellValue(b, head)]
    if (x === null || y === null) return Number(x === null) - Number(y === null)
    return sign * (x - y)
  })
  const natural = state.ascending === (head.dataset.direction === 'lower')
  const bestControl = natural
    ? ordered.find(row => row.matches('.control:not(.told-truth)') && cellValue(row, head) !== null)
    : null
  for (const row of ordered) {
    row.classList.toggle('best-control', row === bestControl)
    const control = row.classList.contains('control')
    row.hidden =
      !control &&
      (state.hiddenFamilies.has(row.dataset.family ?? '') ||
        (state.specific && row.dataset.specific === undefined) ||
        (state.passes !== null && Number(row.dataset.cost) > state.passes))
    setText(one('.rank', row), cellOf(row, head)?.dataset.r ?? '')
    one<HTMLInputElement>('.pick', row).checked = state.picked.has(row.dataset.method ?? '')
  }
  reorder(body, ordered)
  // Bands stand as long as what they were made of.
  if (banded !== questionOf(state) && shown.get(head) === columnQuestion(head, state)) showBands(null)
  showForest(head)
  bar.hidden = state.picked.size === 0
  one('span', bar).textContent =
    state.picked.size === 1 ? 'One method; choose another to compare' : `${state.picked.size} methods`
  const link = one<HTMLAnchorElement>('a', bar)
  link.hidden = state.picked.size < 2
  link.search = `?board=${data.path}&methods=${[...state.picked].map(encodeURIComponent).join(',')}`
}

/** The intervals of the sorted column on one axis. */
function showForest(head: HTMLElement): void {
  const title = document.querySelector<HTMLElement>('#forest')
  if (!title) return
  const cells = rows.flatMap(row => {
    const { v = '', i } = cellOf(row, head)?.dataset ?? {}
    const [low, high] = i?.split(' ').map(Number) ?? []
    return v === '' || low === undefined || high === undefined
      ? []
      : [{ id: idOf(row), value: Number(v), interval: [low, high] as const }]
  })
  const control = rows.find(row => row.classList.contains('best-control'))
  const direction = head.dataset.direction === 'lower' ? 'lower' : 'higher'
  const found = forest(
    cells,
    cells.find(({ id }) => control && id === idOf(control)),
    direction,
  )
  table.style.setProperty('--c', String(found?.control ?? -1))
  setText(one('b', title), one('button', head).firstChild?.textContent ?? '')
  for (const [i, end] of title.querySelectorAll('i').entries()) setText(end, found?.ends[i] ?? '')
  for (const row of rows) {
    const place = found?.rows.get(idOf(row))
    const cell = one('.forest', row)
    if (!place) cell.replaceChildren()
    else {
      const mark = cell.querySelector('i') ?? cell.appendChild(document.createElement('i'))
      setAttribute(mark, 'style', forestStyle(place))
      setAttribute(mark, 'class', place.off ? 'off' : '')
    }
  }
}

let shownColumns = ''

/** The columns that are always there, those of opened groups, and the one that is sorted by. */
function showColumns(sorted: HTMLElement): void {
  // A threshold that moves changes no column's place: laying out the table anew would take longer than all else.
  const wanted = JSON.stringify([columnId(sorted), ...state.openColumns, state.weights.size > 0])
  if (wanted === shownColumns) return
  shownColumns = wanted
  const isOpen = (cell: HTMLElement) =>
    state.openColumns.has(cell.dataset.group ?? '') || (columnId(cell) === PROFILE && state.weights.size > 0)
  for (const head of heads) {
    const shown = isOpen(head) || head === sorted
    head.classList.toggle('open', shown)
    for (const row of rows) {
      const cell = cellOf(row, head)
      cell?.classList.toggle('open', shown)
      cell?.classList.toggle('sorted', head === sorted)
    }
  }
  for (const group of table.querySelectorAll<HTMLTableCellElement>('thead tr:first-child [data-group]')) {
    const shown = heads.filter(head => head.dataset.group === group.dataset.group && isShown(head))
    group.classList.toggle('open', shown.length > 0)
    group.classList.toggle('first', shown[0]?.classList.contains('first'))
    group
      .querySelector('.opens')
      ?.setAttribute('aria-expanded', String(state.openColumns.has(group.dataset.group ?? '')))
    group.colSpan = Math.max(1, shown.length)
    const count = (width: string) => shown.filter(head => head.classList.contains(width)).length
    group.style.cssText = `--columns:${shown.length};--curves:${count('curve')};--plains:${count('plain')}`
  }
  // Only what a reader has opened beyond the page's width gets a box that scrolls.
  box.classList.remove('wide')
  box.classList.toggle('wide', table.offsetWidth > box.clientWidth + 1)
}

/** What the bands are of. */
let banded = questionOf(defaults)

/** Rows of one band are not told apart from its first one. */
function showBands(bands: ReadonlyMap<string, number> | null): void {
  banded = questionOf(state)
  let last = 0
  for (const row of body.rows) {
    const band = bands?.get(idOf(row))
    row.classList.toggle('odd-band', band !== undefined && band % 2 === 1)
    row.classList.toggle('begins-band', band !== undefined && band !== last)
    if (band !== undefined) last = band
  }
}

/** What the sentence is of. */
let described = questionOf(defaults)
let soon = 0

function update(change: Partial<State>): void {
  state = { ...state, ...change }
  writeState(state)
  showForm(state)
  arrange()
  showFirst(state)
  void refresh()
  const question = questionOf(state)
  if (question === described) return
  described = question
  // A slider that moves asks many times; the last one counts.
  clearTimeout(soon)
  soon = window.setTimeout(async () => {
    const isAsked = () => described === question
    const bands = await describe(state, isAsked)
    if (isAsked()) showBands(bands)
  }, 150)
}

const toggled = (set: ReadonlySet<string>, value: string, present: boolean): Set<string> => {
  const copy = new Set(set)
  if (present) copy.add(value)
  else copy.delete(value)
  return copy
}

/** Sets a weight, and sorts by the reader's own mean as long as there is one. */
function weigh(measure: string, weight: number): void {
  const weights = new Map(state.weights)
  if (weight > 0) weights.set(measure, weight)
  else weights.delete(measure)
  const sort = weights.size > 0 ? PROFILE : defaults.sort
  update({ weights, sort, ascending: naturalOrder(sort) })
}

// The explained class is chosen in the headline.
for (const part of [form, ...document.querySelectorAll('.setting')]) part.addEventListener('input', chosen)

function chosen({ target }: Event): void {
  if (target instanceof HTMLSelectElement && target.name === 'passes') {
    update({ passes: target.value === '' ? null : Number(target.value) })
    return
  }
  if (target instanceof HTMLSelectElement) {
    update({ sort: target.value, ascending: naturalOrder(target.value) })
    return
  }
  if (!(target instanceof HTMLInputElement)) return
  const { name, value, checked } = target
  if (name === 't') update({ t: Number(value) })
  if (name === 'class') update({ target: value })
  if (name === 'family') update({ hiddenFamilies: toggled(state.hiddenFamilies, value, !checked) })
  if (name === 'columns') update({ openColumns: toggled(state.openColumns, value, checked) })
  if (name === 'weight') weigh(target.dataset.measure ?? '', Number(value))
  if (name === 'specific') update({ specific: checked })
  if (name === 'corrected') update({ corrected: checked })
}

form.addEventListener('reset', event => {
  event.preventDefault()
  update(defaults)
})

form.addEventListener('submit', event => event.preventDefault())

for (const opens of table.querySelectorAll<HTMLButtonElement>('.opens')) {
  const group = opens.closest('th')?.dataset.group ?? ''
  opens.addEventListener('click', () =>
    update({ openColumns: toggled(state.openColumns, group, !state.openColumns.has(group)) }),
  )
}

for (const head of heads) {
  one('button', head).addEventListener('click', () => {
    const sort = columnId(head)
    update({ sort, ascending: sort === state.sort ? !state.ascending : naturalOrder(sort) })
  })
}

const pick = (row: HTMLTableRowElement, present: boolean): void =>
  update({ picked: toggled(state.picked, row.dataset.method ?? '', present) })

for (const row of rows) {
  const unfold = one<HTMLButtonElement>('.unfold', row)
  unfold.addEventListener('click', () => {
    const open = row.classList.toggle('unfolded')
    for (const head of heads) {
      const link = cellOf(row, head)?.querySelector('a')
      if (link) link.dataset.l = one('button', head).firstChild?.textContent ?? ''
    }
    unfold.setAttribute('aria-expanded', String(open))
    unfold.textContent = open ? 'less' : 'more'
  })
  one<HTMLInputElement>('.pick', row).addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement) pick(row, target.checked)
  })
}

// What makes pictures is loaded when one is asked for.
const pickedRows = () => [...body.rows].filter(row => state.picked.has(row.dataset.method ?? ''))
one('#save-rows').addEventListener('click', async () => (await import('./embed-rows.ts')).saveRows(pickedRows()))
one('#save-cells').addEventListener('click', async () => (await import('./embed-rows.ts')).saveCells(pickedRows()))

// One stop for the Tab key; arrows move from there.
const linksOf = (row: HTMLTableRowElement | undefined): HTMLAnchorElement[] =>
  [...(row?.querySelectorAll<HTMLAnchorElement>('th > a, td > a') ?? [])].filter(link => link.checkVisibility())

function focusOn(link: HTMLAnchorElement | undefined): void {
  if (!link) return
  for (const other of body.querySelectorAll('a')) other.tabIndex = -1
  link.tabIndex = 0
  link.focus()
}

for (const link of body.querySelectorAll('a')) link.tabIndex = -1
const [start] = linksOf(body.rows[0])
if (start) start.tabIndex = 0

// Whoever skips to the table is in its first cell; `c` chooses rows, so their boxes are no stops of the Tab key.
table.addEventListener('focus', () => focusOn(linksOf([...body.rows].find(row => !row.hidden))[0]))
for (const box of body.querySelectorAll<HTMLInputElement>('.pick')) box.tabIndex = -1

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

// What cells say when pointed at can wait until nothing else does.
const later = window.requestIdleCallback ?? setTimeout
later(() => {
  for (const strip of body.querySelectorAll<HTMLElement>('.maps a')) strip.title = strip.ariaLabel ?? ''
  for (const cell of body.querySelectorAll<HTMLElement>('td.n')) showTitle(cell)
})
