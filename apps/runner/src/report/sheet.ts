import { cssGradient, legendFor, type Ramp } from '@vitrine/paint'
import sharp, { type OverlayOptions } from 'sharp'
import { LEGEND_WIDTH, legend, type Picture, textPath, wrapText } from './draw.ts'

/** A rectangle in shares of the picture's width and height. */
export interface Region {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export interface Likelihood {
  readonly name: string
  readonly probability: number
}

/** One method's map of one class. */
export interface Explained {
  readonly method: string
  readonly overlay: Picture
  /** Smallest and largest value of the raw map. */
  readonly range: readonly [number, number]
  readonly ramp: Ramp
  /** What a reader should know of the map: that it is the same for every class, that it is flat. */
  readonly note?: string
}

/** What was asked about one class. */
export interface Section extends Likelihood {
  /** Shown in place of the probability. */
  readonly score?: string
  readonly predicted: boolean
  /** Where the objects of the class are, where that is known. */
  readonly truth: readonly Region[]
  readonly maps: readonly Explained[]
}

/** All that is shown of one picture. */
export interface Sheet {
  readonly title: string
  readonly picture: Picture
  /** The likeliest classes, likeliest first. */
  readonly ranking: readonly Likelihood[]
  readonly sections: readonly Section[]
  readonly credit?: string
}

const GAP = 12
/** Tiles are smaller where there are more than three rows of large ones. */
const LAYOUTS = { large: { cell: 208, columns: 6 }, small: { cell: 176, columns: 9 } } as const
const ROWS = 3
const LINE = 20
const INK = '#1b1b1f'
const GREY = '#5c5c66'
const ACCENT = '#b5367a'
const PAPER = '#fbfbfa'

export const percent = (probability: number): string => `${(100 * probability).toFixed(1)} %`

/** A number for a legend: three digits, whatever its size. */
export const short = (x: number): string =>
  x === 0 ? '0' : Math.abs(x) >= 1e4 || Math.abs(x) < 1e-3 ? x.toExponential(1) : String(Number(x.toPrecision(3)))

const scoreText = ({ score, probability }: Section): string => score ?? percent(probability)

export const rangeText = ({ range: [low, high] }: Explained): string => `${short(low)} to ${short(high)}`

/** A picture as PNG, at its own size or scaled to a width. */
export function encode({ width, height, data }: Picture, scaledTo?: number): Promise<Buffer> {
  const image = sharp(data, { raw: { width, height, channels: 3 } })
  return (scaledTo === undefined ? image : image.resize(scaledTo)).png().toBuffer()
}

/** The sheet as PNG: the likeliest classes, then per class the picture with its truth and each method's map, with a legend. */
export async function drawSheet(sheet: Sheet): Promise<Buffer> {
  const { picture, sections } = sheet
  const most = Math.max(...sections.map(({ maps }) => maps.length))
  const { cell, ...layout } = most + 1 > ROWS * LAYOUTS.large.columns ? LAYOUTS.small : LAYOUTS.large
  const columns = Math.max(2, Math.min(layout.columns, most + 1))
  const tileHeight = Math.round((cell * picture.height) / picture.width)
  const rowHeight = tileHeight + 3 * LINE + GAP
  const width = GAP + columns * (cell + GAP)
  const left = (column: number) => GAP + column * (cell + GAP)
  const tiles: OverlayOptions[] = []
  const marks: string[] = [textPath(sheet.title, GAP, 28, { size: 16, width: width - 2 * GAP })]

  let top = 44
  const bars = Math.min(width - 2 * GAP, 2 * LAYOUTS.large.cell + GAP)
  for (const { name, probability } of sheet.ranking) {
    marks.push(bar(GAP, top, bars, name, probability))
    top += LINE
  }
  // Beside the likeliest classes where there is room for both.
  const beside = width - bars - 3 * GAP >= LEGEND_WIDTH
  const [x, y] = beside ? [width - GAP - LEGEND_WIDTH, 44] : [GAP, top + 8]
  const { svg: scales, height: scalesHeight } = legend(rampsOf(sections), x, y, LEGEND_WIDTH)
  marks.push(scales)
  top = Math.max(top, y + scalesHeight) + 16

  for (const section of sections) {
    marks.push(`<line x1="${GAP}" x2="${width - GAP}" y1="${top}" y2="${top}" stroke="#d9d9d4"/>`)
    const heading = `${section.name}, ${scoreText(section)}${section.predicted ? ', predicted' : ''}`
    marks.push(textPath(heading, GAP, top + 22, { size: 15, width: width - 2 * GAP }))
    top += 34
    tiles.push({ input: await encode(picture, cell), left: left(0), top: top + LINE })
    const seen = section.truth.length > 0 ? 'image, truth outlined' : 'image'
    marks.push(
      textPath(seen, left(0), top + 14, { width: cell }),
      outline(section.truth, left(0), top + LINE, cell, tileHeight),
    )
    for (const [i, map] of section.maps.entries()) {
      // The image is the first tile.
      const [x, y] = [left((i + 1) % columns), top + Math.floor((i + 1) / columns) * rowHeight]
      tiles.push({ input: await encode(map.overlay, cell), left: x, top: y + LINE })
      const below = y + LINE + tileHeight + 15
      const small = { size: 11, fill: GREY, width: cell }
      marks.push(
        textPath(map.method, x, y + 14, { width: cell }),
        textPath(rangeText(map), x, below, small),
        textPath(map.note ?? '', x, below + 14, small),
      )
    }
    top += Math.ceil((section.maps.length + 1) / columns) * rowHeight
  }
  for (const line of wrapText(sheet.credit ?? '', width - 2 * GAP, 10)) {
    marks.push(textPath(line, GAP, top + 8, { size: 10, fill: GREY }))
    top += 14
  }
  const height = top + GAP
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${marks.join('')}</svg>`
  return sharp({ create: { width, height, channels: 3, background: PAPER } })
    .composite([...tiles, { input: Buffer.from(svg), left: 0, top: 0 }])
    .removeAlpha()
    .png()
    .toBuffer()
}

/** A class with its probability as a bar. */
function bar(x: number, y: number, width: number, name: string, probability: number): string {
  const [text, number] = [0.42 * width, 64]
  const room = width - text - number
  return [
    textPath(name, x, y + 13, { width: text - 8 }),
    `<rect x="${x + text}" y="${y + 3}" width="${room}" height="12" fill="#e9e9e5"/>`,
    `<rect x="${x + text}" y="${y + 3}" width="${room * probability}" height="12" fill="${ACCENT}"/>`,
    textPath(percent(probability), x + text + room + 8, y + 13, { fill: GREY }),
  ].join('')
}

const rampsOf = (sections: readonly Section[]): Ramp[] => sections.flatMap(({ maps }) => maps.map(({ ramp }) => ramp))

function outline(truth: readonly Region[], x: number, y: number, width: number, height: number): string {
  return truth
    .map(({ left, top, right, bottom }) => {
      const place = `x="${x + left * width}" y="${y + top * height}" width="${(right - left) * width}" height="${(bottom - top) * height}" fill="none"`
      return `<rect ${place} stroke="#000" stroke-opacity="0.6" stroke-width="4"/><rect ${place} stroke="#fff" stroke-width="2"/>`
    })
    .join('')
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c)

const dataUri = async (picture: Picture): Promise<string> =>
  `data:image/png;base64,${(await encode(picture)).toString('base64')}`

const STYLE = `
:root { color-scheme: light dark; --ink: ${INK}; --grey: ${GREY}; --paper: ${PAPER}; --line: #d9d9d4; --bar: #e9e9e5; --accent: ${ACCENT} }
@media (prefers-color-scheme: dark) { :root { --ink: #ececef; --grey: #a3a3ad; --paper: #18181b; --line: #333338; --bar: #2a2a2f; --accent: #e06aa8 } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.25rem } h2 { font-size: 1.05rem; border-top: 1px solid var(--line); padding-top: .75rem; margin-top: 2rem }
table { border-collapse: collapse } td { padding: .1rem .75rem .1rem 0; font-variant-numeric: tabular-nums }
meter { width: 14rem; height: .8rem; appearance: none } meter::-webkit-meter-bar { background: var(--bar); border: 0; border-radius: 0 }
meter::-webkit-meter-optimum-value { background: var(--accent) } meter::-moz-meter-bar { background: var(--accent) }
.maps { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 1rem }
figure { margin: 0; position: relative } figure img { width: 100%; display: block } figcaption { font-size: .85rem } small { color: var(--grey) }
.frame { position: relative } .box { position: absolute; border: 2px solid #fff; outline: 1px solid #0009 }
.scale { height: .7rem; width: 20rem; outline: 1px solid var(--line) } .ends { width: 20rem; display: flex; justify-content: space-between; font-size: .8rem; color: var(--grey) }
`

/** The sheet as a page that needs nothing but itself. */
export async function htmlSheet({ title, picture, ranking, sections, credit }: Sheet): Promise<string> {
  const image = await dataUri(picture)
  const rows = ranking.map(
    ({ name, probability }) =>
      `<tr><td>${escaped(name)}<td><meter value="${probability}"></meter><td>${percent(probability)}`,
  )
  const scales = legendFor(rampsOf(sections)).map(
    ({ ramp, words }) =>
      `<div class="scale" style="background: ${cssGradient(ramp)}"></div><div class="ends"><span>${words.low}</span><span>${words.high}</span></div>`,
  )
  const blocks = await Promise.all(
    sections.map(async section => {
      const boxes = section.truth.map(
        ({ left, top, right, bottom }) =>
          `<div class="box" style="left: ${100 * left}%; top: ${100 * top}%; width: ${100 * (right - left)}%; height: ${100 * (bottom - top)}%"></div>`,
      )
      const figures = await Promise.all(
        section.maps.map(
          async map =>
            `<figure><img alt="${escaped(map.method)} for ${escaped(section.name)}" src="${await dataUri(map.overlay)}"><figcaption>${escaped(map.method)}<br><small>${rangeText(map)}${map.note === undefined ? '' : `; ${escaped(map.note)}`}</small></figcaption></figure>`,
        ),
      )
      const truth = boxes.length > 0 ? 'image, truth outlined' : 'image'
      return `<h2>${escaped(section.name)}, ${scoreText(section)}${section.predicted ? ', predicted' : ''}</h2>
<div class="maps"><figure><div class="frame"><img alt="${truth}" src="${image}">${boxes.join('')}</div><figcaption>${truth}</figcaption></figure>
${figures.join('\n')}</div>`
    }),
  )
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${STYLE}</style>
<h1>${escaped(title)}</h1>
<table>${rows.join('\n')}</table>
<p>${scales.join('\n')}
${blocks.join('\n')}
<p><small>${escaped(credit ?? '')}</small>
</html>
`
}
