import type { PlaygroundMethod } from '../../data/maps/playground.ts'
import { fixed, percent, plural, significant } from '../../shared/format.ts'
import { one } from '../page.ts'
import { isEmpty } from './region.ts'
import { element, here, look, mapOf, methods, nameOf, state, targets } from './state.ts'
import { costWords, drawMap, foundOf, sentenceOf } from './wall.ts'

// The wall: a tile for each method that has explained the class.

const tiles = new Map<string, HTMLLIElement>()

function tileOf(method: PlaygroundMethod): HTMLLIElement {
  const known = tiles.get(method.id)
  if (known) return known
  const item = document.createElement('li')
  item.dataset.method = method.id
  const maps = element('div', '')
  maps.className = 'maps'
  const name = document.createElement(method.path ? 'a' : 'span')
  name.textContent = method.name
  if (name instanceof HTMLAnchorElement) name.href = here(method.path)
  const button = element('button', 'film')
  button.type = 'button'
  button.className = 'bare'
  button.setAttribute('aria-label', `Perturbation film of ${method.name}`)
  button.dataset.film = method.id
  const words = element('p', '')
  const cost = element('small', '')
  item.append(maps, name, ' ', button, words, cost)
  tiles.set(method.id, item)
  return item
}

/**
 * Methods whose tiles wait to be drawn, in turn. One that is asked for again keeps its place, so that none waits for ever while a
 * slider moves.
 */
const waiting = new Set<PlaygroundMethod>()
const scored = new Map<string, Scores>()

/** Milliseconds of a frame for drawing: the rest is for what the visitor does. */
const DRAWING = 10

let frame = 0

/** Draws tiles in the frames to come, however often it is asked for. */
export function showWall(list: readonly PlaygroundMethod[] = methods): void {
  for (const method of list) waiting.add(method)
  one('#wall').setAttribute('aria-busy', 'true')
  frame ||= requestAnimationFrame(drawSome)
}

function drawSome(): void {
  const until = performance.now() + DRAWING
  for (const method of waiting) {
    waiting.delete(method)
    if (isThere(method)) drawTile(method)
    if (performance.now() > until) break
  }
  frame = waiting.size > 0 ? requestAnimationFrame(drawSome) : 0
  if (frame !== 0) return
  arrangeWall()
  one('#wall').setAttribute('aria-busy', 'false')
}

const isThere = ({ id }: PlaygroundMethod): boolean => targets().some(target => mapOf(id, target))

function drawTile(method: PlaygroundMethod): void {
  const { seen } = state
  if (!seen) return
  const tile = tileOf(method)
  const maps = one('.maps', tile)
  const classes = targets()
  classes.forEach((target, i) => {
    const shown = mapOf(method.id, target)
    const canvas = maps.children[i] instanceof HTMLCanvasElement ? maps.children[i] : document.createElement('canvas')
    if (!canvas.parentElement) maps.append(canvas)
    if (!shown) return
    drawMap(canvas, seen, shown, look())
    canvas.setAttribute('role', 'img')
    canvas.setAttribute('aria-label', `${method.name} for ${nameOf(target)}: ${sentenceOf(shown, seen, state.region)}`)
    canvas.dataset.target = String(target)
  })
  while (maps.children.length > classes.length) maps.lastElementChild?.remove()
  const scores = scoresOf(method)
  scored.set(method.id, scores)
  one('p', tile).textContent = scores.words
  const shown = mapOf(method.id)
  if (shown) one('small', tile).textContent = costWords(method, shown.made)
  tile.classList.toggle('chosen', method.id === state.method)
}

/** Puts the tiles in the order that the visitor chose. */
export function arrangeWall(): void {
  const order = sorted(methods.filter(isThere))
  const wall = one('#wall')
  // Tiles that stand in their places already are not touched, so that focus stays.
  order.forEach((method, i) => {
    const tile = tileOf(method)
    if (wall.children[i] !== tile) wall.insertBefore(tile, wall.children[i] ?? null)
  })
  while (wall.children.length > order.length) wall.lastElementChild?.remove()
  one('#under').textContent =
    `${nameOf(state.target)}${state.beside === null ? '' : ` beside ${nameOf(state.beside)}`}: ${plural(order.length, 'map')}. Blue: above ${fixed(state.threshold, 2)}, and the box around it.${isEmpty(state.region) ? '' : ' White: your region.'}`
  for (const id of ['#save-picture', '#save-maps']) one<HTMLButtonElement>(id).disabled = order.length === 0
}

/** What a map says where the pointer is; nothing elsewhere. */
export function valueUnder({ target, offsetX, offsetY }: PointerEvent): string {
  if (!(target instanceof HTMLCanvasElement)) return ''
  const method = methods.find(({ id }) => id === target.closest('li')?.dataset.method)
  const shown = method && mapOf(method.id, Number(target.dataset.target))
  if (!shown) return ''
  const { rows, columns, values } = shown.made
  const at = (offset: number, size: number, count: number) =>
    Math.min(count - 1, Math.max(0, Math.floor((count * offset) / size)))
  const [row, column] = [at(offsetY, target.clientHeight, rows), at(offsetX, target.clientWidth, columns)]
  const peak = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const value = values[row * columns + column] ?? 0
  const share = peak > 0 ? `, ${percent(value / peak)} of its greatest` : ''
  return `${method.name}, row ${row + 1}, column ${column + 1} of ${rows} x ${columns}: ${significant(value)}${share}`
}

interface Scores {
  readonly words: string
  readonly iou: number
  readonly pointing: number
}

function scoresOf({ id }: PlaygroundMethod): Scores {
  const map = mapOf(id)
  const found = map && !isEmpty(state.region) ? foundOf(map, look()) : null
  if (!found) return { words: '', iou: -1, pointing: -1 }
  const iou = found.iou ?? 0
  return {
    words: `IoU ${fixed(iou, 2)}, ${found.pointing ? 'points at it' : 'points elsewhere'}`,
    iou,
    pointing: (found.pointing ? 1 : 0) + found.mass / 10,
  }
}

function sorted(list: readonly PlaygroundMethod[]): readonly PlaygroundMethod[] {
  const by = one<HTMLSelectElement>('#sort').value
  const time = ({ id }: PlaygroundMethod) => {
    const made = mapOf(id)?.made
    return made ? made.milliseconds / made.together : 0
  }
  if (by === 'name') return list.toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
  if (by === 'time') return list.toSorted((a, b) => time(a) - time(b))
  if (by === 'iou' || by === 'pointing')
    return list.toSorted((a, b) => (scored.get(b.id)?.[by] ?? 0) - (scored.get(a.id)?.[by] ?? 0))
  return list
}
