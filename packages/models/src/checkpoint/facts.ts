import type { Size } from '../architecture/config.ts'
import type { Fit } from '../architecture/preprocess.ts'
import type { Fact } from './fields.ts'

/** Something that is known of a model, in words, and where it was found. */
export interface KnownFact {
  readonly what: string
  readonly value: string
  readonly from: string
  /** Set where the fact is a guess that changes numbers if it is wrong: what is guessed, and what to do to be sure. */
  readonly caution?: string
}

/** Remembers what was found, in words. */
export class Notes {
  readonly facts: KnownFact[] = []

  /** Notes a finding; returns its value. */
  add<T>(what: string, { value, from, caution }: Fact<T>): T {
    this.facts.push({ what, value: show(value), from, ...(caution !== undefined && { caution }) })
    return value
  }
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? value.map(show).join(', ') : 'none'
  if (typeof value === 'number') return String(Number(value.toPrecision(6)))
  if (typeof value !== 'object' || value === null) return String(value)
  const { height, width, mode, size, filter } = value as Partial<Size & Fit>
  if (mode !== undefined) return `${mode} to ${show(size)}, ${filter}, centre cut out`
  return `${height} x ${width}`
}
