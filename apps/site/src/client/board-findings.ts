import { findingsOf } from '../shared/findings.ts'
import { columnId, data, heads, idOf, nameOf, rows } from './board-page.ts'
import { defaults, naturalOrder, type State } from './board-state.ts'
import { showFirstScores, showScores } from './board-tiles.ts'
import { columnOf, columnQuestion } from './board-values.ts'
import { one } from './page.ts'
import { inWorker } from './statistics.ts'

type Bands = ReadonlyMap<string, number>

const sentence = document.querySelector('#findings')
const firstSentence = [...(sentence?.childNodes ?? [])].map(node => node.cloneNode(true))
const firstBands = readBands()

/** The bands with which the page comes. */
function readBands(): Bands {
  let band = 0
  return new Map(
    rows.flatMap(row => {
      if (row.classList.contains('control') || row.dataset.status !== 'ok') return []
      if (row.classList.contains('begins-band')) band++
      return [[idOf(row), band] as const]
    }),
  )
}

/** Whether every method and the first class are shown. */
const isWhole = ({ target, specific, passes, hiddenFamilies }: State): boolean =>
  target === defaults.target && !specific && passes === null && hiddenFamilies.size === 0

/** What the sentence and the bands depend on. */
export function questionOf(state: State): string {
  const { target, sort, ascending, corrected, specific, passes, hiddenFamilies } = state
  const head = heads.find(h => columnId(h) === sort)
  return JSON.stringify([
    head && columnQuestion(head, state),
    target,
    sort,
    ascending,
    corrected,
    specific,
    passes,
    [...hiddenFamilies].sort(),
  ])
}

const firstQuestion = questionOf(defaults)

/** Says what follows the controls and what is as it was first shown. */
export function showFirst(state: State): void {
  one<HTMLElement>('#as-first-shown').hidden = isWhole(state)
  const beyond = document.querySelector<HTMLElement>('#beyond')
  if (beyond) beyond.hidden = !isWhole(state)
}

/**
 * Says who leads and what is told apart, by the sorted column and of the rows that are shown. Returns the bands, `null` where the order
 * ranks nothing.
 *
 * @param isAsked whether the question still stands when the values are there
 */
export async function describe(state: State, isAsked: () => boolean): Promise<Bands | null> {
  if (!sentence) return null
  if (questionOf(state) === firstQuestion) {
    showFirstScores()
    sentence.replaceChildren(...firstSentence.map(node => node.cloneNode(true)))
    return firstBands
  }
  const head = heads.find(h => columnId(h) === state.sort)
  const column = head && head.dataset.merit !== undefined ? await columnOf(head, state) : null
  if (!isAsked()) return null
  if (!head || !column || state.ascending !== naturalOrder(state.sort)) {
    showScores(column)
    const name = head ? one('button', head).firstChild?.textContent : ''
    sentence.textContent = `Sorted by ${name}${state.ascending ? ', the least first' : ', the greatest first'}: no ranking of methods.`
    return null
  }
  const { shown, what, contenders } = column
  const visible = new Set(rows.filter(row => !row.hidden).map(idOf))
  const kept = contenders.filter(({ id }) => visible.has(id))
  const methods = kept.filter(({ control }) => !control)
  const [resolution, standings] = await Promise.all([
    inWorker('toldApart', methods, shown.direction, state.corrected),
    inWorker('rankRows', kept, shown.direction),
  ])
  if (!isAsked()) return null
  showScores(column)
  const found = findingsOf(what, standings, resolution, data.images, nameOf)
  const leader = document.createElement('strong')
  leader.textContent = found?.leader ?? ''
  sentence.replaceChildren(leader, found?.rest ?? 'No method is shown.')
  return resolution.bands
}
