import { explainers } from '@vitrine/explainers'
import { type MapPaint, mapPaint } from '@vitrine/paint'
import { slug } from '../boards/slug.ts'
import type { Entry } from '../load/records.ts'

/** A method as a record has it: what it was when it was measured, whatever it has become since. */
export interface Method extends MapPaint {
  readonly id: string
  /** Its page is `methods/${path}.html`. */
  readonly path: string
  readonly name: string
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
  readonly parity: string
  /** What it was measured with, and what the bundled method of this name accepts. */
  readonly options: Readonly<Record<string, { readonly value: unknown; readonly expected: string }>>
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const yearOf = (venue: string): string => /\b(?:19|20)\d\d\b/.exec(venue)?.[0] ?? ''

/** An address that a page may link to; records come from strangers. */
export const httpsOnly = (url: string): string => (URL.canParse(url) && new URL(url).protocol === 'https:' ? url : '')

export function methodOf({ method, ceiling }: Entry): Method {
  const details = method.details ?? {}
  const source = (details.source ?? {}) as Record<string, unknown>
  const accepted = explainers.find(e => e.id === method.id)?.options ?? {}
  return {
    id: method.id,
    path: slug(method.id),
    name: method.name,
    family: method.family,
    control: method.control,
    ceiling,
    classSpecific: method.classSpecific,
    ...mapPaint(details),
    authors: text(source.authors),
    venue: text(source.venue),
    year: yearOf(text(source.venue)),
    url: httpsOnly(text(source.url)),
    parity: text(details.parity) || 'unverified',
    options: Object.fromEntries(
      Object.entries(method.options).map(([name, value]) => [
        name,
        { value, expected: accepted[name]?.expected ?? '' },
      ]),
    ),
  }
}

/** What the site says of how far a method's numbers can be trusted. */
export const parityWords: Readonly<Record<string, { readonly badge: string; readonly title: string }>> = {
  authors: { badge: 'verified', title: "Held against the authors' code" },
  library: { badge: 'library', title: 'Held against an independent library' },
  definition: {
    badge: 'by definition',
    title: 'Held against the published definition only: no code of the authors was run',
  },
  unverified: { badge: 'unverified', title: 'Not held against anything yet' },
}
