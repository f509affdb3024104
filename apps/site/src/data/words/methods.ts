import { explainers } from '@vitrine/explainers'
import { type MapPaint, mapPaint } from '@vitrine/paint'
import { isDouble } from '@vitrine/records'
import { slug } from '../boards/slug.ts'
import type { Entry } from '../load/records.ts'
import { budgetOf } from './budgets.ts'
import { type Parity, parityOf } from './parity.ts'

/** A method as a record has it: what it was when it was measured, whatever it has become since. */
export interface Method extends MapPaint {
  readonly id: string
  /** Its page is `methods/${path}.html`. */
  readonly path: string
  readonly name: string
  /** The name with its budget, for sentences and charts: `RISE (64 masks)`. */
  readonly label: string
  readonly budget: string
  readonly family: string
  readonly control: boolean
  /** Whether it is told the truth. */
  readonly ceiling: boolean
  readonly classSpecific: boolean
  readonly authors: string
  readonly venue: string
  readonly year: string
  /** An https address, or empty. */
  readonly url: string
  readonly parity: Parity
  /** Whether two float32 computations of its maps may differ visibly. */
  readonly unstable: boolean
  /** Whether its maps were computed in double precision. */
  readonly double: boolean
  /** What it was measured with, and what the bundled method of this name accepts. */
  readonly options: Readonly<Record<string, { readonly value: unknown; readonly expected: string }>>
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const yearOf = (venue: string): string => /\b(?:19|20)\d\d\b/.exec(venue)?.[0] ?? ''

/** Without the greatest number that JavaScript counts exactly, which bounds what has no bound. */
const readable = (expected: string): string =>
  expected.replace(new RegExp(`from (\\S+) to ${Number.MAX_SAFE_INTEGER}`), '$1 or more')

/** An address that a page may link to; records come from strangers. */
export const httpsOnly = (url: string): string => (URL.canParse(url) && new URL(url).protocol === 'https:' ? url : '')

/** What stands wherever a map of such a method is shown. */
export const unstableWords = 'unstable in float32'
export const doubleWords = 'double precision'
export const doubleTitle = 'Its maps were computed in double precision: float32 has them only roughly'
export const unstableTitle =
  'Its maps divide by numbers near zero: another order of additions in float32 changes them visibly'

export function methodOf(entry: Entry): Method {
  const { method, ceiling } = entry
  const details = method.details ?? {}
  const source = (details.source ?? {}) as Record<string, unknown>
  const accepted = explainers.find(e => e.id === method.id)?.options ?? {}
  const budget = budgetOf(entry)
  return {
    id: method.id,
    path: slug(method.id),
    name: method.name,
    label: budget ? `${method.name} (${budget})` : method.name,
    budget,
    family: method.family,
    control: method.control,
    ceiling,
    classSpecific: method.classSpecific,
    ...mapPaint(details),
    authors: text(source.authors),
    venue: text(source.venue),
    year: yearOf(text(source.venue)),
    url: httpsOnly(text(source.url)),
    parity: parityOf(entry),
    unstable: details.conditioning === 'poor' && !isDouble(entry),
    double: isDouble(entry),
    options: Object.fromEntries(
      Object.entries(method.options).map(([name, value]) => [
        name,
        { value, expected: readable(accepted[name]?.expected ?? '') },
      ]),
    ),
  }
}
