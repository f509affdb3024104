import { columnId, data, form, heads } from './board-page.ts'
import { one, searchOf } from './page.ts'

/** What a reader has set; all of it is in the link. */
export interface State {
  /** Position of the threshold. */
  readonly t: number
  readonly target: string
  /** Families that are hidden, and groups of columns that are opened. */
  readonly hiddenFamilies: ReadonlySet<string>
  readonly openColumns: ReadonlySet<string>
  readonly specific: boolean
  /** Whether neighbours are told apart at an error rate for all of them together. */
  readonly corrected: boolean
  /** The most passes that a shown method may cost; `null` for any. */
  readonly passes: number | null
  /** How much a reader weighs measures, by their short names; empty without a mean of one's own. */
  readonly weights: ReadonlyMap<string, number>
  readonly sort: string
  readonly ascending: boolean
  readonly picked: ReadonlySet<string>
}

const slider = form.elements.namedItem('t')
const range = slider instanceof HTMLInputElement ? slider : null
const firstThreshold = Number(range?.dataset.default ?? 0)
const firstSort = heads.find(head => head.hasAttribute('aria-sort')) ?? heads[0]
const sort = firstSort ? columnId(firstSort) : ''
const inputs = (name: string): HTMLInputElement[] => [
  ...document.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`),
]
const firstTarget = inputs('class')[0]?.value ?? ''
/** Whether the better end of a column is its lower one. */
export const naturalOrder = (sort: string) => heads.find(head => columnId(head) === sort)?.dataset.direction === 'lower'

/** As the page comes. */
export const defaults: State = {
  t: firstThreshold,
  target: firstTarget,
  hiddenFamilies: new Set(),
  openColumns: new Set(),
  specific: false,
  corrected: false,
  passes: null,
  weights: new Map(),
  sort,
  ascending: naturalOrder(sort),
  picked: new Set(),
}

const weightInputs = inputs('weight')
const passesSelect = one<HTMLSelectElement>('select[name="passes"]', form)

/** The column that the reader's own weights fill. */
export const PROFILE = 'profile'

function readWeights(text: string): Map<string, number> {
  const pairs = text.split(',').map(pair => pair.split(':'))
  return new Map(
    weightInputs.flatMap(({ value: _, dataset: { measure = '' }, max }) => {
      const weight = Number(pairs.find(([name]) => name === measure)?.[1])
      return Number.isInteger(weight) && weight > 0 && weight <= Number(max) ? [[measure, weight] as const] : []
    }),
  )
}

export function readState(): State {
  const query = new URLSearchParams(location.search)
  const set = (name: string) => new Set(query.get(name)?.split(',').filter(Boolean) ?? [])
  const t = data.thresholds.indexOf(Number(query.get('t') ?? Number.NaN))
  const weights = readWeights(query.get('weights') ?? '')
  const known = heads.some(head => columnId(head) === query.get('sort'))
  const asked = known ? String(query.get('sort')) : weights.size > 0 ? PROFILE : defaults.sort
  const sort = asked === PROFILE && weights.size === 0 ? defaults.sort : asked
  const most = Number(query.get('passes') ?? Number.NaN)
  const target = inputs('class').find(input => input.value === query.get('class'))?.value ?? defaults.target
  return {
    t: t < 0 ? defaults.t : t,
    target,
    hiddenFamilies: set('without'),
    openColumns: set('show'),
    specific: query.has('specific'),
    corrected: query.has('corrected'),
    passes: most > 0 ? most : null,
    weights,
    sort,
    ascending: query.has('order') ? query.get('order') === 'up' : naturalOrder(sort),
    picked: set('pick'),
  }
}

export function writeState(state: State): void {
  const query = new URLSearchParams()
  if (state.t !== defaults.t) query.set('t', String(data.thresholds[state.t]))
  if (state.target !== defaults.target) query.set('class', state.target)
  if (state.hiddenFamilies.size > 0) query.set('without', [...state.hiddenFamilies].join(','))
  if (state.openColumns.size > 0) query.set('show', [...state.openColumns].join(','))
  if (state.specific) query.set('specific', '')
  if (state.corrected) query.set('corrected', '')
  if (state.passes !== null) query.set('passes', String(state.passes))
  if (state.weights.size > 0) query.set('weights', [...state.weights].map(pair => pair.join(':')).join(','))
  if (state.sort !== defaults.sort) query.set('sort', state.sort)
  if (state.ascending !== naturalOrder(state.sort)) query.set('order', state.ascending ? 'up' : 'down')
  if (state.picked.size > 0) query.set('pick', [...state.picked].join(','))
  const search = searchOf(query)
  history.replaceState(null, '', `${location.pathname}${search}${location.hash}`)
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.word a')) link.search = search
}

export function showForm(state: State): void {
  if (range) range.value = String(state.t)
  const output = form.querySelector('output')
  if (output) output.value = String(data.thresholds[state.t])
  for (const input of inputs('class')) input.checked = input.value === state.target
  const targetWord = document.querySelector('#target')
  if (targetWord) targetWord.textContent = state.target
  for (const input of inputs('family')) input.checked = !state.hiddenFamilies.has(input.value)
  for (const input of inputs('columns')) input.checked = state.openColumns.has(input.value)
  for (const input of inputs('specific')) input.checked = state.specific
  for (const input of inputs('corrected')) input.checked = state.corrected
  for (const input of weightInputs) input.value = String(state.weights.get(input.dataset.measure ?? '') ?? 0)
  passesSelect.value = state.passes === null ? '' : String(state.passes)
  const sortSelect = one<HTMLSelectElement>('select[name="sort"]', form)
  for (const option of sortSelect.options) {
    if (option.value !== PROFILE) continue
    option.hidden = state.weights.size === 0
    if (option.parentElement) option.parentElement.hidden = option.hidden
  }
  sortSelect.value = state.sort
}
