import type { PlaygroundMethod } from '../../data/maps/playground.ts'
import { fixed, plural } from '../../shared/format.ts'
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

let drawing = 0

/** Draws the wall once before the next frame, however often it is asked for. */
export function showWall(): void {
  if (drawing === 0) drawing = requestAnimationFrame(drawWall)
}

function drawWall(): void {
  drawing = 0
  const { seen } = state
  if (!seen) return
  const classes = targets()
  const there = methods.filter(({ id }) => classes.some(target => mapOf(id, target)))
  const scored = new Map(there.map(method => [method.id, scoresOf(method)] as const))
  const order = sorted(there, scored)
  const wall = one('#wall')
  for (const method of order) {
    const tile = tileOf(method)
    const maps = one('.maps', tile)
    classes.forEach((target, i) => {
      const shown = mapOf(method.id, target)
      const canvas = maps.children[i] instanceof HTMLCanvasElement ? maps.children[i] : document.createElement('canvas')
      if (!canvas.parentElement) maps.append(canvas)
      if (!shown) return
      drawMap(canvas, seen, shown, look())
      canvas.setAttribute('role', 'img')
      canvas.setAttribute(
        'aria-label',
        `${method.name} for ${nameOf(target)}: ${sentenceOf(shown, seen, state.region)}`,
      )
      canvas.dataset.target = String(target)
    })
    while (maps.children.length > classes.length) maps.lastElementChild?.remove()
    const shown = mapOf(method.id)
    one('p', tile).textContent = scored.get(method.id)?.words ?? ''
    if (shown) one('small', tile).textContent = costWords(method, shown.made)
    tile.classList.toggle('chosen', method.id === state.method)
  }
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

function scoresOf({ id }: PlaygroundMethod): {
  readonly words: string
  readonly iou: number
  readonly pointing: number
} {
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

function sorted(list: readonly PlaygroundMethod[], scored: ReadonlyMap<string, { iou: number; pointing: number }>) {
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
