import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resizeBilinear } from '@vitrine/metrics'
import { blend, colourAt, legendFor, type MapPaint, painted, type Ramp, stops } from '@vitrine/paint'
import opentype, { type Font } from 'opentype.js'

/** 8-bit RGB pixels `[row, column, channel]`. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** A heatmap over a grey version of the image: the stronger the evidence, the more of its colour and the less of the image. */
export function overlay(
  image: Picture,
  map: ArrayLike<number>,
  rows: number,
  columns: number,
  paint: MapPaint,
): { readonly picture: Picture; readonly ramp: Ramp } {
  const { width, height } = image
  const { at, ramp } = painted(map, paint)
  const fine = resizeBilinear(at, rows, columns, height, width)
  const data = new Uint8Array(image.data.length)
  for (let p = 0; p < width * height; p++) {
    const [r = 0, g = 0, b = 0] = image.data.subarray(3 * p, 3 * p + 3)
    const grey = 0.299 * r + 0.587 * g + 0.114 * b
    data.set(blend([grey, grey, grey], colourAt(fine[p] ?? 0, ramp)), 3 * p)
  }
  return { picture: { width, height, data }, ramp }
}

/** Height of one ramp with its words, and a width that has room for those of both ends. */
const LEGEND_HEIGHT = 38
export const LEGEND_WIDTH = 300

/** The legends of the ramps that are in use, one below the other, as SVG. */
export function legend(used: Iterable<Ramp>, x: number, y: number, width: number): { svg: string; height: number } {
  const legends = legendFor(used)
  const svg = legends.map(({ ramp, words }, i) => {
    const at = y + LEGEND_HEIGHT * i
    const colours = stops(ramp).map(
      ({ offset, colour: [r, g, b, opacity] }) =>
        `<stop offset="${offset}" stop-color="rgb(${r},${g},${b})" stop-opacity="${opacity / 255}"/>`,
    )
    const small = { size: 11, fill: '#5c5c66' }
    return [
      `<defs><linearGradient id="${ramp}">${colours.join('')}</linearGradient></defs>`,
      `<rect x="${x}" y="${at}" width="${width}" height="10" fill="url(#${ramp})" stroke="#d9d9d4"/>`,
      textPath(words.low, x, at + 25, small),
      textPath(words.high, x + width - widthOf(words.high, small.size), at + 25, small),
    ].join('')
  })
  return { svg: svg.join(''), height: LEGEND_HEIGHT * legends.length }
}

let font: Font | undefined

function face(): Font {
  if (!font) {
    const bytes = readFileSync(
      createRequire(import.meta.url).resolve('@fontsource/inter/files/inter-latin-400-normal.woff'),
    )
    font = opentype.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  }
  return font
}

/** Width of a text in pixels. */
export function widthOf(text: string, size: number): number {
  const scale = size / face().unitsPerEm
  return [...text].reduce((sum, c) => sum + (face().charToGlyph(c).advanceWidth ?? 0) * scale, 0)
}

/** Lines of at most `width` pixels; none for an empty text. A percent sign stays with its number. */
export function wrapText(text: string, width: number, size: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/ (?!%)/).filter(w => w !== '')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trim()
    if (lines.length === 0 || widthOf(longer, size) > width) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines
}

/** Text as an SVG path, so that it looks alike on machines with and without fonts. Ends in an ellipsis where it is too wide. */
export function textPath(
  text: string,
  x: number,
  baseline: number,
  {
    size = 13,
    fill = '#1b1b1f',
    width = Number.POSITIVE_INFINITY,
  }: { size?: number; fill?: string; width?: number } = {},
): string {
  let shown = text
  while (shown.length > 1 && widthOf(shown, size) > width) shown = `${shown.replace(/…$/, '').slice(0, -1)}…`
  let at = x
  const paths = [...shown].map(c => {
    const path = face().charToGlyph(c).getPath(at, baseline, size).toPathData(2)
    at += widthOf(c, size)
    return path
  })
  return `<path fill="${fill}" d="${paths.join('')}"/>`
}
