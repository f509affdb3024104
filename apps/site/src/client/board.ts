import { describe, questionOf, showFirst } from './board-findings.ts'
import { bar, body, cellOf, columnId, data, form, heads, idOf, measureFor, rows, table } from './board-page.ts'
import { defaults, naturalOrder, readState, type State, showForm, writeState } from './board-state.ts'
import { fill } from './board-values.ts'
import { one } from './page.ts'

let state = readState()
// What the cells show; the page comes with the defaults.
const shown = { t: defaults.t, target: defaults.target }

/** Ranks the columns anew whose threshold or class has changed, the one that sorts first. */
async function refresh(): Promise<void> {
  const wanted = { t: state.t, target: state.target }
  const ordered = heads.toSorted((a, b) => Number(columnId(b) === state.sort) - Number(columnId(a) === state.sort))
  table.setAttribute('aria-busy', 'true')
  for (const head of ordered) {
    const measure = measureFor(head, wanted.target)
    if (!measure) continue
    if (measure.key === head.dataset.key && !(measure.perThreshold && wanted.t !== shown.t)) continue
    await fill(head, measure, wanted.t)
    if (state.t !== wanted.t || state.target !== wanted.target) return
  }
  Object.assign(shown, wanted)
  table.removeAttribute('aria-busy')
  arrange()
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

/** The columns that are always there, those of opened groups, and the one that is sorted by. */
function showColumns(sorted: HTMLElement): void {
  const isOpen = (cell: HTMLElement) => state.openColumns.has(cell.dataset.group ?? '')
  for (const [i, head] of heads.entries()) {
    const shown = isOpen(head) || head === sorted
    head.classList.toggle('open', shown)
    for (const row of rows) {
      const cell = row.querySelectorAll('td.n')[i]
      cell?.classList.toggle('open', shown)
      cell?.classList.toggle('sorted', head === sorted)
    }
  }
  for (const group of table.querySelectorAll<HTMLTableCellElement>('thead tr:first-child [data-group]')) {
    const own = heads.filter(head => head.dataset.group === group.dataset.group)
    const shown = own.filter(head => !head.classList.contains('more') || head.classList.contains('open')).length
    group.classList.toggle('open', shown > 0)
    group.colSpan = Math.max(1, shown)
  }
}

/** Rows of one band are not told apart from its first one. */
function showBands(bands: ReadonlyMap<string, number> | null): void {
  let last = 0
  for (const row of body.rows) {
    const band = bands?.get(idOf(row))
    row.classList.toggle('odd-band', band !== undefined && band % 2 === 1)
    row.classList.toggle('begins-band', band !== undefined && band !== last)
    if (band !== undefined) last = band
  }
}

/** What the sentence and the bands say. */
let described = questionOf(defaults)
let soon = 0

function update(change: Partial<State>): void {
  state = { ...state, ...change }
  writeState(state)
  showForm(state)
  arrange()
  showFirst(state)
  if (state.t !== shown.t || state.target !== shown.target) void refresh()
  const question = questionOf(state)
  if (question === described) return
  described = question
  showBands(null)
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

form.addEventListener('input', event => {
  const { target } = event
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
  if (name === 'specific') update({ specific: checked })
})

form.addEventListener('reset', event => {
  event.preventDefault()
  update(defaults)
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
