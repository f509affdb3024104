/** Thrown for a dataset, an option or a sample that cannot be had; the message says what was expected. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError'
  constructor(subject: string, problem: string) {
    super(`[vitrine] [datasets] ${subject}: ${problem}`)
  }
}

/** Throws unless `value` is an integer in `low .. high`, both included. */
export function expectInteger(subject: string, what: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return
  throw new DatasetError(subject, `expected ${what} in ${low} .. ${high}, got ${value}`)
}
