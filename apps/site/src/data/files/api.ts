import { metrics } from '@vitrine/metrics'
import { agreementJsonSchema, recordJsonSchema } from '@vitrine/records'
import type { Board } from '../boards/boards.ts'
import type { Site } from '../load/index.ts'
import { permalink } from '../source/cite.ts'
import { siteSource } from '../source/source.ts'

/** Where the files of a board are, below the site's root. */
export const boardFiles = ({ path }: Pick<Board, 'path'>) => ({
  csv: `boards/${path}.csv`,
  parquet: `boards/${path}.parquet`,
})

/** The page of a board, below the site's root. */
export const boardPage = (board: Board, front: Board): string =>
  board === front ? 'index.html' : `boards/${board.path}.html`

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`

/** The site's data for programs, by path: an index, every board, every record, and the schemas of the files. Paths in them are below the site's root. */
export function apiFiles({ boards, entries, front, retired }: Site): [path: string, make: () => string][] {
  const boardOf = new Map(
    [...boards, ...retired.map(({ board }) => board)].flatMap(board =>
      [...board.entries, ...board.budgets].map(entry => [entry, board] as const),
    ),
  )
  return [
    [
      'api/index.json',
      () => {
        const { version, commit, date, repository, address } = siteSource()
        return json({
          source: { version, commit, date, repository, address },
          licence: 'MIT',
          boards: 'api/boards.json',
          records: 'api/records.json',
          schemas: { record: 'api/record.schema.json', agreement: 'api/agreement.schema.json' },
        })
      },
    ],
    [
      'api/boards.json',
      () =>
        json(
          boards.map(board => ({
            ...board.setting,
            path: board.path,
            numbers: board.numbers,
            images: board.images.index.length,
            rows: board.entries.length,
            page: boardPage(board, front),
            ...boardFiles(board),
            records: board.entries.map(({ slug }) => slug),
          })),
        ),
    ],
    [
      'api/records.json',
      () =>
        json(
          entries.map(entry => ({
            id: entry.id,
            slug: entry.slug,
            board: boardOf.get(entry)?.path ?? null,
            method: entry.method.id,
            options: entry.method.options,
            status: entry.status,
            page: `records/${entry.slug}.html`,
            json: `records/${entry.slug}.json`,
            csv: `records/${entry.slug}.csv`,
          })),
        ),
    ],
    ['api/record.schema.json', () => json(recordJsonSchema())],
    ['api/agreement.schema.json', () => json(agreementJsonSchema())],
  ]
}

/** Pages that a search engine should know, by their addresses; `null` where the site's own address is not known. */
export function sitemap({ boards, front, methods, sets }: Site): string | null {
  const { address, date } = siteSource()
  if (address === null) return null
  const pages = [
    ...['about', 'compare', 'engines', 'gallery', 'methods', 'metrics', 'parity'].map(name => `${name}.html`),
    ...boards.map(board => boardPage(board, front)),
    ...methods.map(({ path }) => `methods/${path}.html`),
    ...Object.keys(metrics).map(id => `metrics/${id}.html`),
    ...sets.map(({ path }) => `gallery/${path}.html`),
  ]
  const lines = pages.map(page => {
    const url = permalink(address, page, '')
    return `<url><loc>${url.replaceAll('&', '&amp;')}</loc>${date === null ? '' : `<lastmod>${date}</lastmod>`}</url>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${lines.join('\n')}
</urlset>
`
}
