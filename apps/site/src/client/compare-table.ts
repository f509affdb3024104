import { metrics } from '@vitrine/metrics'
import type { BoardFacts } from '../data/boards/board-json.ts'
import { type Against, isDecided } from '../shared/compare.ts'
import { decimalsFor, fixed, plural } from '../shared/format.ts'
import { meanOfValues } from '../shared/mean.ts'
import type { Measured, Row } from './compare-data.ts'
import { element } from './element.ts'
import { inWorker } from './statistics.ts'

/** A comparison of one method by one measure. */
interface Cell {
  readonly other: Row
  readonly found: Against
}

interface Line extends Measured {
  readonly cells: readonly Cell[]
}

/** Every method against the reference by every measure, as one family of comparisons. */
export async function compareRows(
  reference: Row,
  others: readonly Row[],
  measured: readonly Measured[],
): Promise<readonly Line[]> {
  const asked = measured.flatMap(line => {
    const theirs = line.values.get(reference.slug)
    return theirs
      ? others.flatMap(other => {
          const own = line.values.get(other.slug)
          return own ? [{ line, other, pair: [own, theirs] as const }] : []
        })
      : []
  })
  const answers = await inWorker(
    'compareAll',
    asked.map(({ pair }) => pair),
  )
  const found = asked.flatMap(({ line, other }, i) => {
    const against = answers[i]
    return against ? [{ line, cell: { other, found: against } }] : []
  })
  return measured.map(line => ({ ...line, cells: found.flatMap(one => (one.line === line ? [one.cell] : [])) }))
}

/** The comparisons as a table; on a phone each measure is a card. */
export function differencesTable(
  facts: BoardFacts,
  reference: Row,
  others: readonly Row[],
  lines: readonly Line[],
  corrected: boolean,
): HTMLElement {
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'Measure'),
    element('th', { scope: 'col' }, reference.name),
    ...others.map(other => element('th', { scope: 'col' }, other.name)),
  )
  let group = ''
  const body = lines.flatMap(line => {
    const { measure, values, cells } = line
    const own = values.get(reference.slug)
    if (!own || cells.length === 0) return []
    const decimals = decimalsFor(Math.max(...cells.map(({ found }) => halfWidth(found))))
    const span = Math.max(
      ...cells.flatMap(({ found }) => [Math.abs(found.difference), ...(found.interval ?? []).map(Math.abs)]),
    )
    const title = `${measure.name}${measure.perThreshold ? ` at ${facts.thresholds[facts.at]}` : ''}`
    const { merit } = metrics[measure.metric]
    const row = element(
      'tr',
      {},
      element('th', { scope: 'row' }, title),
      labelled('td', reference.name, meanText(own, decimals)),
      ...others.map(other => {
        const cell = cells.find(one => one.other === other)
        if (!cell) return labelled('td', other.name, 'not measured')
        const theirs = values.get(other.slug) ?? []
        const direction = merit ? metrics[measure.metric].direction : null
        return differenceCell(other.name, meanText(theirs, decimals), cell.found, direction, decimals, span, corrected)
      }),
    )
    if (group === measure.group) return [row]
    group = measure.group
    const name = element('th', { scope: 'rowgroup', colspan: String(2 + others.length) }, group)
    return [element('tr', { class: 'group' }, name), row]
  })
  const table = element('table', { class: 'versus' }, element('thead', {}, head), element('tbody', {}, ...body))
  return element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Differences' }, table)
}

/** How many comparisons there are and how many are decided, in a sentence. */
export function verdictWords(lines: readonly Line[], corrected: boolean): string {
  const merits = lines.filter(({ measure }) => metrics[measure.metric].merit).flatMap(({ cells }) => cells)
  const decided = merits.filter(({ found }) => isDecided(found, corrected)).length
  return `${decided} of ${plural(merits.length, 'comparison')} ${decided === 1 ? 'is' : 'are'} decided${corrected ? ', corrected for how many there are' : ', each for itself'}.`
}

const labelled = (tag: 'td', label: string, ...children: (Node | string)[]): HTMLElement =>
  element(tag, { 'data-l': label }, ...children)

const halfWidth = ({ interval }: Against): number => (interval ? (interval[1] - interval[0]) / 2 : 0)

function meanText(values: readonly (number | null)[], decimals: number): string {
  const mean = meanOfValues(values)
  return mean === null ? 'none' : fixed(mean, decimals)
}

function differenceCell(
  label: string,
  mean: string,
  found: Against,
  /** `null` where more is neither better nor worse. */
  direction: 'higher' | 'lower' | null,
  decimals: number,
  span: number,
  corrected: boolean,
): HTMLElement {
  const { difference, interval, needed } = found
  if (Number.isNaN(difference)) return labelled('td', label, 'no image in common')
  const decided = isDecided(found, corrected)
  const better = decided && difference > 0 === (direction === 'higher')
  const word = !decided ? 'undecided' : direction === null ? 'differs' : better ? 'better' : 'worse'
  const place = (value: number) => `${50 + (48 * value) / (span || 1)}%`
  const line = interval
    ? [element('i', { style: `left:${place(interval[0])};width:calc(${place(interval[1])} - ${place(interval[0])})` })]
    : []
  const sign = difference > 0 ? '+' : ''
  const around = interval ? `${fixed(interval[0], decimals)} to ${fixed(interval[1], decimals)}` : 'one image'
  const toDecide = decided || needed === null ? '' : `about ${plural(needed, 'image')} would tell`
  const cell = labelled(
    'td',
    label,
    element('span', { class: 'mean' }, mean),
    ` ${sign}${fixed(difference, decimals)} `,
    element('strong', {}, word),
    element('small', {}, around),
    element(
      'span',
      { class: 'axis', 'aria-hidden': 'true' },
      ...line,
      element('b', { style: `left:${place(difference)}` }),
    ),
    ...(toDecide ? [element('small', {}, toDecide)] : []),
  )
  cell.className = word
  return cell
}
