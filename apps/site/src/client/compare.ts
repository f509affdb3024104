import { type ImageValues, metrics, type PairedDifference, pairedDifference } from '@vitrine/metrics'
import type { BoardFacts, PageMeasure } from '../data/boards/board-json.ts'
import { decimalsFor, fixed, list } from '../shared/format.ts'
import { roles } from '../shared/roles.ts'
import { boardColumns, fetchFacts } from './board-data.ts'
import { one } from './page.ts'

type Row = BoardFacts['rows'][number]

/** Images shown side by side. */
const APART = 6

const root = document.documentElement.dataset.root ?? ''
const result = one<HTMLElement>('#result')
const boards = one<HTMLSelectElement>('#boards')
const methods = one<HTMLFieldSetElement>('#methods')
const known = [...boards.options].map(option => option.value)

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

const query = new URLSearchParams(location.search)
const asked = query.get('board')
if (asked !== null && known.includes(asked)) boards.value = asked
let chosen = (query.get('methods') ?? result.dataset.preset ?? '').split(',').filter(Boolean)

function writeState(): void {
  const methods = chosen.map(encodeURIComponent).join(',')
  history.replaceState(null, '', `${location.pathname}?board=${boards.value}&methods=${methods}`)
}

async function show(): Promise<void> {
  const facts = await fetchFacts(root, boards.value)
  if (facts.path !== boards.value) return
  chosen = chosen.filter(row => facts.rows.some(r => r.row === row))
  methods.replaceChildren(
    one('legend', methods),
    ...facts.rows.map(({ row, name }) => {
      const box = element('input', { type: 'checkbox', value: row })
      box.checked = chosen.includes(row)
      return element('label', {}, box, name)
    }),
  )
  const rows = chosen.flatMap(row => facts.rows.find(r => r.row === row) ?? [])
  const [reference, ...others] = rows
  one('#title').textContent =
    reference && others.length > 0 ? `${list(others.map(r => r.name))} against ${reference.name}` : 'Compare methods'
  one('#setting').textContent =
    `${facts.names.model} on ${facts.names.dataset}, ${facts.setting.protocol} protocol, ${facts.setting.engine}: paired differences on the same ${facts.images.id.length} images, with 95 % bootstrap intervals.`
  if (!reference || others.length === 0) {
    result.replaceChildren(
      element('p', {}, 'Choose two methods or more; the first is what the others are held against.'),
    )
    one<HTMLDetailsElement>('#more').open = true
    return
  }
  const columns = boardColumns(root, facts.path)
  const at = facts.thresholds[facts.at] ?? 0.5
  const measured: { measure: PageMeasure; values: Map<string, ImageValues> }[] = []
  for (const measure of facts.measures) {
    const found = await columns.values(measure, at)
    measured.push({ measure, values: new Map([...found].map(([row, { values }]) => [row, values])) })
  }
  result.replaceChildren(differences(facts, reference, others, measured), apart(facts, rows, measured))
}

function differences(
  facts: BoardFacts,
  reference: Row,
  others: readonly Row[],
  measured: readonly { measure: PageMeasure; values: Map<string, ImageValues> }[],
): HTMLElement {
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'Measure'),
    element('th', { scope: 'col' }, reference.name),
    ...others.flatMap(other => [
      element('th', { scope: 'col' }, other.name),
      element('th', { scope: 'col' }, 'Difference'),
    ]),
  )
  let group = ''
  const body = measured.flatMap(({ measure, values }) => {
    const metric = metrics[measure.metric]
    const mine = values.get(reference.slug)
    if (!mine) return []
    const found = others.map(other => {
      const theirs = values.get(other.slug)
      return { theirs, difference: theirs ? pairedDifference(theirs, mine) : null }
    })
    const half = Math.max(...found.map(({ difference }) => halfWidth(difference)))
    const decimals = decimalsFor(half)
    const span = Math.max(
      ...found.flatMap(({ difference }) => [
        Math.abs(difference?.difference ?? 0),
        ...(difference?.interval ?? []).map(Math.abs),
      ]),
    )
    const title = `${measure.name}${measure.perThreshold ? ` at ${facts.thresholds[facts.at]}` : ''}`
    const row = element(
      'tr',
      {},
      element('th', { scope: 'row' }, title, ' ', element('small', { style: 'display:inline' }, measure.target)),
      element('td', {}, meanText(mine, decimals)),
      ...found.flatMap(({ theirs, difference }) => [
        element('td', {}, theirs ? meanText(theirs, decimals) : '–'),
        difference
          ? differenceCell(difference, roles[measure.metric].merit ? metric.direction : null, decimals, span)
          : element('td', {}, '–'),
      ]),
    )
    if (group === measure.family) return [row]
    group = measure.family
    const name = group.replace(/^./, letter => letter.toUpperCase())
    return [
      element(
        'tr',
        { class: 'group' },
        element('th', { scope: 'rowgroup', colspan: String(2 + 2 * others.length) }, name),
      ),
      row,
    ]
  })
  const table = element('table', { class: 'versus' }, element('thead', {}, head), element('tbody', {}, ...body))
  return element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Differences' }, table)
}

