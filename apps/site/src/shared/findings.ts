import type { Standing } from '@vitrine/metrics'
import { fixed, inSentence, list, plural } from './format.ts'
import type { Resolution } from './told-apart.ts'

export interface Findings {
  readonly leader: string
  readonly rest: string
}

/** Methods that are named among those within noise of the best; the rest are counted. */
const NAMED = 2

/** What a ranking by one measure says: who leads, who is within noise of it, how far it is resolved, and who beats the controls. */
export function findingsOf(
  what: string,
  standings: Iterable<Standing>,
  { told, pairs, corrected }: Pick<Resolution, 'told' | 'pairs' | 'corrected'>,
  images: number,
  nameOf: (id: string) => string,
): Findings | null {
  const by = inSentence(what)
  const all = [...standings]
  const methods = all.filter(s => s.rank !== null && s.mean !== null && !s.control)
  const best = methods.toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0))[0]
  if (!best || best.mean === null) return null
  const interval = best.interval ? ` (95 %: ${fixed(best.interval[0], 2)} to ${fixed(best.interval[1], 2)})` : ''
  const tied = methods.filter(s => s.tiedWithBest && s !== best)
  const named = tied.slice(0, NAMED).map(s => nameOf(s.id))
  const same =
    tied.length === 0
      ? 'no other is within noise of it'
      : `${list(tied.length > NAMED ? [...named, `${tied.length - NAMED} more`] : named)} ${tied.length === 1 ? 'is' : 'are'} within noise of it`
  const beating = methods.filter(s => s.notBeaten.length === 0).length
  const beaten = all.some(s => s.control && s.rank !== null)
    ? ` In ${by}, ${beating} of ${plural(methods.length, 'method')} ${beating === 1 ? 'beats' : 'beat'} every control.`
    : ''
  return {
    leader: `By ${by}, ${nameOf(best.id)} leads with ${fixed(best.mean, 2)}${interval}`,
    rest: `; ${same}. ${told} of ${plural(pairs, 'neighbour')} told apart${corrected ? ', corrected for all of them' : ''}; ${plural(images, 'image')}.${beaten}`,
  }
}
