import { cellOf, heads } from './board-page.ts'
import { loaded, saveSvg, wrapped, xml } from './embed.ts'
import { one } from './page.ts'

const [NAME, TILE, CELL, ROW, HEAD] = [250, 52, 104, 60, 52] as const

/** Saves some rows of the board as they are shown: their names, their tiles and the columns that are open. */
export function saveRows(rows: readonly HTMLTableRowElement[]): Promise<void> {
  const open = heads.filter(head => head.checkVisibility())
  return save(rows, open, true, 'rows')
}

/** Saves the cells of some rows in the column that is sorted by. */
export function saveCells(rows: readonly HTMLTableRowElement[]): Promise<void> {
  const sorted = heads.filter(head => head.hasAttribute('aria-sort'))
  return save(rows, sorted, false, 'cells')
}

async function save(
  rows: readonly HTMLTableRowElement[],
  columns: readonly HTMLTableCellElement[],
  tiles: boolean,
  kind: string,
): Promise<void> {
  const maps = tiles ? await Promise.all(rows.map(tilesOf)) : []
  const left = NAME + (tiles ? 4 * (TILE + 3) + 12 : 0)
  const right = (c: number) => left + (c + 1) * CELL - 8
  const head = columns.map((column, c) => {
    const name = one('button', column).firstChild?.textContent ?? ''
    return wrapped(name, 15)
      .map(
        (line, i) =>
          `<text x="${right(c)}" y="${16 + 14 * i}" font-size="12" fill="#555" text-anchor="end">${xml(line)}</text>`,
      )
      .join('')
  })
  const body = rows.map((row, r) => {
    const y = HEAD + r * ROW
    const cells = columns.map((column, c) => {
      const cell = cellOf(row, column)
      if (!cell) return ''
      const [text, around] = [one('span', cell).textContent ?? '', cell.querySelector('small')?.textContent ?? '']
      const fill = xml(getComputedStyle(one('a', cell)).backgroundColor)
      const weight = cell.matches('.best, .tied') ? 700 : 400
      return `<rect x="${left + c * CELL}" y="${y}" width="${CELL}" height="${ROW}" fill="${fill}"/><text x="${right(c)}" y="${y + 35}" font-size="15" font-weight="${weight}" text-anchor="end">${xml(text)} <tspan font-size="11" font-weight="400">${xml(around)}</tspan></text>`
    })
    const map = maps[r]
    const images = map
      ? `<image x="${NAME}" y="${y + 4}" width="${4 * (TILE + 3) - 3}" height="${TILE}" href="${map}"/>`
      : ''
    return `<line x1="0" x2="${left + columns.length * CELL}" y1="${y}" y2="${y}" stroke="#ddd"/><text x="4" y="${y + 35}" font-size="15" font-weight="600">${xml(row.dataset.name ?? '')}</text>${images}${cells.join('')}`
  })
  const width = left + columns.length * CELL
  const name = rows.map(row => row.dataset.method ?? '').join('-')
  saveSvg(`${name}-${kind}`.slice(0, 80), width, HEAD + rows.length * ROW + 8, [...head, ...body].join(''))
}

/** The tiles of a row side by side, from the pictures that the page is painted with: the images, the maps, the outlines. */
async function tilesOf(row: HTMLTableRowElement): Promise<string | undefined> {
  const strip = row.querySelector<HTMLElement>('.strip')
  const [first] = strip?.children ?? []
  if (!strip || !first) return undefined
  const urls = [...getComputedStyle(first).backgroundImage.matchAll(/url\("([^"]+)"\)/g)].map(([, url]) => url ?? '')
  const pictures = await Promise.all(urls.map(loaded))
  const [maps, images, outlines] =
    pictures.length > 1 ? [pictures[1], pictures[2], pictures[0]] : [pictures[0], undefined, undefined]
  const at = Number(strip.style.getPropertyValue('--row'))
  const side = 2 * TILE
  const canvas = document.createElement('canvas')
  canvas.width = 4 * (side + 6) - 6
  canvas.height = side
  const context = canvas.getContext('2d')
  if (!context || !maps) return undefined
  for (let i = 0; i < strip.children.length; i++) {
    const x = i * (side + 6)
    if (images) context.drawImage(images, i * images.height, 0, images.height, images.height, x, 0, side, side)
    // A tile of the maps is 14 patches wide, with a margin of one.
    context.drawImage(maps, 16 * i + 1, 16 * at + 1, 14, 14, x, 0, side, side)
    if (outlines)
      context.drawImage(outlines, i * outlines.height, 0, outlines.height, outlines.height, x, 0, side, side)
  }
  return canvas.toDataURL('image/png')
}
