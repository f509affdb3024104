import type { PlaygroundMethod, PlaygroundScene } from '../../data/maps/playground.ts'
import { PNPM, quoted } from '../../shared/shell.ts'
import { one } from '../page.ts'
import type { OpenedModel, Pixels } from './messages.ts'
import { emptyRegion, type Region } from './region.ts'
import type { Look, ShownMap } from './wall.ts'

// What the page was built with, what is asked, and what is there.

interface PageData {
  readonly model: { readonly weights: string; readonly config: string }
  readonly methods: readonly PlaygroundMethod[]
  readonly scenes: readonly Pick<PlaygroundScene, 'id' | 'path'>[]
}

export const built: PageData = JSON.parse(one('#try-data').textContent ?? '')
export const { methods } = built
export const methodNamed = (id: string): PlaygroundMethod | undefined => methods.find(method => method.id === id)

const root = document.documentElement.dataset.root ?? ''
export const here = (path: string): string => new URL(root + path, location.href).href

/** The view that a link asks for. */
export const query = new URLSearchParams(location.search)

/** A share of a link, where it is one. */
const shareIn = (name: string, preset: number): number => {
  const value = Number(query.get(name) ?? preset)
  return value >= 0 && value < 1 ? value : preset
}

interface State {
  model: OpenedModel | undefined
  /** What the visitor said of a model of their own that its files do not; `undefined` for the bundled model. */
  ownModel: { readonly options: string } | undefined
  /** A scene's id, or the name of a file. */
  picture: string
  isScene: boolean
  seen: Pixels | undefined
  probabilities: Float32Array
  target: number
  beside: number | null
  maps: Map<string, ShownMap>
  /** Why methods cannot explain the model or the picture. */
  unable: Map<string, string>
  region: Region
  threshold: number
  opacity: number
  /** The method whose film was last opened. */
  method: string
}

export const state: State = {
  model: undefined,
  ownModel: undefined,
  picture: '',
  isScene: false,
  seen: undefined,
  probabilities: new Float32Array(0),
  target: -1,
  beside: null,
  maps: new Map(),
  unable: new Map(),
  region: emptyRegion({ width: 1, height: 1 }),
  threshold: shareIn('t', 0.5),
  opacity: 1,
  method: query.get('method') ?? '',
}

/** Forgets what was made of a picture. */
export function forget(): void {
  Object.assign(state, { seen: undefined, maps: new Map(), unable: new Map(), beside: null })
}

export const mapOf = (method: string, target = state.target): ShownMap | undefined =>
  state.maps.get(`${method} ${target}`)
export const keepMap = (map: ShownMap): void => {
  state.maps.set(`${map.made.method} ${map.made.target}`, map)
}
export const nameOf = (index: number): string => state.model?.classNames[index] ?? `class ${index}`
export const targets = (): number[] => [state.target, ...(state.beside === null ? [] : [state.beside])]
export const look = (): Look => ({ threshold: state.threshold, opacity: state.opacity, region: state.region })
/** How many methods have explained the class. */
export const explained = (): number => methods.filter(({ id }) => mapOf(id)).length

/** The command that makes the same maps; double precision is what methods have in which roundings of float32 grow. */
export function command(): string {
  const { model, ownModel, picture, target } = state
  const options = ownModel?.options.trim() ? `[${ownModel.options.trim()}]` : ''
  const own = model && ownModel ? ` --checkpoint ${quoted(`${model.name}${options}`)}` : ''
  return `${PNPM} explain ${quoted(picture || 'PICTURE')}${own} --class ${quoted(nameOf(target))} --method all --precision double`
}

/** Keeps the view in the page's address; pictures of the visitor's own are not part of it. */
export function saveView(): void {
  const parts = new URLSearchParams()
  if (state.isScene) {
    parts.set('scene', state.picture)
    if (state.target >= 0) parts.set('class', nameOf(state.target))
  }
  if (state.method) parts.set('method', state.method)
  if (state.threshold !== 0.5) parts.set('t', String(state.threshold))
  history.replaceState(null, '', parts.size > 0 ? `?${parts}` : location.pathname)
  one('#command').textContent = command()
}

/** An element with a text. */
export function element<K extends keyof HTMLElementTagNameMap>(name: K, text: string): HTMLElementTagNameMap[K] {
  const made = document.createElement(name)
  made.textContent = text
  return made
}
