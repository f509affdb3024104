import type { Protocol } from '@vitrine/metrics'
import type { Entry } from '../load/records.ts'

/** What becomes of what is taken away, where a protocol does not say. */
export const ZERO = 'zero'

/** What becomes of what a record's curves take away, in a word: `zero`, `blur sigma 10`. */
export function removalWord({ protocol }: Pick<Entry, 'protocol'>): string {
  const { faithfulness } = protocol.choices as unknown as Partial<Protocol>
  const { kind = ZERO, ...rest } = faithfulness?.removal ?? {}
  return [kind.replaceAll('-', ' '), ...Object.entries(rest).map(([name, value]) => `${name} ${value}`)].join(' ')
}
