import { boardFacts, boardJson } from './board-json.ts'
import { loadSite } from './index.ts'
import { imageSprite, stripImages, stripSprite } from './maps.ts'

/** A download of the record in a file: as it is, or its values as a table. */
export interface FromRecord {
  readonly record: string
  readonly as: 'json' | 'csv'
}

/** What a file holds. */
export type Make = (() => Promise<Uint8Array | string> | Uint8Array | string) | FromRecord

/** Pixels of an image in a strip, twice as many as are shown. */
const STRIP_SIDE = 104

let made: Promise<ReadonlyMap<string, Make>> | undefined

/** Every file that is not a page, by its path below the site's root. */
export function files(): Promise<ReadonlyMap<string, Make>> {
  made ??= list()
  return made
}

async function list(): Promise<ReadonlyMap<string, Make>> {
  const { boards, sets } = await loadSite()
  const found = new Map<string, Make>()
  for (const board of boards) {
    for (const entry of board.entries) {
      for (const as of ['json', 'csv'] as const) found.set(`records/${entry.slug}.${as}`, { record: entry.file, as })
    }
    found.set(`boards/${board.path}.facts.json`, async () => JSON.stringify(await boardFacts(board)))
    for (const [name, make] of boardJson(board)) found.set(`boards/${board.path}.${name}.json`, make)
  }
  for (const set of sets) {
    found.set(`maps/${set.path}/strip.webp`, () => stripSprite(set))
    const strip = await stripImages(set, STRIP_SIDE)
    if (strip) found.set(`maps/${set.path}/images.webp`, () => strip)
    for (const [i, id] of set.images.id.entries()) {
      for (const target of set.targets)
        found.set(`maps/${set.path}/${i}.${target}.webp`, () => imageSprite(set, i, target))
      const picture = await set.album.picture(id)
      if (picture) found.set(picture.path, () => picture.webp)
    }
  }
  return found
}
