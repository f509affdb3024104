import { escapeControls } from './controls.ts'

/** What was wrong with a record, and where. */
export interface Fault {
  /** The file, or the database, at fault; absent when a value was passed in by the caller. */
  file?: string
  /** A path such as `columns["localization.predicted.tp"][3]`; empty when the whole file is at fault. */
  field: string
  expected: string
  found: string
  /** What to do about it, where that does not follow from the rest. */
  remedy?: string
}

/** A record, a file or a database that does not keep the contract of this package. */
export class RecordError extends Error {
  readonly file: string | undefined
  readonly field: string
  readonly expected: string
  readonly found: string
  readonly remedy: string | undefined

  constructor({ file, field, expected, found, remedy }: Fault, options?: ErrorOptions) {
    const where = [file, field].filter(Boolean).join(': ')
    const message = `${where}: expected ${expected}, found ${found}${remedy ? `; ${remedy}` : ''}`
    super(`[vitrine] [records] ${escapeControls(message)}`, options)
    this.name = 'RecordError'
    this.file = file
    this.field = field
    this.expected = expected
    this.found = found
    this.remedy = remedy
  }
}

/** A path as a reader would write it: `columns["localization.predicted.tp"][3]`. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map(step => {
      if (typeof step === 'number') return `[${step}]`
      return /^[A-Za-z_]\w*$/.test(String(step)) ? `.${String(step)}` : `[${shown(String(step))}]`
    })
    .join('')
    .replace(/^\./, '')
}

/** A value as an error message shows it: short, on one line. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`
  const text = textOf(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** JSON where there is one: of a list within itself, or one nested too deep, there is none. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return Array.isArray(value) ? 'a list' : 'an object'
  }
}
