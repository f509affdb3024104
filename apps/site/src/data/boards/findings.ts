import { fixed, list, plural } from '../../shared/format.ts'
import { methodOf } from '../words/methods.ts'
import type { Board } from './boards.ts'
import { leadMeasure } from './boards.ts'
import { standingsOf } from './standings.ts'

export interface Findings {
  readonly leader: string
  readonly rest: string
}

/** What a board says, in two sentences. */
export async function findingsOf(board: Board): Promise<Findings | null> {
  const measure = leadMeasure(board)
  if (!measure) return null
  const name = new Map(board.done.map(entry => [entry.slug, methodOf(entry).name]))
  const standings = (await standingsOf(board)).get(measure.key)
  const ranked = [...(standings?.values() ?? [])].filter(s => s.mean !== null)
  const methods = ranked.filter(s => !s.control)
  const best = ranked.find(s => s.rank === 1)
  if (!best || best.mean === null || methods.length === 0) return null
  const what = `${measure.metric.name}${measure.perThreshold ? ` at threshold ${board.thresholds[board.at]}` : ''}`
  const interval = best.interval
    ? ` (95 % interval ${fixed(best.interval[0], 2)} to ${fixed(best.interval[1], 2)})`
    : ''
  const tied = methods.filter(s => s.tiedWithBest && s.id !== best.id)
  const weak = methods.filter(s => s.notBeaten.length > 0)
  const same =
    tied.length === 0
      ? 'no other is within noise of it'
      : `${list(tied.slice(0, 3).map(s => name.get(s.id) ?? ''))}${tied.length > 3 ? ` and ${tied.length - 3} more` : ''} ${tied.length === 1 ? 'is' : 'are'} within noise of it`
  const beaten =
    weak.length === 0
      ? 'Every method beats every control.'
      : `${plural(weak.length, 'method')} of ${methods.length} ${weak.length === 1 ? 'does' : 'do'} not beat every control beyond noise.`
  return {
    leader: `${name.get(best.id)} leads in ${what} with ${fixed(best.mean, 2)}${interval}`,
    rest: `; ${same}. ${beaten}`,
  }
}
