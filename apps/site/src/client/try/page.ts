import type { PlaygroundMethod } from '../../data/maps/playground.ts'
import { fixed, percent, plural } from '../../shared/format.ts'
import { one } from '../page.ts'
import { Engine } from './engine.ts'
import { listenForFiles, modelAmong } from './files.ts'
import { Film } from './film.ts'
import { keepOwnFiles, workOffline } from './kept.ts'
import type { Answered, EngineWish, MadeMap, ModelFiles, OpenedModel, Pixels } from './messages.ts'
import { imageDataOf, megabytes, PictureError, pixelsOf } from './picture.ts'
import { emptyRegion, isEmpty, type Region } from './region.ts'
import { drawRegion, listenForRegion } from './region-drawing.ts'
import { saveMaps, saveWall } from './save.ts'
import {
  built,
  element,
  explained,
  forget,
  here,
  keepMap,
  mapOf,
  methodNamed,
  methods,
  nameOf,
  query,
  saveView,
  state,
  targets,
} from './state.ts'
import { arrangeWall, showWall, valueUnder } from './tiles.ts'
import { shownMap } from './wall.ts'

// Cheap ones are asked first; the wall shows them in the board's order.
const cheapFirst = methods.toSorted((a, b) => a.passes - b.passes)
const quick = cheapFirst.filter(method => !method.sampled)
const many = cheapFirst.filter(method => method.sampled)
const bundled: ModelFiles = { weights: here(built.model.weights), config: here(built.model.config) }

/** A phone shows the wall first: its controls are folded. */
const narrow = matchMedia('(max-width: 48rem)')
const foldControls = (): void => {
  one<HTMLDetailsElement>('#controls').open = !narrow.matches
}
foldControls()
narrow.addEventListener('change', foldControls)

const engine = new Engine(bundled, answered)
const film = new Film(one('#film'))
const status = (text: string): void => {
  one('#status').textContent = text
}

function problem(text: string): void {
  const place = one<HTMLElement>('#problem')
  place.textContent = text
  place.hidden = text === ''
}

// What the worker says.

const answers: { readonly [K in Answered['kind']]: (answer: Extract<Answered, { kind: K }>) => void } = {
  loading: showLoading,
  opened: ({ model }) => showModel(model),
  looked: ({ seen, probabilities }) => showPrediction(seen, probabilities),
  map: addMap,
  passes: ({ method, passes }) =>
    status(`${methodNamed(method)?.name ?? method}: ${plural(passes, 'pass', 'passes')} …`),
  unable: ({ method, reason }) => (film.isOpen ? film.say(reason) : addUnable(method, reason)),
  done: finished,
  film: made => film.show(made),
  failed: ({ reason }) => failed(reason),
}

function answered<K extends Answered['kind']>(answer: Extract<Answered, { kind: K }>): void {
  if ('question' in answer && answer.question !== engine.question) return
  const show: (given: typeof answer) => void = answers[answer.kind as K]
  show(answer)
}

function showLoading({ what, bytes, of }: Extract<Answered, { kind: 'loading' }>): void {
  const bar = one<HTMLProgressElement>('#progress')
  bar.hidden = false
  if (of === null) bar.removeAttribute('value')
  else bar.value = bytes / of
  status(`Loading ${what}: ${megabytes(bytes)}${of === null ? '' : ` of ${megabytes(of)}`}`)
}

function showModel(model: OpenedModel): void {
  one<HTMLElement>('#progress').hidden = true
  const again = state.model?.hash === model.hash
  state.model = model
  one('#runs-on').textContent = model.engine
  if (again) return
  void keepOwnFiles().then(() => workOffline(here('sw.js'), here('')))
  const facts = model.facts.map(({ what, value, from }) => `${what}: ${value} (${from})`)
  const words = [
    `${model.name}: ${fixed(model.gflop, 1)} GFLOP a pass`,
    ...facts,
    ...model.cautions.map(caution => `Caution: ${caution}`),
  ]
  one('#taken').replaceChildren(...words.map(text => element('li', text)))
  for (const [id, none] of [
    ['#class', false],
    ['#beside', true],
  ] as const)
    one(id).replaceChildren(
      ...(none ? [new Option('none', '')] : []),
      ...model.classNames.map((name, index) => new Option(name, String(index))),
    )
  status(`${model.name} is open.${state.picture === '' ? ' Choose a picture.' : ''}`)
}