const halfWidth = (difference: PairedDifference | null): number =>
  difference?.interval ? (difference.interval[1] - difference.interval[0]) / 2 : 0

function meanText(values: ImageValues, decimals: number): string {
  const there = values.filter(value => value !== null)
  return there.length === 0 ? '–' : fixed(there.reduce((a, b) => a + b, 0) / there.length, decimals)
}

function differenceCell(
  { difference, interval, verdict }: PairedDifference,
  /** `null` where more is neither better nor worse. */
  direction: 'higher' | 'lower' | null,
  decimals: number,
  span: number,
): HTMLElement {
  if (Number.isNaN(difference)) return element('td', {}, 'no image in common')
  const better = verdict !== 'undecided' && (verdict === 'greater') === (direction === 'higher')
  const word = verdict === 'undecided' ? 'undecided' : direction === null ? 'differs' : better ? 'better' : 'worse'
  const place = (value: number) => `${50 + (48 * value) / (span || 1)}%`
  const line = interval
    ? [element('i', { style: `left:${place(interval[0])};width:calc(${place(interval[1])} - ${place(interval[0])})` })]
    : []
  const sign = difference > 0 ? '+' : ''
  const around = interval ? `${fixed(interval[0], decimals)} to ${fixed(interval[1], decimals)}` : 'one image'
  return element(
    'td',
    { class: word },
    `${sign}${fixed(difference, decimals)} `,
    element('strong', {}, word),
    element('small', {}, around),
    element(
      'span',
      { class: 'axis', 'aria-hidden': 'true' },
      ...line,
      element('b', { style: `left:${place(difference)}` }),
    ),
  )
}

/** The images on which the methods' values lie farthest apart. */
function apart(
  facts: BoardFacts,
  rows: readonly Row[],
  measured: readonly { measure: PageMeasure; values: Map<string, ImageValues> }[],
): HTMLElement {
  const lead = measured.find(m => m.measure.key === facts.lead) ?? measured[0]
  const { maps } = facts
  if (!lead || !maps) return element('p', {}, 'No maps are published for this board.')
  const at = (row: Row, image: number) => lead.values.get(row.slug)?.[image] ?? null
  const found = facts.images.id
    .flatMap((id, image) => {
      const values = rows.flatMap(row => at(row, image) ?? [])
      return values.length < 2 ? [] : [{ id, image, spread: Math.max(...values) - Math.min(...values) }]
    })
    .sort((a, b) => b.spread - a.spread)
    .slice(0, APART)
  const name = lead.measure.name
  const items = found.map(({ id, image }) => {
    const picture = maps.pictures[image]
    const tiles = rows.map(row => {
      const value = at(row, image)
      const tile = element('span', { class: 'tile', role: 'img', 'aria-label': `Map of ${row.name}` })
      if (picture)
        tile.append(element('img', { src: root + picture, alt: '', loading: 'lazy', width: '224', height: '224' }))
      const m = maps.tiles[row.row]
      if (m !== undefined)
        tile.append(
          element('i', {
            style: `--m:${m};--n:${maps.count};background-image:url("${root}maps/${maps.path}/${image}.predicted.webp")`,
          }),
        )
      const link = element(
        'a',
        { href: `${root}images/${maps.path}/${image}.html?method=${encodeURIComponent(row.row)}` },
        tile,
      )
      return element(
        'figure',
        {},
        link,
        element('figcaption', {}, `${value === null ? '–' : fixed(value, 2)} ${row.name}`),
      )
    })
    return element(
      'li',
      {},
      element('p', { style: 'margin:0 0 .3rem' }, facts.images.names[image] ?? id, ' ', element('small', {}, id)),
      element('div', { class: 'row' }, ...tiles),
    )
  })
  return element(
    'section',
    {},
    element('h2', {}, 'Where they differ most'),
    element(
      'p',
      { class: 'quiet' },
      `By ${name}${lead.measure.perThreshold ? ` at ${facts.thresholds[facts.at]}` : ''} of the ${lead.measure.target} class.`,
    ),
    element('ul', { class: 'apart' }, ...items),
  )
}

boards.addEventListener('change', () => {
  writeState()
  void show()
})

methods.addEventListener('change', ({ target }) => {
  if (!(target instanceof HTMLInputElement)) return
  chosen = target.checked ? [...chosen, target.value] : chosen.filter(row => row !== target.value)
  writeState()
  void show()
})

void show()
