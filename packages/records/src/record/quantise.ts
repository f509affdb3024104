import { RecordError } from './errors.ts'

/**
 * A heatmap of `rows` x `columns` values, one byte each, row by row: byte `b` stands for
 * `min + (max - min) * b / 255`. `data` is base64.
 */
export type EncodedMap = { rows: number; columns: number; min: number; max: number; data: string }

/**
 * Quantises a heatmap to one byte per value. `min` and `max` are the map's, rounded outwards to 6 significant digits, so
 * publishing leaves them alone and `decodeMap` is off by at most `(max - min) / 510`.
 *
 * A map with a value that is not finite cannot be encoded and is a `RecordError`; its place in a record is `null`.
 *
 * @example
 * const cell = encodeMap(heatmap, 14, 14)          // 196 values in, about 330 characters in a record
 * const { values } = decodeMap(cell)
 */
export function encodeMap(values: ArrayLike<number>, rows: number, columns: number): EncodedMap {
  if (values.length !== rows * columns || values.length === 0) {
    throw new RecordError({
      field: 'map',
      expected: `${rows} x ${columns} = ${rows * columns} values, at least one`,
      found: String(values.length),
    })
  }
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN
    if (!Number.isFinite(value)) {
      throw new RecordError({ field: `map[${i}]`, expected: 'a finite number', found: String(value) })
    }
    if (value < low) low = value
    if (value > high) high = value
  }
  const min = roundedDown(low)
  const max = roundedUp(high)
  const range = max - min
  if (!Number.isFinite(range)) {
    throw new RecordError({ field: 'map', expected: 'a range that float64 can hold', found: `${low} to ${high}` })
  }
  let bytes = ''
  for (let i = 0; i < values.length; i++) {
    const level = range === 0 ? 0 : Math.round((((values[i] ?? 0) - min) / range) * 255)
    bytes += String.fromCharCode(Math.min(255, Math.max(0, level)))
  }
  return { rows, columns, min, max, data: btoa(bytes) }
}

/** The heatmap behind an `EncodedMap`, row by row, each value within `(max - min) / 510` of the original. */
export function decodeMap(map: EncodedMap): { rows: number; columns: number; values: Float64Array } {
  const { rows, columns, min, max } = map
  const bytes = atob(map.data)
  if (bytes.length !== rows * columns) {
    throw new RecordError({
      field: 'map.data',
      expected: `${rows} x ${columns} = ${rows * columns} bytes`,
      found: String(bytes.length),
    })
  }
  const values = new Float64Array(bytes.length)
  for (let i = 0; i < values.length; i++) values[i] = min + ((max - min) * bytes.charCodeAt(i)) / 255
  return { rows, columns, values }
}

/** The nearest number of 6 significant digits. */
export function toSixDigits(value: number): number {
  return Number(value.toPrecision(6))
}

function roundedDown(value: number): number {
  const nearest = toSixDigits(value)
  if (nearest <= value) return nearest
  return toSixDigits(nearest - 10 ** (Math.floor(Math.log10(Math.abs(value))) - 5))
}

function roundedUp(value: number): number {
  return 0 - roundedDown(0 - value)
}
