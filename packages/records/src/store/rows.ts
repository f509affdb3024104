import { PRINTABLE_LINE } from '../record/controls.ts'
import { type Fault, fieldName, shown } from '../record/errors.ts'
import { firstForeign, isPrintableJson, type Json, type JsonObject } from '../record/json.ts'
import type { EncodedMap } from '../record/quantise.ts'
import type { ImageColumns } from '../record/schema.ts'

/** A cell: what a column holds of one image, `null` where it holds nothing. */
export type Cell = Json | EncodedMap

/** One finished image of one unit. */
export interface ImageRow {
  /** The unit's id, from `begin`. */
  unit: string
  /** The image's position in the dataset slice, from 0. */
  index: number
  id: string
  label: number
  predicted: number
  /** Of the predicted class. */
  probability: number
  /** Column to value. A column that other images have and this one lacks is `null` here. */
  values: Record<string, Cell>
  /**
   * Maps by name as they left the engine, for comparing engines and for computing columns again: kept in the store, not published.
   */
  maps?: Readonly<Record<string, Float32Array>>
}

/** What is wrong with a row, if anything: a value that SQLite or JSON would silently change, or a text with control characters. */
export function rowFault(row: ImageRow, images: number): Fault | undefined {
  const whole = { index: row.index, label: row.label, predicted: row.predicted }
  for (const [field, value] of Object.entries(whole)) {
    if (!Number.isSafeInteger(value)) return { field, expected: 'an integer', found: shown(value) }
  }
  if (row.index < 0 || row.index >= images) {
    return { field: 'index', expected: `a position below ${images}`, found: String(row.index) }
  }
  if (!Number.isFinite(row.probability)) {
    return { field: 'probability', expected: 'a finite number', found: shown(row.probability) }
  }
  if (row.id === '' || !PRINTABLE_LINE.test(row.id)) {
    return { field: 'id', expected: 'a name without control characters', found: shown(row.id) }
  }
  const foreign = firstForeign(row.values)
  if (foreign) {
    const field = fieldName(['values', ...foreign.path])
    return { field, expected: 'a finite number, null or other JSON value', found: shown(foreign.value) }
  }
  const acting = Object.entries(row.values).find(([, value]) => !isPrintableJson(value))
  if (!acting) return undefined
  const [name, value] = acting
  return { field: fieldName(['values', name]), expected: 'text without control characters', found: shown(value) }
}

interface StoredRow {
  position: number
  image: string
  label: number
  predicted: number
  probability: number
  cells: JsonObject
}

/** Turns rows, added in the order of their positions, into columns of equal length with sorted names. */
export function rowColumns(): { add(row: StoredRow): void; done(): ImageColumns } {
  const images: ImageColumns['images'] = { index: [], id: [], label: [], predicted: [], probability: [] }
  const columns = new Map<string, Json[]>()
  return {
    add({ position, image, label, predicted, probability, cells }) {
      const before = images.index.length
      images.index.push(position)
      images.id.push(image)
      images.label.push(label)
      images.predicted.push(predicted)
      images.probability.push(probability)
      for (const [name, value] of Object.entries(cells)) {
        const column = columns.get(name) ?? new Array<Json>(before).fill(null)
        column.push(value)
        columns.set(name, column)
      }
      for (const column of columns.values()) if (column.length === before) column.push(null)
    },
    done() {
      const names = [...columns.keys()].sort()
      return { images, columns: Object.fromEntries(names.map(name => [name, columns.get(name) ?? []])) }
    },
  }
}
