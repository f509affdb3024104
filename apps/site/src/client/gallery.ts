import { plural } from '../shared/format.ts'
import { one, searchOf } from './page.ts'

// Sorts and filters the rows of a gallery, and keeps what is set in the link.

const form = one<HTMLFormElement>('#sift')
const table = one<HTMLTableElement>('.gallery')
const [body] = table.tBodies
const rows = [...(body?.rows ?? [])]
const families = [...form.querySelectorAll<HTMLInputElement>('[name="family"]')]
const sort = one<HTMLSelectElement>('[name="sort"]', form)
const controls = one<HTMLInputElement>('[name="controls"]', form)
const wrong = one<HTMLInputElement>('[name="wrong"]', form)
const words = one<HTMLInputElement>('[name="words"]', form)
const found = one<HTMLOutputElement>('#found')
const right = [...table.querySelectorAll<HTMLElement>('thead th[scope="col"]')].map(
  head => head.dataset.wrong === undefined,
)

const nameOf = (row: HTMLElement): string => one('th a', row).textContent ?? ''
const by =
  (text: (row: HTMLElement) => string, sign = 1) =>
  (a: HTMLElement, b: HTMLElement) =>
    sign * text(a).localeCompare(text(b), 'en') || nameOf(a).localeCompare(nameOf(b), 'en')

/** The page comes in the order of the ranks. */
const orders: Readonly<Record<string, (a: HTMLElement, b: HTMLElement) => number>> = {
  rank: () => 0,
  name: by(nameOf),
  family: by(row => row.dataset.family ?? ''),
  year: by(row => row.dataset.year ?? '', -1),
}

/** Whether a map is said to be what a reader looks for: every word stands in its sentence. */
function matches(cell: HTMLElement, asked: readonly string[]): boolean {
  const sentence = (cell.querySelector('a')?.ariaLabel ?? '').toLowerCase()
  return asked.every(word => sentence.includes(word))
}

function show(): void {
  body?.append(...rows.toSorted(orders[sort.value] ?? orders.rank))
  const shown = new Set(families.filter(input => input.checked).map(input => input.value))
  for (const row of rows)
    row.hidden = row.classList.contains('control') ? !controls.checked : !shown.has(row.dataset.family ?? '')
  for (const row of table.rows)
    for (const [i, cell] of [...row.cells].slice(1).entries()) cell.hidden = wrong.checked && right[i] === true
  showFound()
}

/** Dims the maps of which something else is said, and leaves out the rows that have no other. */
function showFound(): void {
  const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean)
  let count = 0
  for (const row of rows) {
    const cells = [...row.cells].slice(1).filter(cell => !cell.hidden)
    for (const cell of cells) cell.classList.toggle('dim', !matches(cell, asked))
    const fitting = cells.filter(cell => !cell.classList.contains('dim')).length
    if (fitting === 0 && asked.length > 0) row.hidden = true
    if (!row.hidden) count += fitting
  }
  found.value = asked.length === 0 ? '' : plural(count, 'map')
}

function readState(): void {
  const query = new URLSearchParams(location.search)
  if (query.get('sort') !== null && (query.get('sort') ?? '') in orders) sort.value = query.get('sort') ?? ''
  const without = query.get('without')?.split(',') ?? []
  for (const input of families) input.checked = !without.includes(input.value)
  controls.checked = !without.includes('control')
  wrong.checked = query.has('wrong')
  words.value = query.get('words') ?? ''
}

function writeState(): void {
  const query = new URLSearchParams()
  if (sort.value !== 'rank') query.set('sort', sort.value)
  const without = [
    ...families.filter(input => !input.checked).map(input => input.value),
    ...(controls.checked ? [] : ['control']),
  ]
  if (without.length > 0) query.set('without', without.join(','))
  if (wrong.checked) query.set('wrong', '')
  if (words.value) query.set('words', words.value)
  history.replaceState(null, '', `${location.pathname}${searchOf(query)}${location.hash}`)
}

readState()
if (location.search) show()

form.addEventListener('input', () => {
  show()
  writeState()
})
