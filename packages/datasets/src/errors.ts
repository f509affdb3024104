import { printable } from './printable.ts'

/** Thrown for a dataset, an option or a sample that cannot be had; the message says what was expected. */
export class DatasetError extends Error {
  override readonly name: string = 'DatasetError'
  /** What the message is about: a kind of dataset, a file, a sample. */
  readonly subject: string
  /** The message without its head. */
  readonly problem: string
  constructor(subject: string, problem: string, options?: ErrorOptions) {
    super(`[vitrine] [datasets] ${printable(subject)}: ${printable(problem)}`, options)
    this.subject = printable(subject)
    this.problem = printable(problem)
  }
}

/** Thrown for one sample whose files cannot be read; the other samples of its dataset are not concerned. */
export class SampleError extends DatasetError {
  override readonly name = 'SampleError'
  /** The sample's. */
  readonly id: string
  /** The sample's: labels are known without its image. */
  readonly label: number
  constructor(id: string, label: number, problem: string, options?: ErrorOptions) {
    super(id, problem, options)
    this.id = id
    this.label = label
  }
}

/** Throws unless `value` is an integer in `low .. high`, both included. */
export function expectInteger(subject: string, what: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return
  throw new DatasetError(subject, `expected ${what} in ${low} .. ${high}, got ${value}`)
}
