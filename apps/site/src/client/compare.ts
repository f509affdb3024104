import { list } from '../shared/format.ts'
import { fetchFacts } from './board-data.ts'
import { measuredOf } from './compare-data.ts'
import { imagesApart } from './compare-images.ts'
import { compareRows, differencesTable, verdictWords } from './compare-table.ts'
import { element } from './element.ts'
import { one, searchOf } from './page.ts'

const root = document.documentElement.dataset.root ?? ''
const result = one<HTMLElement>('#result')
const legend = one<HTMLElement>('#legend')
const boards = one<HTMLSelectElement>('#boards')
const methods = one<HTMLFieldSetElement>('#methods')
const against = one<HTMLSelectElement>('#against')
const classes = one<HTMLFieldSetElement>('#classes')
const holm = one<HTMLInputElement>('#holm')

const query = new URLSearchParams(location.search)
const board = query.get('board')
if (board !== null && [...boards.options].some(({ value }) => value === board)) boards.value = board
let chosen = (query.get('methods') ?? result.dataset.preset ?? '').split(',').filter(Boolean)
let reference = query.get('against') ?? ''
let target = query.get('class') ?? ''
holm.checked = query.has('holm')

function writeState(): void {
  const search = new URLSearchParams({ board: boards.value, methods: chosen.join(',') })
  if (reference && reference !== chosen[0]) search.set('against', reference)
  if (target && target !== 'predicted') search.set('class', target)
  if (holm.checked) search.set('holm', '')
  history.replaceState(null, '', `${location.pathname}${searchOf(search)}`)
}

/** The choices that a board gives, with what is chosen of them. */
function showForm({ rows, measures }: Awaited<ReturnType<typeof fetchFacts>>): void {
  chosen = chosen.filter(row => rows.some(r => r.row === row))
  if (!chosen.includes(reference)) reference = chosen[0] ?? ''
  methods.replaceChildren(
    one('legend', methods),
    ...rows.map(({ row, name }) => {
      const box = element('input', { type: 'checkbox', value: row })
      box.checked = chosen.includes(row)
      return element('label', {}, box, name)
    }),
  )
  against.replaceChildren(
    ...chosen.map(row => element('option', { value: row }, rows.find(r => r.row === row)?.name ?? row)),
  )
  against.value = reference
  const targets = [...new Set(measures.map(m => m.target))]
  target = targets.find(t => t === target) ?? targets[0] ?? ''
  classes.hidden = targets.length < 2
  classes.replaceChildren(
    one('legend', classes),
    ...targets.map(value => {
      const input = element('input', { type: 'radio', name: 'class', value })
      input.checked = value === target
      return element('label', {}, input, value)
    }),
  )
}

let asked = 0

async function show(): Promise<void> {
  const question = ++asked
  const facts = await fetchFacts(root, boards.value)
  if (question !== asked) return
  showForm(facts)
  writeState()
  one('#credit').replaceChildren(...(facts.credit ? [element('p', {}, facts.credit)] : []))
  const rows = chosen.flatMap(row => facts.rows.find(r => r.row === row) ?? [])
  const first = rows.find(({ row }) => row === reference)
  const others = rows.filter(row => row !== first)
  one('#title').textContent =
    first && others.length > 0 ? `${list(others.map(r => r.name))} against ${first.name}` : 'Compare methods'
  one('#setting').textContent =
    `${facts.names.model} on ${facts.names.dataset}, ${facts.setting.protocol} protocol, ${facts.setting.engine}: paired differences on the same ${facts.images.id.length} images, with 95 % bootstrap intervals.`
  for (const part of document.querySelectorAll('.until-shown:not(#result)')) part.classList.add('shown')
  if (!first || others.length === 0) {
    result.classList.add('shown')
    result.replaceChildren(element('p', {}, 'Choose two methods or more.'))
    one<HTMLDetailsElement>('#more').open = true
    return
  }
  const measured = await measuredOf(root, facts, rows, target)
  const lines = await compareRows(first, others, measured)
  if (question !== asked) return
  const words = verdictWords(lines, holm.checked)
  legend.hidden = false
  result.classList.add('shown')
  result.replaceChildren(
    element('p', {}, words),
    differencesTable(facts, first, others, lines, holm.checked),
    element('h2', {}, 'Where they differ most'),
    legend,
    ...imagesApart(root, facts, [first, ...others], measured),
  )
  one('#status').textContent = words
}

one('#choose').addEventListener('change', ({ target: changed }) => {
  if (changed === against) reference = against.value
  else if (changed instanceof HTMLInputElement && changed.name === 'class') target = changed.value
  else if (changed instanceof HTMLInputElement && methods.contains(changed))
    chosen = changed.checked ? [...chosen, changed.value] : chosen.filter(row => row !== changed.value)
  void show()
})
one('#choose').addEventListener('submit', event => event.preventDefault())

void show()