function showPrediction(seen: Pixels, probabilities: Float32Array): void {
  // A worker that was stopped looks again at the picture whose maps are there already.
  const samePicture = state.seen !== undefined && state.maps.size > 0
  state.seen = seen
  state.probabilities = probabilities
  if (samePicture) return
  state.region = emptyRegion(seen)
  one<HTMLElement>('#desk').hidden = false
  if (narrow.matches) one('#status').scrollIntoView()
  const canvas = one<HTMLCanvasElement>('#seen')
  Object.assign(canvas, { width: seen.width, height: seen.height })
  canvas.getContext('2d')?.putImageData(imageDataOf(seen), 0, 0)
  drawRegion(one('#marks'), state.region)
  const order = [...probabilities.keys()].sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0))
  one('#classes').replaceChildren(...order.slice(0, 5).map(index => classButton(index, probabilities[index] ?? 0)))
  const said = query.get('class')
  query.delete('class')
  const wanted = said === null ? -1 : (state.model?.classNames.indexOf(said) ?? -1)
  explain(wanted >= 0 ? wanted : (order[0] ?? 0))
}

function classButton(index: number, probability: number): HTMLLIElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.dataset.class = String(index)
  button.append(element('span', nameOf(index)), element('meter', ''), element('small', percent(probability)))
  const meter = button.querySelector('meter')
  if (meter) {
    meter.value = probability
    meter.setAttribute('aria-hidden', 'true')
  }
  button.addEventListener('click', () => explain(index))
  const item = document.createElement('li')
  item.append(button)
  return item
}

function failed(reason: string): void {
  one<HTMLElement>('#progress').hidden = true
  problem(`${reason}${/[.!]$/.test(reason) ? '' : '.'}`)
  status('')
  working(false)
}

// Asking.

function explain(target: number, beside = state.beside === target ? null : state.beside): void {
  state.target = target
  state.beside = beside
  for (const button of document.querySelectorAll<HTMLElement>('#classes button'))
    button.setAttribute('aria-pressed', String(Number(button.dataset.class) === target))
  one<HTMLSelectElement>('#class').value = String(target)
  one<HTMLSelectElement>('#beside').value = beside === null ? '' : String(beside)
  ask(quick)
}

/** Asks for the maps that are not there, of these methods. */
function ask(list: readonly PlaygroundMethod[]): void {
  const classes = targets()
  const isMissing = (id: string) => !state.unable.has(id) && classes.some(target => !mapOf(id, target))
  const missing = list.map(({ id }) => id).filter(isMissing)
  problem('')
  showWall()
  saveView()
  if (missing.length === 0) {
    finished()
    return
  }
  working(true)
  status(`Asking ${plural(missing.length, 'method')} about ${nameOf(state.target)} …`)
  engine.explain(
    classes.filter(target => missing.some(id => !mapOf(id, target))),
    missing,
  )
}

function addMap(made: MadeMap): void {
  const method = methodNamed(made.method)
  if (!method || !state.seen) return
  keepMap(shownMap(method, made, state.seen))
  showWall([method])
  if (!method.sampled) status(`${explained()} of ${quick.length} methods`)
}

function addUnable(method: string, reason: string): void {
  state.unable.set(method, reason)
  const place = one<HTMLElement>('#unable')
  place.hidden = false
  one('summary', place).textContent = `${plural(state.unable.size, 'method')} cannot explain this model or picture`
  one('ul', place).replaceChildren(
    ...[...state.unable].map(([id, why]) => element('li', `${methodNamed(id)?.name ?? id}: ${why}`)),
  )
}

function finished(): void {
  working(false)
  status(`${plural(explained(), 'method')} explained ${nameOf(state.target)}.`)
  const left = many.filter(({ id }) => !mapOf(id) && !state.unable.has(id))
  const button = one<HTMLButtonElement>('#sampled')
  button.disabled = left.length === 0
  const passes = left.reduce((sum, method) => sum + method.passes, 0)
  button.textContent =
    left.length === 0
      ? 'All methods were run'
      : `Also run ${plural(left.length, 'method')} of many passes (${fixed(passes, 0)} passes)`
}

function working(is: boolean): void {
  one<HTMLButtonElement>('#stop').disabled = !is
  one<HTMLButtonElement>('#sampled').disabled = is
  one('#desk').setAttribute('aria-busy', String(is))
}

// Showing.

function openFilm(method: PlaygroundMethod): void {
  const { seen, model } = state
  if (!seen || !model) return
  state.method = method.id
  saveView()
  working(false)
  film.open(`${method.name}: what happens to ${nameOf(state.target)} as patches are taken away`, seen, model.mean)
  engine.film(state.target, method.id)
}

// What the visitor does.

async function take(file: Blob, name: string, isScene = false): Promise<void> {
  problem('')
  try {
    const pixels = await pixelsOf(file, name)
    forget()
    Object.assign(state, { picture: name, isScene })
    one('#wall').replaceChildren()
    one<HTMLElement>('#unable').hidden = true
    status(state.model ? 'Looking …' : 'Opening the model …')
    engine.look(pixels, name)
  } catch (error) {
    if (!(error instanceof PictureError)) throw error
    problem(error.message)
  }
}

