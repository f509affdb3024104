import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resizeBilinear } from '@vitrine/metrics'
import { interpolateInferno, interpolatePuOr } from 'd3-scale-chromatic'
import opentype, { type Font } from 'opentype.js'

/** 8-bit RGB pixels `[row, column, channel]`. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

type Colour = readonly [number, number, number]

const sampled = (interpolate: (t: number) => string): readonly Colour[] =>
  Array.from({ length: 256 }, (_, i) => {
    const text = interpolate(i / 255)
    const numbers = text.startsWith('#')
      ? (text.match(/[0-9a-f]{2}/gi) ?? []).map(hex => Number.parseInt(hex, 16))
      : (text.match(/\d+/g) ?? []).map(Number)
    const [r = 0, g = 0, b = 0] = numbers
    return [r, g, b]
  })

/** The colour map of all heatmaps: inferno, perceptually uniform and safe for colour-blind readers. `[256][r, g, b]`. */
export const colours = sampled(interpolateInferno)

/** That of signed ones, from evidence against to evidence for: purple to orange, white at 0. */
export const signedColours = sampled(interpolatePuOr)

/** A map's values as places in a colour map and as strengths, both in [0, 1]. */
interface Shades {
  readonly place: Float32Array
  readonly strength: (place: number) => number
  readonly colours: readonly Colour[]
}

/** By its own range; a flat map stays flat at its value cut to [0, 1]. A signed map by its largest size, 0 in the middle. */
function shadesOf(map: ArrayLike<number>, signed: boolean): Shades {
  const values = Float32Array.from(map)
  if (signed) {
    const size = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
    const place = values.map(v => (size > 0 ? 0.5 + (0.5 * v) / size : 0.5))
    return { place, strength: p => Math.abs(2 * p - 1), colours: signedColours }
  }
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const place = values.map(v => (high > low ? (v - low) / (high - low) : Math.min(Math.max(v, 0), 1)))
  return { place, strength: p => p, colours }
}

/** A heatmap over a grey version of the image: the stronger the evidence, the more of its colour and the less of the image. */
export function overlay(
  image: Picture,
  map: ArrayLike<number>,
  rows: number,
  columns: number,
  { signed = false }: { readonly signed?: boolean } = {},
): Picture {
  const { width, height } = image
  const { place, strength, colours: scale } = shadesOf(map, signed)
  const fine = resizeBilinear(place, rows, columns, height, width)
  const data = new Uint8Array(image.data.length)
  for (let p = 0; p < width * height; p++) {
    const [r = 0, g = 0, b = 0] = image.data.subarray(3 * p, 3 * p + 3)
    const grey = 0.299 * r + 0.587 * g + 0.114 * b
    const value = fine[p] ?? 0
    const colour = scale[Math.round(value * 255)] ?? [0, 0, 0]
    const opacity = 0.35 + 0.5 * strength(value)
    for (let c = 0; c < 3; c++) data[3 * p + c] = Math.round(grey * (1 - opacity) + (colour[c] ?? 0) * opacity)
  }
  return { width, height, data }
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
