import { explainers } from '@vitrine/explainers'
import { slug } from '../boards/slug.ts'
import type { Entry } from '../load/records.ts'

/** A method as the site presents it: from its definition where it is bundled, otherwise from its records. */
export interface Method {
  readonly id: string
  /** Its page is `methods/${path}.html`. */
  readonly path: string
  readonly name: string
  readonly family: string
  readonly control: boolean
  /** Whether it is told the truth. */
  readonly ceiling: boolean
  readonly classSpecific: boolean
  readonly signed: boolean
  readonly scale: 'relative' | 'unit'
  readonly authors: string
  readonly venue: string
  readonly year: string
  readonly url: string
  readonly parity: string
  readonly options: Readonly<Record<string, { readonly default: unknown; readonly expected: string }>>
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const yearOf = (venue: string): string => /\b(?:19|20)\d\d\b/.exec(venue)?.[0] ?? ''

export function methodOf({ method }: Entry): Method {
  const definition = explainers.find(e => e.id === method.id)
  const details = method.details ?? {}
  const recorded = (details.source ?? {}) as Record<string, unknown>
  const source = definition?.source ?? {
    authors: text(recorded.authors),
    venue: text(recorded.venue),
    url: text(recorded.url),
  }
  return {
    id: method.id,
    path: slug(method.id),
    name: method.name,
    family: method.family,
    control: method.control,
    ceiling: definition?.readsTruth ?? false,
    classSpecific: method.classSpecific,
    signed: details.signed === true,
    scale: details.scale === 'unit' ? 'unit' : 'relative',
    ...source,
    year: yearOf(source.venue),
    parity: definition?.parity ?? 'unverified',
    options:
      definition?.options ??
      Object.fromEntries(
        Object.entries(method.options).map(([name, value]) => [name, { default: value, expected: '' }]),
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
