import sharp from 'sharp'
import { leadMeasure } from '../boards/boards.ts'
import { standingsOf } from '../boards/standings.ts'
import { imageSprite, type MapSet, mainBoard } from './maps.ts'

/** The size that networks ask for, and the side of a tile, eight of which are wider than that. */
const [WIDTH, HEIGHT, SIDE] = [1200, 630, 160]
const COLUMNS = Math.ceil(WIDTH / SIDE)

/** Methods below the images. */
const METHODS = Math.ceil(HEIGHT / SIDE) - 1

/**
 * What a shared link shows: images, and below each the maps of the methods that lead the board. It has no words, so no font decides what
 * it looks like; who made what it shows stands in its metadata.
 */
export async function socialPicture(set: MapSet): Promise<Buffer> {
  const rows = await leadersOf(set)
  const images = set.images.id.slice(0, COLUMNS)
  const pictures = await Promise.all(images.map(id => set.album.picture(id)))
  const columns = images.map(async (_, i) => {
    const picture = pictures[i]
    const sprite = await imageSprite(set, i, 'predicted')
    const ground = (await picture?.grey(SIDE)) ?? (await sharp(blank).png().toBuffer())
    const maps = rows.map(async row => {
      const map = await sharp(sprite)
        .extract({ left: 1, top: 16 * row + 1, width: 14, height: 14 })
        .resize(SIDE, SIDE)
        .png()
        .toBuffer()
      return sharp(ground)
        .composite([{ input: map }])
        .png()
        .toBuffer()
    })
    const colour = picture ? await sharp(picture.webp).resize(SIDE, SIDE).png().toBuffer() : ground
    return [colour, ...(await Promise.all(maps))].map((input, y) => ({ input, left: i * SIDE, top: y * SIDE }))
  })
  const tiles = (await Promise.all(columns)).flat()
  const whole = await sharp({ create: { ...size(COLUMNS, METHODS + 1), channels: 3, background: '#808080' } })
    .composite(tiles)
    .png()
    .toBuffer()
  const cut = sharp(whole)
    .extract({ left: Math.floor((COLUMNS * SIDE - WIDTH) / 2), top: 0, width: WIDTH, height: HEIGHT })
    .jpeg({ quality: 82 })
  // Images that are not at hand are not shown, and nobody is named for them.
  const credit = set.album.credit(pictures)
  return (credit === '' ? cut : cut.withExif({ IFD0: { Copyright: credit } })).toBuffer()
}

const size = (columns: number, rows: number) => ({ width: columns * SIDE, height: rows * SIDE })
const blank = { create: { ...size(1, 1), channels: 3 as const, background: '#808080' } }

/** Positions in the set of the methods that lead its standard board. */
async function leadersOf(set: MapSet): Promise<number[]> {
  const board = mainBoard(set)
  const lead = board && leadMeasure(board)
  const standings = board && lead ? (await standingsOf(board)).get(lead.key) : undefined
  const rankOf = new Map(
    board?.done.map(entry => [entry.row, standings?.get(entry.slug)?.rank ?? Number.POSITIVE_INFINITY]),
  )
  return set.entries
    .flatMap((entry, m) =>
      entry.method.control ? [] : [{ m, rank: rankOf.get(entry.row) ?? Number.POSITIVE_INFINITY }],
    )
    .sort((a, b) => a.rank - b.rank)
    .slice(0, METHODS)
    .map(({ m }) => m)
}
