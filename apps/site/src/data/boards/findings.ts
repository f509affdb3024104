import { type Findings, findingsOf } from '../../shared/findings.ts'
import { inSentence, list, plural } from '../../shared/format.ts'
import { measureName } from '../load/measures.ts'
import { methodOf } from '../words/methods.ts'
import { type Board, firstMeasures, leadMeasure, shortKey } from './boards.ts'
import { resolutionOf } from './resolution.ts'
import { standingsOf } from './standings.ts'

/** What a board says as it is first shown. */
export async function boardFindings(board: Board): Promise<Findings | null> {
  const measure = leadMeasure(board)
  const resolution = await resolutionOf(board)
  if (!measure || !resolution) return null
  const names = new Map(board.done.map(entry => [entry.slug, methodOf(entry).label]))
  const standings = (await standingsOf(board)).get(measure.key)?.values() ?? []
  return findingsOf(
    measureName(measure, board.thresholds[board.at]),
    standings,
    resolution,
    board.images.index.length,
    id => names.get(id) ?? id,
  )
}

/** Of each question that a map can answer, the measure that says most. */
const questions: readonly string[] = ['average-precision', 'iou@best', 'abpc', 'mass-difference']

/** How many methods beat the controls in none of several measures of different kinds; empty where fewer than two are measured. */
export async function beyondControls(board: Board): Promise<string> {
  const asked = firstMeasures(board).filter(m => questions.includes(shortKey(m)))
  const standings = await standingsOf(board)
  const methods = board.done.filter(entry => !entry.method.control)
  const hasControls = board.done.some(entry => entry.method.control && !entry.ceiling)
  if (asked.length < 2 || methods.length === 0 || !hasControls) return ''
  const none = methods.filter(({ slug }) =>
    asked.every(({ key }) => standings.get(key)?.get(slug)?.notBeaten.length !== 0),
  )
  const names = list(asked.map(m => (m.best ? `${m.metric.name} at own threshold` : inSentence(measureName(m)))))
  return none.length === 0
    ? `Every method beats every control in at least one of ${names}.`
    : `${plural(none.length, 'method')} ${none.length === 1 ? 'beats' : 'beat'} all controls in none of ${names}.`
}