async function takeScene(id: string): Promise<void> {
  const scene = built.scenes.find(known => known.id === id)
  if (!scene) return problem(`The link names the scene "${id}", which is not among these.`)
  const response = await fetch(here(scene.path))
  if (!response.ok) return problem(`The scene ${id} could not be loaded (${response.status}).`)
  await take(await response.blob(), id, true)
}

/** The files of the visitor's own model, to be opened again with other words. */
let ownFiles: readonly File[] = []

function takeModel(files: readonly File[]): void {
  const model = modelAmong(files, input('#options').value)
  if (!model) {
    problem('Expected a model among the files, got none: choose the .safetensors, .pth, .bin or .onnx file too.')
    return
  }
  ownFiles = files
  openModel(model, true)
}

function openModel(files: ModelFiles, own: boolean): void {
  problem('')
  forget()
  const ownModel = own ? { options: files.options ?? '' } : undefined
  Object.assign(state, { model: undefined, ownModel, picture: '', isScene: false })
  one('#wall').replaceChildren()
  one<HTMLElement>('#desk').hidden = true
  one<HTMLElement>('#bundled').hidden = !own
  status('Opening the model …')
  engine.open(files)
}

/** Opens the model again on another engine, which then makes the maps anew. */
function useEngine(wish: EngineWish): void {
  const { seen, target } = state
  forget()
  one('#wall').replaceChildren()
  if (seen) query.set('class', nameOf(target))
  status('Opening the model …')
  engine.use(wish)
}

const input = <T extends HTMLElement = HTMLInputElement>(id: string): T => one<T>(id)

listenForFiles((file, name) => void take(file, name), takeModel)
input('#options').addEventListener('change', () => {
  if (ownFiles.length > 0) takeModel(ownFiles)
})
one('#bundled').addEventListener('click', () => openModel(bundled, false))
for (const button of document.querySelectorAll<HTMLElement>('[data-scene]'))
  button.addEventListener('click', () => void takeScene(button.dataset.scene ?? ''))

one('#class').addEventListener('change', () => explain(Number(input<HTMLSelectElement>('#class').value)))
one('#beside').addEventListener('change', () => {
  const { value } = input<HTMLSelectElement>('#beside')
  explain(state.target, value === '' ? null : Number(value))
})
for (const name of ['threshold', 'opacity'] as const)
  input(`#${name}`).addEventListener('input', () => {
    state[name] = Number(input(`#${name}`).value)
    one<HTMLOutputElement>(`#${name}-value`).value = fixed(state[name], 2)
    showWall()
    saveView()
  })
one('#sort').addEventListener('change', arrangeWall)
one<HTMLElement>('#wall').addEventListener('pointermove', event => {
  one('#value').textContent = valueUnder(event)
})
one('#wall').addEventListener('pointerleave', () => {
  one('#value').textContent = ''
})
one('#engine').addEventListener('change', () => useEngine(input<HTMLSelectElement>('#engine').value as EngineWish))
one('#wall').addEventListener('click', ({ target }) => {
  const id = target instanceof HTMLElement ? target.dataset.film : undefined
  const method = id === undefined ? undefined : methodNamed(id)
  if (method) openFilm(method)
})
one('#sampled').addEventListener('click', () => ask(many))
one('#stop').addEventListener('click', () => {
  engine.stop()
  working(false)
  status(`Stopped: ${plural(explained(), 'map')} made.`)
})
one('#copy-link').addEventListener('click', () => {
  void navigator.clipboard?.writeText(location.href).then(() => status('The link is copied.'))
})
one('#save-picture').addEventListener('click', () => void saveWall(one('#wall'), nameOf(state.target)))
one('#save-maps').addEventListener('click', () => {
  const { model, probabilities, picture, maps } = state
  if (model) saveMaps({ image: picture, model, probabilities, maps: [...maps.values()].map(({ made }) => made) })
})
one('#clear').addEventListener('click', () => setRegion(emptyRegion(state.region)))

function setRegion(region: Region): void {
  state.region = region
  const none = isEmpty(region)
  one<HTMLButtonElement>('#clear').disabled = none
  const sort = one<HTMLSelectElement>('#sort')
  for (const option of sort.options) if (option.value === 'iou' || option.value === 'pointing') option.disabled = none
  sort.value = none ? 'rank' : sort.value === 'rank' ? 'iou' : sort.value
  drawRegion(one('#marks'), region)
  showWall()
}

listenForRegion(one('#stage'), () => state.region, setRegion)

input('#threshold').value = String(state.threshold)
one<HTMLOutputElement>('#threshold-value').value = fixed(state.threshold, 2)
const asked = query.get('scene')
if (asked !== null) void takeScene(asked)
