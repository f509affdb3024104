import { readFileSync } from 'node:fs'
import type { Protocol } from '../protocol.ts'
import { fractions, irregular } from '../testing/numbers.ts'
import type { Box, Heatmap, InputImage, Truth } from '../types.ts'

/** One map, what it is held against, and the model's input. */
export interface GoldenCase {
  readonly name: string
  readonly heatmap: Heatmap
  readonly truth: Truth
  readonly input: InputImage
}

/** The choices of both protocols as records hold them: data, so that a changed choice is no changed computation. */
export const protocolsOf = (folder: URL): { readonly paper: Protocol; readonly standard: Protocol } =>
  JSON.parse(readFileSync(new URL('protocols.json', folder), 'utf8'))

/** A seed made from a name, so that a new case leaves the others as they are. */
export const seedOf = (name: string): number =>
  Array.from(name).reduce((seed, letter) => (seed * 31 + letter.charCodeAt(0)) % 997, 7)

const width = 16
const height = 13

function inputOf(channels: number, seed: number): InputImage {
  const values = Float32Array.from(fractions(channels * width * height, seed), value => 3 * value - 1.5)
  return { width, height, values }
}

const colour = inputOf(3, 5)
const grey = inputOf(1, 6)

const annotated = (boxes: readonly Box[], mask?: Uint8Array): Truth => ({
  width: 20,
  height: 15,
  boxes,
  ...(mask && { mask }),
})
const box: Box = [4, 3, 12, 11]
const maskOf = (inside: (x: number, y: number) => boolean) =>
  Uint8Array.from({ length: 300 }, (_, p) => Number(inside(p % 20, Math.floor(p / 20))))

const usual = annotated([box])
const disc = annotated(
  [box],
  maskOf((x, y) => (x - 9) ** 2 + (y - 6) ** 2 < 20),
)

type Value = (row: number, column: number, i: number) => number

function mapOf(rows: number, columns: number, value: Value, more: Partial<Heatmap> = {}): Heatmap {
  const values = Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns, i))
  return { rows, columns, values, scale: 'relative', ...more }
}

const bump: Value = (row, column) => 1 / (1 + (row - 2) ** 2 + (column - 2.5) ** 2)
const noise: Value = (_, __, i) => irregular(i, 3) / 1009

const one = (name: string, heatmap: Heatmap, truth = usual, input = colour): GoldenCase => ({
  name,
  heatmap,
  truth,
  input,
})

