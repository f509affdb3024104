/** What was wrong with a record, and where. */
export interface Fault {
  /** The file, or the database, at fault; absent when a value was passed in by the caller. */
  file?: string
  /** A path such as `columns["predicted.iou"][3]`; empty when the whole file is at fault. */
  field: string
  expected: string
  found: string
}

/** A record, a file or a database that does not keep the contract of this package. */
export class RecordError extends Error {
  readonly file: string | undefined
  readonly field: string
  readonly expected: string
  readonly found: string

  constructor({ file, field, expected, found }: Fault, options?: ErrorOptions) {
    const where = [file, field].filter(Boolean).join(': ')
    super(`[vitrine] [records] ${where}: expected ${expected}, found ${found}`, options)
    this.name = 'RecordError'
    this.file = file
    this.field = field
    this.expected = expected
    this.found = found
  }
}

/** A path as a reader would write it: `columns["predicted.iou"][3]`. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map(step => {
      if (typeof step === 'number') return `[${step}]`
      return /^[A-Za-z_]\w*$/.test(String(step)) ? `.${String(step)}` : `[${JSON.stringify(String(step))}]`
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
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
