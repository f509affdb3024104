import type { BoardFacts } from '../data/boards/board-json.ts'
import { fixed } from '../shared/format.ts'
import type { Measured, Row } from './compare-data.ts'
import { element } from './element.ts'

/** Images shown side by side. */
const APART = 6

/** The images on which the methods' values lie farthest apart. */
export function imagesApart(
  root: string,
  facts: BoardFacts,
  rows: readonly Row[],
  measured: readonly Measured[],
): HTMLElement[] {
  const lead = measured.find(m => m.measure.key === facts.lead) ?? measured[0]
  const { maps } = facts
  if (!lead || !maps) return [element('p', {}, 'No maps are published for this board.')]
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
    const figures = rows.map(row => {
      const value = at(row, image)
      const score = value === null ? 'no value' : fixed(value, 2)
      const label = `${row.name} on ${id}: ${name} ${score}`
      const tile = element('span', { class: 'tile', role: 'img', 'aria-label': label })
      if (picture)
        tile.append(element('img', { src: root + picture, alt: '', loading: 'lazy', width: '224', height: '224' }))
      const m = maps.tiles[row.row]
      if (m !== undefined)
        tile.append(
          element('i', {
            style: `--m:${m};--n:${maps.count};background-image:url("${root}maps/${maps.path}/${image}.predicted.webp")`,
          }),
        )
      const href = `${root}images/${maps.path}/${image}.html?method=${encodeURIComponent(row.row)}`
      return element(
        'figure',
        {},
        element('a', { href }, tile),
        element('figcaption', {}, `${score} ${row.name}${row.unstable ? ' (unstable in float32)' : ''}`),
      )
    })
    return element(
      'li',
      {},
      element('p', {}, facts.images.names[image] ?? id, ' ', element('small', {}, id)),
      element('div', { class: 'row' }, ...figures),
    )
  })
  return [
    element(
      'p',
      { class: 'quiet' },
      `By ${name}${lead.measure.perThreshold ? ` at ${facts.thresholds[facts.at]}` : ''} of the ${lead.measure.target} class.`,
    ),
    element('ul', { class: 'apart' }, ...items),
  ]
}