/** Maps of every kind on truths of every kind. */
export const cases: readonly GoldenCase[] = [
  one('smooth', mapOf(5, 6, bump)),
  one('smooth on a mask', mapOf(5, 6, bump), disc),
  one('smooth, grey input', mapOf(5, 6, bump), disc, grey),
  one('noise', mapOf(5, 6, noise)),
  one('noise, taller than wide', mapOf(7, 3, noise), disc),
  one(
    'one cell',
    mapOf(5, 6, (row, column) => Number(row === 2 && column === 3)),
  ),
  one(
    'two values, many ties',
    mapOf(5, 6, (_, __, i) => i % 2),
  ),
  one(
    'three values, many ties',
    mapOf(4, 8, (_, __, i) => (i * 5) % 3),
  ),
  one('one row', mapOf(1, 7, noise)),
  one('one column', mapOf(7, 1, noise)),
  one(
    'as fine as the image, with a component in a hole',
    mapOf(15, 20, (y, x) => {
      const distance = Math.max(Math.abs(x - 9), Math.abs(y - 7))
      return distance === 5 ? 0.95 : distance === 0 ? 0.85 : 0.01 * ((x * 3 + y) % 5)
    }),
    disc,
  ),
  one(
    'differences below 2^-24',
    mapOf(4, 5, (_, __, i) => (i === 7 ? 1 : 1e-9 * ((i * 7) % 11))),
  ),
  one(
    'great offset',
    mapOf(5, 6, (row, column) => 1000 + bump(row, column, 0)),
  ),
  one(
    'negative, not signed',
    mapOf(5, 6, (row, column, i) => noise(row, column, i) - 2),
  ),
  one(
    'signed',
    mapOf(5, 6, (row, column, i) => noise(row, column, i) - 0.4, { signed: true }),
    disc,
  ),
  one(
    'signed, all negative',
    mapOf(5, 6, (row, column, i) => noise(row, column, i) - 2, { signed: true }),
  ),
  one('unit', mapOf(5, 6, bump, { scale: 'unit' })),
  one(
    'unit, the object',
    mapOf(15, 20, (y, x) => Number(x >= 4 && x < 12 && y >= 3 && y < 11), { scale: 'unit' }),
  ),
  one(
    'unit, constant',
    mapOf(5, 6, () => 1, { scale: 'unit' }),
  ),
  one(
    'unit, nothing',
    mapOf(5, 6, () => 0, { scale: 'unit' }),
    disc,
  ),
  one(
    'flat',
    mapOf(5, 6, () => 0.3),
  ),
  one(
    'a single cell',
    mapOf(1, 1, () => 2),
  ),
  one(
    'NaN',
    mapOf(5, 6, (row, column, i) => (i === 4 ? Number.NaN : bump(row, column, i))),
  ),
  one(
    'infinite',
    mapOf(5, 6, (row, column, i) => (i === 4 ? Number.POSITIVE_INFINITY : bump(row, column, i))),
  ),
  one(
    'a span beyond float32',
    mapOf(2, 2, (_, __, i) => (i % 2 === 0 ? -3e38 : 3e38)),
  ),
  one('no box', mapOf(5, 6, bump), annotated([])),
  one('an empty mask', mapOf(5, 6, bump), annotated([box], new Uint8Array(300))),
  one(
    'two boxes with fractional edges',
    mapOf(5, 6, noise),
    annotated([
      [1.5, 2.25, 6.49, 7.5],
      [5, 6.75, 13.51, 12],
    ]),
  ),
  one('a box beyond the border', mapOf(5, 6, bump), annotated([[12, 8, 27.5, 19]])),
  one('the whole image', mapOf(5, 6, noise), annotated([[0, 0, 20, 15]])),
]

/** Heatmaps of one size for the two classes of an image, in pairs. */
export const pairs: readonly { readonly name: string; readonly first: Heatmap; readonly second: Heatmap }[] = (() => {
  const maps: Readonly<Record<string, Heatmap>> = {
    smooth: mapOf(5, 6, bump),
    noise: mapOf(5, 6, noise),
    'other noise': mapOf(5, 6, (_, __, i) => irregular(i, 8)),
    ties: mapOf(5, 6, (_, __, i) => i % 3),
    'one cell': mapOf(5, 6, (row, column) => Number(row === 2 && column === 3)),
    signed: mapOf(5, 6, (row, column, i) => noise(row, column, i) - 0.4, { signed: true }),
    'signed, all negative': mapOf(5, 6, (row, column, i) => noise(row, column, i) - 2, { signed: true }),
    unit: mapOf(5, 6, bump, { scale: 'unit' }),
    'nearly smooth': mapOf(5, 6, (row, column, i) => bump(row, column, i) + 1e-4 * noise(row, column, i)),
    constant: mapOf(5, 6, () => 1, { scale: 'unit' }),
    flat: mapOf(5, 6, () => 2),
    NaN: mapOf(5, 6, (row, column, i) => (i === 9 ? Number.NaN : bump(row, column, i))),
  }
  const named = Object.entries(maps)
  return named.flatMap(([name, first], i) =>
    [0, 1].map(step => {
      const [otherName, second] = named[(i + step) % named.length]!
      return { name: `${name} and ${otherName}`, first, second }
    }),
  )
})()

/** The two objects of the pairs' image. */
export const pairTruths = [usual, annotated([[11, 1, 18.5, 6]])] as const
export const pairInput = colour
