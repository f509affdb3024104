import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { boardFacts, boardJson } from '../boards/board-json.ts'
import { loadSite } from '../load/index.ts'
import { imageSprite, stripImages, stripOutlines, stripSprite } from '../maps/maps.ts'
import { BUNDLED_HASH, playgroundFiles } from '../maps/playground.ts'
import { socialPicture } from '../maps/social.ts'
import { apiFiles, boardFiles, sitemap } from './api.ts'
import { boardCsv, boardParquet } from './board-table.ts'

/** A download of the record in a file: as it is, or its values as a table. */
export interface FromRecord {
  readonly record: string
  readonly as: 'json' | 'csv'
}

/** What a file holds. */
export type Make = () => Promise<Uint8Array | string> | Uint8Array | string

/** Pixels of an image in a strip, twice as many as are shown. */
const STRIP_SIDE = 104

/** The downloads of every record, by their paths below the site's root. */
export async function downloads(): Promise<ReadonlyMap<string, FromRecord>> {
  const { entries } = await loadSite()
  return new Map(
    entries.flatMap(({ slug, file }) =>
      (['json', 'csv'] as const).map(as => [`records/${slug}.${as}`, { record: file, as }] as const),
    ),
  )
}

/** The licence texts of the fonts that pages carry, as the SIL Open Font Licence asks. */
function fontLicences(): string {
  const { resolve } = createRequire(import.meta.url)
  return ['source-sans-3', 'jetbrains-mono']
    .map(font => readFileSync(resolve(`@fontsource-variable/${font}/LICENSE`), 'utf8').trim())
    .join('\n\n\n')
}

const ofRepository = (name: string) => (): string =>
  readFileSync(new URL(`../../../../../${name}`, import.meta.url), 'utf8')

let made: Promise<ReadonlyMap<string, Make>> | undefined

/** Every other file that is not a page, by its path below the site's root. */
export function files(): Promise<ReadonlyMap<string, Make>> {
  made ??= list()
  return made
}

async function list(): Promise<ReadonlyMap<string, Make>> {
  const site = await loadSite()
  const { sets, front } = site
  const boards = [...site.boards, ...site.retired.map(({ board }) => board)]
  const found = new Map<string, Make>([
    ['licences/fonts.txt', fontLicences],
    ['licences/vitrine.txt', ofRepository('LICENSE')],
    ['licences/pictures.txt', ofRepository('NOTICE')],
    ...apiFiles(site),
    ...(await playgroundFiles()),
  ])
  const map = sitemap(site)
  if (map !== null) found.set('sitemap.xml', () => map)
  for (const board of boards) {
    found.set(`boards/${board.path}.facts.json`, async () => JSON.stringify(await boardFacts(board)))
    for (const [name, make] of boardJson(board)) found.set(`boards/${board.path}.${name}.json`, make)
    const { csv, parquet } = boardFiles(board)
    found.set(csv, () => boardCsv(board))
    found.set(parquet, () => boardParquet(board))
  }
  for (const set of sets) {
    found.set(`maps/${set.path}/strip.webp`, () => stripSprite(set))
    for (const i of set.images.id.keys()) {
      for (const target of set.targets)
        found.set(`maps/${set.path}/${i}.${target}.webp`, () => imageSprite(set, i, target))
    }
  }
  const set = sets.find(s => s.boards.includes(front))
  if (set) found.set('social.jpg', () => socialPicture(set))
  // All at once, since each waits for the pages that are being made.
  const shown = sets.map(async set => {
    const [strip, outlines, ...pictures] = await Promise.all([
      stripImages(set, STRIP_SIDE),
      stripOutlines(set, STRIP_SIDE),
      ...set.images.id.map(id => set.album.picture(id)),
    ])
    if (outlines) found.set(`maps/${set.path}/outlines.webp`, () => outlines)
    if (strip) found.set(`maps/${set.path}/images.webp`, () => strip)
    const isBundled = set.entries[0]?.model.hash === BUNDLED_HASH
    for (const picture of pictures) {
      if (!picture) continue
      found.set(picture.path, () => picture.webp)
      if (isBundled) found.set(picture.exact.path, picture.exact.webp)
    }
  })
  await Promise.all(shown)
  return found
}
